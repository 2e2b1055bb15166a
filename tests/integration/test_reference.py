"""Folders that go to and come from the program that ace-dt stands in for, where that is installed as ace-dt-go."""

import json
import shutil
import subprocess

import servers
import support
from content import AMD64, image, index, layer


@servers.needs('ace-dt-go')
class Reference(support.Case):

    def setUp(self):
        super().setUp()
        source = self.registry()
        base = layer('base', 100_000)
        self.images = [image(base, layer('one')), image(base, layer('two'))]
        self.images.append(index(*(one.described(platform=AMD64) for one in self.images)))
        self.rows = [(f'n{i}', source.push(f'a/{i}', one)) for i, one in enumerate(self.images)]

    def reference(self, *command, host):
        config = self.write('reference.yaml', json.dumps({
            'apiVersion': 'config.dt.act3-ace.io/v1alpha1', 'kind': 'Configuration',
            'registryConfig': {'registries': {host: {'endpoints': [f'http://{host}']}}}}))
        done = subprocess.run(['ace-dt-go', 'mirror', *command, '--config', config], env=self.environment,
                              cwd=self.directory, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def check_deserializes(self, *options):
        self.mirror(self.rows[:1], *options)
        self.mirror(self.rows, *options)
        shutil.copytree(self.folder, self.directory / 'carried')
        destination = self.registry()
        self.reference('batch-deserialize', 'carried', f'{destination.host}/high/side', host=destination.host)
        for content in self.images[-1].walk():
            kind = 'manifests' if content.children else 'blobs'
            _, text = destination.ask('GET', f'/v2/high/side/{kind}/{content.digest}')
            self.assertEqual(text, content.data)

    def test_it_deserializes_a_folder(self):
        self.check_deserializes()

    def test_it_deserializes_a_folder_of_zstd_archives(self):
        self.check_deserializes('--compression', 'zstd')

    def test_it_deserializes_a_folder_of_gzip_archives(self):
        self.check_deserializes('--compression', 'gzip')

    def test_a_folder_that_it_made_is_continued(self):
        host = self.rows[0][1].partition('/')[0]
        list_file = self.write('reference.csv', 'name,artifact\n' + ','.join(self.rows[0]) + '\n')
        self.folder.mkdir()
        self.reference('batch-serialize', list_file, self.folder, host=host)
        self.mirror(self.rows)
        self.assertEqual(len(self.check_folder()), len(self.rows))


if __name__ == '__main__':
    support.main()
