"""docker-registry and the test registry: TLS, logins, tokens, endpoints, the configuration file."""

import json

import servers
import support
from content import image, noise

PASSWORD = 'correct-horse'


class Registries(support.Case):

    def setUp(self):
        super().setUp()
        self.image = image(noise(1000, 1), noise(100_000, 2))

    def check_archived(self):
        archive, = self.check_folder()
        for content in self.image.walk():
            self.assertEqual(archive.blobs[content.digest], content.data)

    def docker_registry(self, **options):
        return self.enterContext(servers.DockerRegistry(self.directory, **options))

    def configure_endpoint(self, registry, endpoint, **settings):
        config = {'registries': {registry: {'endpoints': [endpoint]}}, 'endpointConfig': {endpoint: settings}}
        self.configure(json.dumps({'apiVersion': 'config.dt.act3-ace.io/v1alpha1', 'kind': 'Configuration',
                                   'registryConfig': config}))


@servers.needs('docker-registry')
class DockerRegistry(Registries):

    def test_on_loopback_it_may_be_without_tls(self):
        self.mirror([('x', self.docker_registry().push('a/b', self.image))])
        self.check_archived()

    def test_a_tag_that_is_not_there_is_an_error_in_its_words(self):
        host = self.docker_registry().host
        self.assertIn('404 Not Found: manifest_unknown: manifest unknown', self.refused([('x', f'{host}/a/b:v1')]))

    @servers.needs('htpasswd')
    def test_the_login_of_docker_is_used(self):
        source = self.docker_registry(login=f'me:{PASSWORD}')
        self.log_in(source.host, f'me:{PASSWORD}')
        self.mirror([('x', source.push('a/b', self.image))])
        self.check_archived()

    @servers.needs('htpasswd')
    def test_a_wrong_password_is_an_error_that_says_what_to_do(self):
        source = self.docker_registry(login=f'me:{PASSWORD}')
        self.log_in(source.host, 'me:wrong-password')
        error = self.refused([('x', source.push('a/b', self.image))])
        self.assertRegex(error, '401 Unauthorized')
        self.assertIn(f'hint: log in with `ace-dt login {source.host}`', error)
        self.assertNotIn('wrong-password', error)

    @servers.needs('htpasswd')
    def test_no_login_at_all_is_an_error_that_says_what_to_do(self):
        source = self.docker_registry(login=f'me:{PASSWORD}')
        error = self.refused([('x', source.push('a/b', self.image))])
        self.assertIn(f'hint: log in with `ace-dt login {source.host}`', error)


@servers.needs('docker-registry', 'openssl')
class DockerRegistryWithTls(Registries):

    def setUp(self):
        super().setUp()
        certificate, key = servers.self_signed(self.directory)
        self.source = self.docker_registry(certificate=certificate, key=key)
        self.artifact = self.source.push('a/b', self.image)

    def test_a_certificate_of_a_known_authority_is_good(self):
        self.environment['SSL_CERT_FILE'] = str(self.source.certificate)
        self.mirror([('x', self.artifact)])
        self.check_archived()

    def test_an_unknown_certificate_is_refused_with_what_to_do(self):
        error = self.refused([('x', self.artifact)])
        self.assertIn('certificate not trusted', error)
        self.assertRegex(error, 'hint: .*SSL_CERT_FILE.*insecureSkipVerify')

    def test_a_certificate_for_another_host_is_refused(self):
        self.environment['SSL_CERT_FILE'] = str(self.source.certificate)
        port = self.source.host.rpartition(':')[2]
        self.assertIn('certificate not trusted', self.refused([('x', f'localhost:{port}/a/b:v1')]))

    def test_the_configuration_can_do_without_verification(self):
        url = f'https://{self.source.host}'
        self.configure_endpoint(self.source.host, url, tls={'insecureSkipVerify': True})
        self.mirror([('x', self.artifact)])
        self.check_archived()


