"""Tables of credentials, endpoints and certificates: for each case, the request that goes out."""

import base64
import json
import ssl
import subprocess

import servers
import support
from content import image, noise
from scripted import Answer, ScriptedRegistry

USER, PASSWORD = 'ada', 'correct-horse'
HEAD = 'HEAD /v2/a/b/manifests/v1 '
ADA = 'Basic ada:correct-horse'
HELPER = '#!/bin/sh\necho \'{"Username": "%s", "Secret": "%s"}\'\n'


def b64(text):
    return base64.b64encode(text.encode()).decode()


def said(authorization):
    """A value of the Authorization field, as it reads."""
    scheme, _, rest = (authorization or '-').partition(' ')
    return f'Basic {base64.b64decode(rest).decode()}' if scheme == 'Basic' else authorization or '-'


def wants(*challenges, token='{"token": "T"}'):
    """Lets in who brings anything; the token server is here, too."""
    def quirk(asked, _):
        if asked.path == '/token':
            return Answer(body=token.encode())
        if 'Authorization' in asked.fields:
            return None
        host = asked.fields['Host']
        return Answer(401, {'WWW-Authenticate': ', '.join(challenges).replace('HERE', f'http://{host}')})
    return quirk


BASIC = wants('Basic realm="x"')
BEARER = wants('Bearer realm="HERE/token",service="reg",scope="repository:a/b:pull"')


class Requests(support.Case):

    def setUp(self):
        super().setUp()
        self.secrets.add(PASSWORD)
        self.image = image(noise(100, 1))
        self.environment['XDG_RUNTIME_DIR'] = str(self.directory / 'run')

    def serve(self, *quirks, **options):
        source = self.enterContext(ScriptedRegistry(*quirks, **options))
        source.push(self.image)
        return source

    def went_out(self, source):
        return [f'{one.method} {one.target} {said(one.fields.get("Authorization"))}' for one in source.log]

    def filled(self, text, source):
        return json.dumps(text).replace('HOST', source.host) if not isinstance(text, str) else text.replace('HOST', source.host)

    def run_case(self, source, files, variables=(), config=None, code=0, artifact='HOST/a/b:v1', options=()):
        """A run in a home of its own; what it said."""
        self.homes = getattr(self, 'homes', 0) + 1
        home = self.directory / f'home{self.homes}'
        home.mkdir()
        before, self.environment = self.environment, dict(self.environment, HOME=str(home))
        self.environment['XDG_RUNTIME_DIR'] = str(home / 'run')
        self.environment.update({name: value.replace('~', str(home)) for name, value in dict(variables).items()})
        for name, text in files.items():
            self.write(home / name, self.filled(text, source).replace('~', str(home)))
        if config is not None:
            self.environment['ACE_DT_CONFIG'] = str(self.write(home / 'ace.yaml', self.filled(config, source).replace('~', str(home))))
        for helper in (home / 'bin').glob('*'):
            helper.chmod(0o755)
            self.environment['PATH'] = f'{home}/bin:{self.environment["PATH"]}'
        source.log.clear()
        result = self.run_mirror([('x', artifact.replace('HOST', source.host))], '--retries', '0', *options,
                                 folder=home / 'sync')
        self.environment = before
        self.assertEqual(result.code, code, result.text)
        return result

    def check_table(self, table, quirk):
        source = self.serve(quirk)
        for name, (files, variables, config, expected) in table.items():
            with self.subTest(case=name):
                code = expected if isinstance(expected, int) else 0
                self.run_case(source, files, variables, config, code)
                if code == 0:
                    self.assertIn(expected, self.went_out(source))


def auths(**entry):
    return {'auths': {'HOST': entry}}


LOGIN = auths(auth=b64(f'{USER}:{PASSWORD}'))
WRONG = auths(auth=b64('eve:wrong-one'))
DOCKER, PODMAN, CONFIG_HOME = '.docker/config.json', 'run/containers/auth.json', '.config/containers/auth.json'


