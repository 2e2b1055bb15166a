"""Folders that go to and come from the program that ace-dt stands in for, where that is installed as ace-dt-go."""

import json
import shutil

import servers
import support
from content import AMD64, OCI_INDEX, image, index, layer


@servers.needs('ace-dt-go')
class Reference(support.Case):

    def setUp(self):
        super().setUp()
        source = self.registry()
        base = layer('base', 100_000)
        self.images = [image(base, layer('one')), image(base, layer('two'))]
        self.images.append(index(*(one.described(platform=AMD64) for one in self.images)))
        self.rows = [(f'n{i}', source.push(f'a/{i}', one)) for i, one in enumerate(self.images)]

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
        self.mirror_by_reference(self.rows[:1])
        self.mirror(self.rows)
        self.assertEqual(len(self.check_folder()), len(self.rows))

    def check_arrived(self, destination):
        for (name, _), root in zip(self.rows, self.images):
            self.check_pushed(destination, 'high/side', root)
            self.check_tag(destination, 'high/side', name, root)

    def test_a_folder_that_it_made_is_pushed(self):
        self.mirror_by_reference(self.rows)
        destination = self.registry()
        self.push(f'{destination.host}/high/side')
        self.check_arrived(destination)

    def test_a_folder_of_compressed_archives_that_it_made_is_pushed(self):
        self.mirror_by_reference(self.rows, '--compression', 'zstd')
        destination = self.registry()
        self.push(f'{destination.host}/high/side')
        self.check_arrived(destination)

    def test_what_it_has_pushed_is_not_pushed_again(self):
        self.mirror(self.rows)
        destination = self.registry()
        self.reference('batch-deserialize', self.folder, f'{destination.host}/high/side', host=destination.host)
        destination.forget_requests()
        self.assertIn('3 of them already pushed', self.push(f'{destination.host}/high/side').out)
        self.assertEqual(destination.requests(), [])

    def test_it_does_not_push_again_what_was_pushed(self):
        self.mirror(self.rows)
        destination = self.registry()
        self.push(f'{destination.host}/high/side')
        destination.forget_requests()
        self.reference('batch-deserialize', self.folder, f'{destination.host}/high/side', host=destination.host)
        self.assertEqual(destination.requests(), [])

    @servers.needs('docker-registry')
    def test_it_pushes_referrers_as_manifests_to_a_registry_without_the_api(self):
        source = self.registry()
        subject = self.images[0]
        reference = source.push('a/signed', subject)
        signature = image(layer('signature'), subject=subject, artifactType='application/vnd.example')
        source.push('a/signed', signature, signature.digest)
        self.mirror([('signed', reference)], '--recursive')
        with servers.DockerRegistry(self.directory) as destination:
            self.reference('batch-deserialize', self.folder, f'{destination.host}/high/side', host=destination.host)
            fields = {'Accept': OCI_INDEX}
            tag = subject.digest.replace(':', '-')
            _, text = destination.ask('GET', f'/v2/high/side/manifests/{tag}', fields=fields)
            self.assertEqual([one['digest'] for one in json.loads(text)['manifests']], [signature.digest])


if __name__ == '__main__':
    support.main()
