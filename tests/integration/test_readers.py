"""Archives in the hands of programs that this project did not write."""

import json
import subprocess

import servers
import support
from content import (AMD64, DOCKER_LAYER, DOCKER_LIST, SOURCE, blob, docker_image, image, index, layer, noise)


class Readers(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.layers = [layer('a.txt'), layer('b.txt', 100_000)]
        self.image = image(*self.layers)
        self.artifact = self.source.push('a/app', self.image)

    def ask(self, *command):
        """What a program says that must succeed."""
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f'{command}: {done.stdout}{done.stderr}')
        return done.stdout

    def check_listing(self, *program):
        one = image(*self.layers, blob(noise(2000, 1).data, algorithm='sha512'))
        self.mirror([('app', self.source.push('a/long', one))], '--manifest-json')
        self.assertEqual(self.ask(*program, '-tf', '000001-app.tar').splitlines(), self.read('000001-app.tar').names)

    @servers.needs('tar')
    def test_gnu_tar_lists_what_is_in_one(self):
        self.check_listing('tar')

    @servers.needs('bsdtar')
    def test_bsdtar_lists_what_is_in_one(self):
        self.check_listing('bsdtar')

    @servers.needs('tar', 'zstd', 'gzip')
    def test_compressed_ones_are_the_plain_one_compressed(self):
        self.mirror([('app', self.artifact)])
        plain = (self.folder / '000001-app.tar').read_bytes()
        for kind, extension in (('zstd', 'zst'), ('gzip', 'gz')):
            with self.subTest(kind=kind):
                folder = self.directory / kind
                self.mirror([('app', self.artifact)], '--compression', kind, folder=folder)
                file = folder / f'000001-app.tar.{extension}'
                self.ask(kind, '-tq', file)
                self.assertEqual(support.plain(file), plain)
                self.assertEqual(self.ask('tar', '-tf', file), self.ask('tar', '-tf', '000001-app.tar'))

    @servers.needs('skopeo')
    def test_skopeo_inspects_and_copies_an_image(self):
        self.mirror([('app', self.artifact)])
        for image_name in ('oci-archive:000001-app.tar', f'oci-archive:000001-app.tar:{self.artifact}'):
            found = json.loads(self.ask('skopeo', 'inspect', image_name))
            self.assertEqual(found['Digest'], self.image.digest)
            self.assertEqual(found['Layers'], [one.digest for one in self.layers])
        self.ask('skopeo', 'copy', '--insecure-policy', f'oci-archive:000001-app.tar:{self.artifact}', 'dir:copy')
        self.assertEqual((self.folder / 'copy/manifest.json').read_bytes(), self.image.data)

    @servers.needs('skopeo')
    def test_skopeo_copies_all_images_of_an_index(self):
        images = [self.image, image(layer('c.txt'))]
        root = index(*(one.described(platform={**AMD64, 'variant': str(i)}) for i, one in enumerate(images)))
        artifact = self.source.push('a/all', root)
        self.mirror([('all', artifact)])
        self.ask('skopeo', 'copy', '--insecure-policy', '--all', f'oci-archive:000001-all.tar:{artifact}', 'dir:copy')
        self.assertEqual((self.folder / 'copy/manifest.json').read_bytes(), root.data)
        for one in images:
            self.assertEqual((self.folder / f'copy/{one.digest[7:]}.manifest.json').read_bytes(), one.data)

    @servers.needs('skopeo')
    def test_manifest_json_makes_it_an_archive_for_docker_load(self):
        sources = ['reg.example.com/app:1', 'reg.example.com/old:2']
        old = docker_image(layer('old', media_type=DOCKER_LAYER))
        app = index(self.image.described(platform=AMD64), media_type=DOCKER_LIST)
        gathered = index(*(one.described(annotations={SOURCE: name}) for one, name in zip((app, old), sources)))
        self.mirror([('all', self.source.push('a/gathered', gathered))], '--manifest-json')
        tags = json.loads(self.ask('skopeo', 'list-tags', 'docker-archive:000001-all.tar'))['Tags']
        self.assertEqual(tags, sources)
        for name, layers in zip(sources, (self.layers, old.children[1:])):
            self.ask('skopeo', 'copy', '--insecure-policy', f'docker-archive:000001-all.tar:{name}', f'dir:{name[-1]}')
            copied = json.loads((self.folder / name[-1] / 'manifest.json').read_text())
            self.assertEqual(len(copied['layers']), len(layers))

    def test_a_manifest_json_without_images_is_told_with_its_row(self):
        said = self.mirror([('app', self.artifact)], '--manifest-json').out
        self.assertEqual(self.read('000001-app.tar').documents['manifest.json'], [])
        self.assertRegex(said, rf'(?m)^Warning ↦ .*list\.csv:2: app: {self.artifact}: .*000001-app.tar is empty.*{SOURCE}')
        named = index(self.image.described(annotations={SOURCE: 'reg.example.com/app:1'}))
        said = self.mirror([('all', self.source.push('a/named', named))], '--manifest-json').out
        self.assertNotIn('Warning', said)

    @servers.needs('umoci', 'bsdtar')
    def test_umoci_unpacks_an_image(self):
        self.mirror([('app', self.artifact)])
        layout = self.directory / 'layout'
        layout.mkdir()
        self.ask('bsdtar', '-xf', '000001-app.tar', '-C', layout)
        self.assertEqual(self.ask('umoci', 'ls', '--layout', layout).split(), [self.artifact])
        bundle = self.directory / 'bundle'
        self.ask('umoci', 'unpack', '--rootless', '--image', f'{layout}:{self.artifact}', bundle)
        self.assertEqual({path.name: path.stat().st_size for path in (bundle / 'rootfs').iterdir()},
                         {'a.txt': 1000, 'b.txt': 100_000})


if __name__ == '__main__':
    support.main()