class Credentials(Requests):

    def test_where_a_login_is_found_and_how_it_is_written(self):
        self.check_table({
            'none': ({}, {}, None, 4),
            'of docker': ({DOCKER: LOGIN}, {}, None, HEAD + ADA),
            'of podman': ({PODMAN: LOGIN}, {}, None, HEAD + ADA),
            'of podman, for good': ({CONFIG_HOME: LOGIN}, {}, None, HEAD + ADA),
            'podman before docker': ({PODMAN: LOGIN, DOCKER: WRONG}, {}, None, HEAD + ADA),
            'the session before the home': ({PODMAN: LOGIN, CONFIG_HOME: WRONG}, {}, None, HEAD + ADA),
            'the configuration of containers before docker': ({CONFIG_HOME: LOGIN, DOCKER: WRONG}, {}, None, HEAD + ADA),
            'DOCKER_CONFIG before podman': ({'d/config.json': LOGIN, PODMAN: WRONG}, {'DOCKER_CONFIG': '~/d'}, None,
                                            HEAD + ADA),
            'registryAuthFile before all of these': ({'a.json': LOGIN, 'd/config.json': WRONG, PODMAN: WRONG},
                                                     {'DOCKER_CONFIG': '~/d'}, {'registryAuthFile': '~/a.json'},
                                                     HEAD + ADA),
            'REGISTRY_AUTH_FILE before that': ({'a.json': WRONG, 'b.json': LOGIN}, {'REGISTRY_AUTH_FILE': '~/b.json'},
                                               {'registryAuthFile': '~/a.json'}, HEAD + ADA),
            'ACE_DT_REGISTRY_AUTH_FILE before all': ({'b.json': WRONG, 'c.json': LOGIN},
                                                     {'REGISTRY_AUTH_FILE': '~/b.json',
                                                      'ACE_DT_REGISTRY_AUTH_FILE': '~/c.json'}, None, HEAD + ADA),
            'a file that is named and lacks it': ({'b.json': {'auths': {}}, DOCKER: LOGIN},
                                                  {'REGISTRY_AUTH_FILE': '~/b.json'}, None, 4),
            'a file that is named and not there': ({}, {'REGISTRY_AUTH_FILE': '~/b.json'}, None, 2),
            'user and password': ({DOCKER: auths(username=USER, password=PASSWORD)}, {}, None, HEAD + ADA),
            'auth before them': ({DOCKER: auths(username='eve', password='x', auth=b64(f'{USER}:{PASSWORD}'))}, {}, None,
                                 HEAD + ADA),
            'a colon in the password': ({DOCKER: auths(auth=b64('ada:a:b'))}, {}, None, HEAD + 'Basic ada:a:b'),
            'under a URL': ({DOCKER: {'auths': {'https://HOST/v1/': LOGIN['auths']['HOST']}}}, {}, None, HEAD + ADA),
            'under the repository': ({DOCKER: {'auths': {'HOST/a/b': LOGIN['auths']['HOST']}}}, {}, None, HEAD + ADA),
            'under the namespace, before the host': (
                {DOCKER: {'auths': {'HOST/a': LOGIN['auths']['HOST'], 'HOST': WRONG['auths']['HOST']}}}, {}, None, HEAD + ADA),
            'under the repository, before the namespace': (
                {DOCKER: {'auths': {'HOST/a/b': LOGIN['auths']['HOST'], 'HOST/a': WRONG['auths']['HOST']}}}, {}, None,
                HEAD + ADA),
            'under another repository': ({DOCKER: {'auths': {'HOST/a/c': LOGIN['auths']['HOST']}}}, {}, None, 4),
            'under another host': ({DOCKER: {'auths': {'127.0.0.1:1': LOGIN['auths']['HOST']}}}, {}, None, 4),
            'by a helper of the host': ({DOCKER: {'credHelpers': {'HOST': 'h'}}, 'bin/docker-credential-h': HELPER % (USER, PASSWORD)},
                                        {}, None, HEAD + ADA),
            'by the helper for all': ({DOCKER: {'credsStore': 'h'}, 'bin/docker-credential-h': HELPER % (USER, PASSWORD)}, {},
                                      None, HEAD + ADA),
            'the helper of the host before the one for all': (
                {DOCKER: {'credsStore': 'gone', 'credHelpers': {'HOST': 'h'}},
                 'bin/docker-credential-h': HELPER % (USER, PASSWORD)}, {}, None, HEAD + ADA),
            'the helper before the entry': ({DOCKER: {**WRONG, 'credsStore': 'h'},
                                             'bin/docker-credential-h': HELPER % (USER, PASSWORD)}, {}, None, HEAD + ADA),
            'a helper that is not there': ({DOCKER: {'credsStore': 'gone'}}, {}, None, 4),
            'a malformed file': ({DOCKER: '{"auths": ['}, {}, None, 4),
        }, BASIC)

    def test_a_token_is_asked_for_with_what_there_is(self):
        query = '/token?service=reg&scope=repository%3Aa%2Fb%3Apull'
        self.check_table({
            'nothing': ({}, {}, None, f'GET {query} -'),
            'a password': ({DOCKER: LOGIN}, {}, None, f'GET {query} {ADA}'),
            'and is then used': ({DOCKER: LOGIN}, {}, None, HEAD + 'Bearer T'),
            'an identity token': ({DOCKER: auths(identitytoken='I')}, {}, None, 'POST /token -'),
            'an identity token of a helper': ({DOCKER: {'credsStore': 'h'}, 'bin/docker-credential-h': HELPER % ('<token>', 'I')},
                                              {}, None, 'POST /token -'),
            'an access token': ({DOCKER: auths(registrytoken='R')}, {}, None, HEAD + 'Bearer R'),
        }, BEARER)

    def test_challenges_as_they_occur(self):
        for name, challenges, expected in (
                ('no service', ['Bearer realm="HERE/token"'], f'GET /token?scope=repository%3Aa%2Fb%3Apull {ADA}'),
                ('Basic beside Bearer', ['Basic realm="x"', 'Bearer realm="HERE/token"'], HEAD + 'Bearer T'),
                ('Bearer beside Basic', ['Bearer realm="HERE/token"', 'Basic realm="x"'], HEAD + 'Bearer T'),
                ('one that nobody knows', ['Negotiate', 'Basic realm="x", charset="UTF-8"'], HEAD + ADA),
                ('in capitals', ['BASIC REALM="x"'], HEAD + ADA),
                ('no quotes', ['Basic realm=x'], HEAD + ADA),
                ('a realm with a query', ['Bearer realm="HERE/token?account=x",service="s"'],
                 f'GET /token?account=x&service=s&scope=repository%3Aa%2Fb%3Apull {ADA}')):
            with self.subTest(case=name):
                source = self.serve(wants(*challenges))
                self.run_case(source, {DOCKER: LOGIN})
                self.assertIn(expected, self.went_out(source))

    def test_a_scope_other_than_the_usual_is_asked_for_where_the_challenge_names_it(self):
        challenge = wants('Bearer realm="HERE/token",scope="repository:a/b:pull,push"')
        source = self.serve(lambda asked, answer: None if asked.path == '/v2/' else challenge(asked, answer))
        self.run_case(source, {DOCKER: LOGIN})
        self.assertIn(f'GET /token?scope=repository%3Aa%2Fb%3Apull%2Cpush {ADA}', self.went_out(source))

    def test_the_answer_of_a_token_server(self):
        for name, token, expected in (('token', '{"token": "T"}', 'T'), ('access_token', '{"access_token": "A"}', 'A'),
                                      ('both', '{"token": "T", "access_token": "A"}', 'A')):
            with self.subTest(case=name):
                source = self.serve(wants('Bearer realm="HERE/token"', token=token))
                self.run_case(source, {})
                self.assertIn(HEAD + f'Bearer {expected}', self.went_out(source))


