"""Ways through proxies, and limits on what is asked for."""

import pathlib
import socket
import subprocess
import tempfile
import time

import servers
import support
from content import image, noise
from proxies import HttpProxy, Socks5

USER, PASSWORD = 'ada', 'correct-horse'
NAMED = 'reg.example'  # nobody but the proxy knows where it is


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(('127.0.0.1', port)) == 0


class Proxies(support.Case):

    def setUp(self):
        super().setUp()
        self.secrets.add(PASSWORD)
        self.source = self.registry()
        self.image = image(noise(1000, 1), noise(200_000, 2))
        self.source.push('a/b', self.image)
        self.rows = [('x', f'{NAMED}/a/b:v1')]
        self.endpoint(f'http://{NAMED}:5000')

    def endpoint(self, url):
        self.configure(f'registryConfig: {{registries: {{{NAMED}: {{endpoints: ["{url}"]}}}}}}\n')

    def through(self, kind, variable, scheme, login=None, given=None):
        proxy = self.enterContext(kind(self.source.host, login))
        self.environment[variable] = f'{scheme}{given + "@" if given else ""}{proxy.host}'
        return proxy

    def check_mirrored(self):
        self.mirror(self.rows)
        archive, = self.check_folder()
        self.assertIn(self.image.digest, archive.blobs)


