"""Debian's docker-registry behind nginx, with all that stands before registries in the field at once."""

import base64
import json
import subprocess

import nginx
import servers
import support
from content import image, noise

LOGIN = 'ada:correct-horse'


@servers.needs('nginx', 'docker-registry', 'htpasswd', 'openssl')
class BehindNginx(support.Case):

    def setUp(self):
        super().setUp()
        self.secrets.add('correct-horse')
        source = self.enterContext(servers.DockerRegistry(self.directory, login=LOGIN))
        source.push('a/b', image(noise(1000, 1), noise(300_000, 2)))
        self.certificate, self.key = servers.self_signed(self.directory)
        client = ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
                  '-subj', '/CN=client', '-keyout', self.directory / 'client.key', '-out', self.directory / 'client.cert']
        subprocess.run(client, check=True, capture_output=True)
        self.front = self.enterContext(nginx.Nginx(
            self.directory, source.host, self.certificate, self.key,
            server=f'ssl_client_certificate {self.directory}/client.cert; ssl_verify_client on; '))
        self.rows = [('x', f'{self.front.host}/a/b:v1')]

    def trust(self):
        self.write(f'.docker/certs.d/{self.front.host}/ca.crt', self.certificate.read_text())

    def be_a_client(self):
        for name in ('client.cert', 'client.key'):
            self.write(f'.docker/certs.d/{self.front.host}/{name}', (self.directory / name).read_text())

    def log_in(self):
        auth = base64.b64encode(LOGIN.encode()).decode()
        self.write('.docker/config.json', json.dumps({'auths': {self.front.host: {'auth': auth}}}))

    def test_it_takes_trust_a_certificate_and_a_login(self):
        self.assertIn('certificate', self.refused(self.rows, '--retries', '0', code=6))
        self.trust()
        error = self.refused(self.rows, '--retries', '0')
        self.assertRegex(error, '(?i)400|certificate')
        self.be_a_client()
        self.assertIn('401 Unauthorized', self.refused(self.rows, '--retries', '0', code=4))
        self.log_in()
        self.mirror(self.rows)
        self.check_folder()


if __name__ == '__main__':
    support.main()