class Tokens(Registries):

    def bearer_registry(self, *options):
        """With the image in it, and nothing in its log."""
        self.source = self.registry('--auth', 'bearer', '--user', f'me:{PASSWORD}', *options, login=f'me:{PASSWORD}')
        self.artifact = self.source.push('a/b', self.image)
        self.source.forget_requests()

    def token_requests(self):
        return [one.authorization for one in self.source.requests('^/token')]

    def test_one_token_is_fetched_with_the_login_and_used_for_all(self):
        self.bearer_registry()
        self.log_in(self.source.host, f'me:{PASSWORD}')
        self.mirror([('x', self.artifact)])
        self.check_archived()
        self.assertEqual(self.token_requests(), ['basic'])
        self.assertEqual({one.authorization for one in self.source.requests('/a/b/')}, {'bearer'})

    def test_tokens_that_are_used_up_are_renewed(self):
        self.bearer_registry('--token-uses', '2')
        self.log_in(self.source.host, f'me:{PASSWORD}')
        self.mirror([('x', self.artifact)], '--connections', '1')
        self.check_archived()
        self.assertGreater(len(self.token_requests()), 1)

    def test_without_a_login_anonymous_tokens_do_where_they_are_given(self):
        self.bearer_registry('--anonymous-pull')
        self.mirror([('x', self.artifact)])
        self.check_archived()
        self.assertEqual(self.token_requests(), ['-'])

    def test_an_identity_token_is_exchanged(self):
        self.bearer_registry('--refresh-token', 'my-identity')
        auths = {self.source.host: {'identitytoken': 'my-identity'}}
        self.environment['DOCKER_CONFIG'] = str(self.write('docker/config.json', json.dumps({'auths': auths})).parent)
        self.mirror([('x', self.artifact)])
        self.check_archived()
        self.assertEqual([one.method for one in self.source.requests('^/token')], ['POST'])

    def test_a_wrong_password_is_an_error_that_says_what_to_do(self):
        self.bearer_registry()
        self.log_in(self.source.host, 'me:wrong-password')
        error = self.refused([('x', self.artifact)])
        self.assertIn(f'hint: log in with `ace-dt login {self.source.host}`', error)
        self.assertNotIn('wrong-password', error)


class Endpoints(Registries):

    def test_an_endpoint_stands_for_the_registry_that_the_list_names(self):
        source = self.registry()
        source.push('a/b', self.image)
        self.configure_endpoint('reg.example.com', f'http://{source.host}')
        self.mirror([('x', 'reg.example.com/a/b:v1')])
        self.check_archived()
        self.assertIn(',reg.example.com/a/b:v1,', self.tracker())
        self.mirror([('x', 'reg.example.com/a/b:v1'), ('y', f'reg.example.com/a/b@{self.image.digest}')])
        self.assertEqual(len(self.check_folder()), 2)

    def test_the_next_endpoint_is_asked_where_one_is_down_or_lacks_the_artifact(self):
        lacking, source = self.registry(), self.registry()
        source.push('a/b', self.image)
        endpoints = ['http://127.0.0.1:1', f'http://{lacking.host}', f'http://{source.host}']
        self.configure(json.dumps({'registryConfig': {'registries': {'reg.example.com': {'endpoints': endpoints}}}}))
        self.mirror([('x', 'reg.example.com/a/b:v1')])
        self.check_archived()
        self.assertNotEqual(lacking.requests('/manifests/'), [])


class ConfigurationFile(Registries):

    def setUp(self):
        super().setUp()
        self.artifact = self.registry().push('a/b', self.image)

    def test_an_unknown_key_is_an_error_with_file_and_line(self):
        self.configure('kind: Configuration\nregistryConfig:\n  registrys: {}\n')
        error = self.refused([('x', self.artifact)])
        self.assertIn('config.yaml:3: registryConfig: unknown key "registrys"', error)
        self.assertIn('hint: did you mean "registries"?', error)
        self.assertFalse(self.folder.exists())

    def test_a_file_that_is_named_and_not_there_is_an_error(self):
        error = self.refused([('x', self.artifact)], '--config', 'nowhere.yaml')
        self.assertIn('--config: no such file: nowhere.yaml', error)

    def test_a_file_in_the_usual_place_is_used(self):
        self.write('.config/ace/dt/config.yaml', 'nonsense: 1\n')
        self.assertIn('.config/ace/dt/config.yaml:1: unknown key "nonsense"', self.refused([('x', self.artifact)]))

    def test_concurrent_http_says_how_many_connections(self):
        self.write('one.yaml', 'concurrentHTTP: 1\n')
        self.mirror([('x', self.artifact)], '--config', 'one.yaml')
        self.check_archived()
        self.write('wrong.yaml', 'concurrentHTTP: many\n')
        self.assertIn('wrong.yaml:1: concurrentHTTP: got "many"',
                      self.refused([('x', self.artifact)], '--config', 'wrong.yaml'))

    def test_keys_of_other_commands_are_accepted(self):
        self.configure('cachePath: /tmp\neditor: vi\ntelemetry: []\ncompressionLevel: max\n')
        self.mirror([('x', self.artifact)])


if __name__ == '__main__':
    support.main()
