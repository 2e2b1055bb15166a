"""The container image that tools/image makes, unpacked and run with another root folder."""

import io
import json
import os
import pathlib
import subprocess
import tarfile
import unittest

import servers
import support
from content import image, noise

TOOL = pathlib.Path(__file__).parents[2] / 'tools' / 'image'


def can_change_root():
    return subprocess.run(['unshare', '-r', 'chroot', '/', '/bin/true'], capture_output=True).returncode == 0


@unittest.skipUnless(can_change_root(), 'the root folder cannot be changed here')
class Image(support.Case):

    def setUp(self):
        super().setUp()
        self.file = self.directory / 'image.tar'
        subprocess.run([TOOL, os.environ['ACE_DT'], self.file], check=True)
        self.archive = support.read_archive(self.file)
        self.manifest = self.blob(self.archive.documents['index.json']['manifests'][0])
        self.config = self.blob(self.manifest['config'])
        self.root = self.directory / 'image'
        for layer in self.manifest['layers']:
            with tarfile.open(fileobj=io.BytesIO(self.archive.blobs[layer['digest']])) as tar:
                tar.extractall(self.root)

    def blob(self, descriptor):
        return json.loads(self.archive.blobs[descriptor['digest']])

    def run_in_image(self, *words, text=''):
        """As a container engine would: with the image's entry point, environment, working folder and user, where the
        test is root; else as root of a namespace of its own."""
        config = self.config['config']
        if os.getuid() == 0:
            change = ['chroot', f'--userspec={config["User"]}', '--groups=']
        else:
            change = ['unshare', '-r', 'chroot']
        command = [*change, self.root, *config['Entrypoint'], *words]
        self.environment = dict(one.split('=', 1) for one in config['Env'])
        self.environment['PATH'] = os.environ['PATH']  # of chroot itself
        return self.execute(command, self.root / 'data', text=text)

    def test_the_program_runs_and_is_not_root(self):
        result = self.run_in_image('version')
        self.assertEqual((result.code, result.text), (0, f'ace-dt {os.environ["VERSION"]}\n'))
        user, _, group = self.config['config']['User'].partition(':')
        self.assertGreater(int(user), 0)
        self.assertGreater(int(group), 0)

    def test_it_mirrors_into_its_volume(self):
        source = self.registry()
        artifact = source.push('dev/app', image(noise(1000, 1)))
        result = self.run_in_image('mirror', 'batch-serialize', '-', '/data/sync', text=f'name,artifact\napp,{artifact}\n')
        self.assertEqual(result.code, 0, result.text)
        self.assertEqual(self.archives(self.root / 'data' / 'sync'), ['000001-app.tar'])

    def test_it_has_the_authorities_of_the_public_and_trusts_them(self):
        bundle = self.root / 'etc/ssl/certs/ca-certificates.crt'
        self.assertGreater(bundle.read_text().count('BEGIN CERTIFICATE'), 50)
        certificate, key = servers.self_signed(self.directory)
        source = self.registry('--tls-cert', certificate, '--tls-key', key, certificate=certificate)
        text = f'name,artifact\napp,{source.push("dev/app", image(noise(1000, 1)))}\n'
        words = ['mirror', 'batch-serialize', '-', '/data/sync', '--retries', '0']
        self.assertEqual(self.run_in_image(*words, text=text).code, 6)
        bundle.write_text(bundle.read_text() + certificate.read_text())
        self.assertEqual(self.run_in_image(*words, text=text).code, 0)

    def test_the_same_program_gives_the_same_image(self):
        again = self.directory / 'again.tar'
        subprocess.run([TOOL, os.environ['ACE_DT'], again], check=True)
        self.assertEqual(self.file.read_bytes(), again.read_bytes())

    @servers.needs('skopeo')
    def test_other_programs_read_it(self):
        done = subprocess.run(['skopeo', 'inspect', '--config', f'oci-archive:{self.file}'], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)['config'], self.config['config'])


if __name__ == '__main__':
    support.main()