def registry(*endpoints, **more):
    return {'registryConfig': {'registries': {'reg.example': {'endpoints': list(endpoints), **more}}}}


class Endpoints(Requests):

    def test_where_the_request_goes(self):
        source = self.serve()
        dead = 'http://127.0.0.1:1'
        for name, config, artifact, expected in (
                ('itself', {}, 'HOST/a/b:v1', HEAD + '-'),
                ('an endpoint', registry('http://HOST'), 'reg.example/a/b:v1', HEAD + '-'),
                ('with a slash', registry('http://HOST/'), 'reg.example/a/b:v1', HEAD + '-'),
                ('the second', registry(dead, 'http://HOST'), 'reg.example/a/b:v1', HEAD + '-'),
                ('the third', registry(dead, dead + '/x', 'http://HOST'), 'reg.example/a/b:v1', HEAD + '-'),
                ('a path of the API', registry('http://HOST/v2'), 'reg.example/a/b:v1', HEAD + '-'),
                ('a project behind it', registry('http://HOST/v2/a'), 'reg.example/b:v1', HEAD + '-'),
                ('rewritten', registry('http://HOST', rewritePull={'^x/(.*)': 'a/$1'}), 'reg.example/x/b:v1', HEAD + '-'),
                ('rewritten by the first rule', registry('http://HOST', rewritePull={'^x$': 'a/b', '^x': 'c'}),
                 'reg.example/x:v1', HEAD + '-'),
                ('not rewritten', registry('http://HOST', rewritePull={'^y': 'z'}), 'reg.example/a/b:v1', HEAD + '-'),
                ('by digest', registry('http://HOST'), f'reg.example/a/b@{self.image.digest}',
                 f'HEAD /v2/a/b/manifests/{self.image.digest} -'),
                ('the tag that is meant', registry('http://HOST'), f'reg.example/a/b:v1@{self.image.digest}',
                 f'HEAD /v2/a/b/manifests/{self.image.digest} -')):
            with self.subTest(case=name):
                self.run_case(source, {}, config=config, artifact=artifact)
                self.assertIn(expected, self.went_out(source))

    def test_a_path_of_a_registry_within_a_site(self):
        def inside(asked, _):
            if asked.path == '/repository/hub/v2/':
                return Answer(body=b'{}')
            if asked.path.startswith('/repository/hub'):
                return source.answer(type(asked)(asked.method, asked.target.removeprefix('/repository/hub'), asked.fields))
            return Answer(404)

        source = self.serve(inside)
        self.run_case(source, {}, config=registry('http://HOST/repository/hub'), artifact='reg.example/a/b:v1')
        self.assertIn('HEAD /repository/hub/v2/a/b/manifests/v1 -', self.went_out(source))

    def test_the_login_is_that_of_the_endpoint(self):
        source = self.serve(BASIC)
        self.run_case(source, {DOCKER: LOGIN}, config=registry('http://HOST'), artifact='reg.example/a/b:v1')
        self.assertIn(HEAD + ADA, self.went_out(source))