class Http(Proxies):

    def test_plain_http_is_forwarded(self):
        proxy = self.through(HttpProxy, 'HTTP_PROXY', 'http://')
        self.check_mirrored()
        self.assertEqual(proxy.log[0], ('GET', f'http://{NAMED}:5000/v2/', None))

    def test_the_proxy_may_be_named_in_lower_case_without_a_scheme_or_for_all(self):
        for variable, scheme in (('http_proxy', 'http://'), ('HTTP_PROXY', ''), ('ALL_PROXY', 'http://'), ('all_proxy', '')):
            with self.subTest(variable=variable):
                self.folder = self.directory / f'sync-{variable}{len(scheme)}'
                self.through(HttpProxy, variable, scheme)
                self.check_mirrored()
                del self.environment[variable]

    def test_a_login_in_the_url_goes_to_the_proxy_and_no_further(self):
        proxy = self.through(HttpProxy, 'HTTP_PROXY', 'http://', f'{USER}:{PASSWORD}', f'{USER}:{PASSWORD}')
        self.check_mirrored()
        self.assertEqual({login for _, _, login in proxy.log}, {f'{USER}:{PASSWORD}'})
        self.assertEqual({one.authorization for one in self.source.requests('/a/b/', 'GET')}, {'-'})

    def test_a_login_that_is_missing_or_wrong_is_an_error_that_names_the_proxy(self):
        for given in (None, f'{USER}:wrong-one'):
            proxy = self.through(HttpProxy, 'HTTP_PROXY', 'http://', f'{USER}:{PASSWORD}', given)
            error = self.refused(self.rows, '--retries', '0', code=4)
            self.assertIn(f'proxy http://{proxy.host}', error)
            self.assertNotIn('wrong-one', error)

    def test_a_url_that_is_refused_shows_neither_user_nor_password(self):
        self.secrets |= {USER, 'geheim'}
        for character in '#/?':
            for scheme in ('http://', 'socks5://', ''):
                with self.subTest(character=character, scheme=scheme):
                    self.environment['HTTPS_PROXY'] = f'{scheme}{USER}:geheim{character}1@127.0.0.1:3128'
                    error = self.refused(self.rows, '--retries', '0', code=2)
                    self.assertIn('HTTPS_PROXY: proxy ', error)
                    self.assertIn('%23', error)
        del self.environment['HTTPS_PROXY']
        for character in '#/?@':
            with self.subTest(character=character):
                self.endpoint(f'http://{USER}:geheim{character}1@127.0.0.1')
                self.assertIn('endpoints: url ', self.refused(self.rows, '--retries', '0', code=2))

    def test_hosts_in_no_proxy_are_reached_without(self):
        proxy = self.through(HttpProxy, 'HTTP_PROXY', 'http://')
        for value in (NAMED, '.example', f'other.example,{NAMED}:5000', '*'):
            self.environment['NO_PROXY'] = value
            error = self.refused(self.rows, '--retries', '0', code=6)
            self.assertIn(f'no such host: {NAMED}', error)
        self.assertEqual(proxy.log, [])

    def test_this_machine_is_reached_without(self):
        self.environment['HTTP_PROXY'] = self.environment['HTTPS_PROXY'] = 'http://127.0.0.1:1'
        self.mirror([('x', f'{self.source.host}/a/b:v1')])

    def test_a_proxy_that_is_down_is_an_error_that_names_it(self):
        self.environment['HTTP_PROXY'] = 'http://127.0.0.1:1'
        self.assertIn('proxy http://127.0.0.1:1: ', self.refused(self.rows, '--retries', '0', code=6))

    @servers.needs('openssl')
    def test_https_goes_through_a_tunnel(self):
        certificate, key = servers.self_signed(self.directory, f'DNS:{NAMED},IP:127.0.0.1')
        self.source = self.registry('--tls-cert', certificate, '--tls-key', key, certificate=certificate)
        self.source.push('a/b', self.image)
        self.endpoint(f'https://{NAMED}')
        self.environment['SSL_CERT_FILE'] = str(certificate)
        proxy = self.through(HttpProxy, 'HTTPS_PROXY', 'http://', f'{USER}:{PASSWORD}', f'{USER}:{PASSWORD}')
        self.check_mirrored()
        self.assertEqual(set(proxy.log), {('CONNECT', f'{NAMED}:443', f'{USER}:{PASSWORD}')})

    @servers.needs('tinyproxy')
    def test_tinyproxy(self):
        address = next((one for one in subprocess.run(['hostname', '-I'], capture_output=True, text=True).stdout.split()
                        if '.' in one), None)
        if not address:
            self.skipTest('this machine has no address but loopback')
        self.source = self.registry('--bind', address)
        self.source.host = f'{address}:{self.source.host.split(":")[1]}'
        self.source.push('a/b', self.image)
        self.endpoint(f'http://{self.source.host}')
        own = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        with socket.create_server(('127.0.0.1', 0)) as free:
            port = free.getsockname()[1]
        (own / 'conf').write_text(f'Port {port}\nListen 127.0.0.1\nMaxClients 64\nTimeout 30\nBasicAuth {USER} {PASSWORD}\n'
                                  f'LogFile "{own}/log"\nConnectPort 1\n')
        process = subprocess.Popen(['tinyproxy', '-d', '-c', own / 'conf'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        servers.wait_until(lambda: listens(port), 'tinyproxy')
        self.environment['HTTP_PROXY'] = f'http://{USER}:{PASSWORD}@127.0.0.1:{port}'
        self.check_mirrored()
        self.assertIn(self.source.host, (own / 'log').read_text())


class Socks(Proxies):

    def test_all_goes_through_it_and_it_looks_the_names_up(self):
        for scheme in ('socks5://', 'socks5h://'):
            with self.subTest(scheme=scheme):
                self.folder = self.directory / scheme[:-3]
                proxy = self.through(Socks5, 'ALL_PROXY', scheme)
                self.check_mirrored()
                self.assertEqual(set(proxy.log), {f'{NAMED}:5000'})

    def test_with_a_login(self):
        proxy = self.through(Socks5, 'ALL_PROXY', 'socks5://', f'{USER}:{PASSWORD}', f'{USER}:{PASSWORD}')
        self.check_mirrored()
        self.assertNotEqual(proxy.log, [])
        self.through(Socks5, 'ALL_PROXY', 'socks5://', f'{USER}:{PASSWORD}', f'{USER}:wrong-one')
        self.folder = self.directory / 'other'
        self.assertIn('proxy socks5://', self.refused(self.rows, '--retries', '0'))


class Rates(support.Case):
    """Lower bounds of time: who keeps to a rate takes at least so long."""

    def seconds(self, rows, *options):
        begin = time.monotonic()
        self.mirror(rows, *options)
        return time.monotonic() - begin

    def test_so_many_bytes_a_second_over_all_connections(self):
        source = self.registry()
        rows = [('x', source.push('a/b', image(*(noise(1_000_000, i) for i in range(8)))))]
        seconds = self.seconds(rows, '--max-rate', '4MB')
        self.assertGreater(seconds, 0.95 * 8 / 4 - 0.05)  # less the burst that it begins with
        self.assertLess(seconds, servers.LONG_ENOUGH)

    def test_so_many_requests_a_second(self):
        source = self.registry()
        rows = [('x', source.push('a/b', image(*(noise(100, i) for i in range(50)))))]
        source.forget_requests()
        seconds = self.seconds(rows, '--max-requests-per-second', '50')
        self.assertGreater(seconds, 0.95 * (len(source.requests()) - 1) / 50)

    def test_a_registry_that_says_it_will_not_answer_so_often_is_heard(self):
        source = self.registry('--fault', '* */manifests/* * pass')
        rows = [(f'n{i}', source.push(f'a/n{i}', image(noise(100, i)))) for i in range(4)]
        source.heal()
        source.fault('* */manifests/* * header ratelimit-remaining 2;w=21600')
        result = self.mirror(rows)
        self.assertIn('allows 2 more pulls', result.text)


if __name__ == '__main__':
    support.main()