CA_CONFIGURATION = """
[ca]
default_ca = any
[any]
database = issued
serial = serial
new_certs_dir = .
default_md = sha256
policy = names
[names]
commonName = supplied
"""


@servers.needs('openssl')
class Certificates(Requests):
    """An authority of its own, and what it signed."""

    def setUp(self):
        super().setUp()
        self.made = self.directory / 'certificates'
        self.made.mkdir()
        (self.made / 'issued').touch()
        (self.made / 'ca.cnf').write_text(CA_CONFIGURATION)
        self.authority, self.stranger = self.sign('authority'), self.sign('stranger')
        self.server = self.sign('server', by='authority', names='IP:127.0.0.1')

    def openssl(self, *words):
        subprocess.run(['openssl', *words], cwd=self.made, check=True, capture_output=True)

    def sign(self, name, by=None, names=None, expired=False):
        """The certificate; its key is beside it."""
        key = ['req', '-x509' if not by else '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
               '-subj', f'/CN={name}', '-keyout', f'{name}.key']
        if not by:
            self.openssl(*key, '-days', '2', '-out', f'{name}.pem')
            return self.made / f'{name}.pem'
        self.openssl(*key, '-out', f'{name}.csr')
        extensions = self.made / f'{name}.ext'
        extensions.write_text(f'subjectAltName={names}\n' if names else 'basicConstraints=CA:FALSE\n')
        validity = ['-startdate', '20000101000000Z', '-enddate', '20000102000000Z'] if expired else ['-days', '2']
        self.openssl('ca', '-batch', '-config', 'ca.cnf', '-create_serial', '-in', f'{name}.csr', '-cert', f'{by}.pem',
                     '-keyfile', f'{by}.key', *validity, '-extfile', extensions, '-out', f'{name}.pem')
        return self.made / f'{name}.pem'

    def serve_tls(self, certificate, clients=None):
        """With `clients`, the authority of those that it wants."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_suffix('.key'))
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        return self.serve(tls=context)

    def certificates_for(self, host, **files):
        return {f'.docker/certs.d/{host}/{name.replace("__", ".")}': path.read_text() for name, path in files.items()}

    def case(self, source, expected, files=(), options=(), variables=(), config=None):
        """`expected`: the exit status and a pattern of the error, or whom the server saw."""
        code = expected[0] if isinstance(expected, tuple) else 0
        result = self.run_case(source, dict(files), variables, config, code, options=options)
        if code:
            self.assertRegex(result.err, expected[1])
            self.assertRegex(result.err, '(?m)^hint: ')
            self.assertEqual(source.log, [])
        else:
            self.assertIn(HEAD + '-', self.went_out(source))
            self.assertEqual({one.client for one in source.log}, {expected})

    def test_whom_to_trust(self):
        source = self.serve_tls(self.server)
        unknown = (6, 'certificate')
        for name, expected, how in (
                ('nobody', unknown, {}),
                ('--ca-file', '-', {'options': ['--ca-file', str(self.authority)]}),
                ('--ca-file twice', '-', {'options': ['--ca-file', str(self.stranger), '--ca-file', str(self.authority)]}),
                ('--ca-file of another', unknown, {'options': ['--ca-file', str(self.stranger)]}),
                ('SSL_CERT_FILE', '-', {'variables': {'SSL_CERT_FILE': str(self.authority)}}),
                ('certs.d, as docker names it', '-', {'files': self.certificates_for(source.host, ca__crt=self.authority)}),
                ('certs.d, as the reference names it', '-',
                 {'files': self.certificates_for(source.host, ca__pem=self.authority)}),
                ('certs.d of podman', '-', {'files': {
                    f'.config/containers/certs.d/{source.host}/ca.crt': self.authority.read_text()}}),
                ('certs.d of another port', unknown,
                 {'files': self.certificates_for('127.0.0.1:1', ca__crt=self.authority)}),
                ('certs.d with another', unknown, {'files': self.certificates_for(source.host, ca__crt=self.stranger)}),
                ('whoever it is', '-', {'config': {'registryConfig': {
                    'registries': {source.host: {'endpoints': ['https://HOST']}},
                    'endpointConfig': {'https://HOST': {'tls': {'insecureSkipVerify': True}}}}}})):
            with self.subTest(case=name):
                self.case(source, expected, **how)

    def test_whom_not_to_trust_although_the_authority_is_known(self):
        trusted = {'options': ['--ca-file', str(self.authority)]}
        for name, certificate, says in (
                ('another host', self.sign('elsewhere', 'authority', 'DNS:elsewhere.example'), 'elsewhere.example|127.0.0.1'),
                ('expired', self.sign('expired', 'authority', 'IP:127.0.0.1', expired=True), 'expired'),
                ('another authority', self.sign('strange', 'stranger', 'IP:127.0.0.1'), 'certificate')):
            with self.subTest(case=name):
                self.case(self.serve_tls(certificate), (6, says), **trusted)

    def test_who_one_is(self):
        source = self.serve_tls(self.server, clients=self.authority)
        client, other = self.sign('client', 'authority'), self.sign('other', 'stranger')
        ca = {'ca__crt': self.authority}
        key = client.with_suffix('.key')
        for name, expected, files in (
                ('nobody', (6, 'certificate'), ca),
                ('as docker names it', 'client', {**ca, 'client__cert': client, 'client__key': key}),
                ('by any name', 'client', {**ca, 'mine__cert': client, 'mine__key': key}),
                ('as the reference names it', 'client', {'ca__pem': self.authority, 'cert__pem': client, 'key__pem': key}),
                ('one of a stranger', (6, 'certificate'), {**ca, 'client__cert': other, 'client__key': other.with_suffix('.key')}),
                ('one without its key', (2, 'client'), {**ca, 'client__cert': client}),
                ('one with the key of another', (2, 'key'), {**ca, 'client__cert': client, 'client__key': other.with_suffix('.key')})):
            with self.subTest(case=name):
                self.case(source, expected, self.certificates_for(source.host, **files))


if __name__ == '__main__':
    support.main()
