"""Manifests and blobs of every kind that a registry may hold."""

import base64

import support
from content import (AMD64, DOCKER_FOREIGN_LAYER, DOCKER_LAYER, DOCKER_LIST, OCI_ARTIFACT, OCI_CONFIG, OCI_IMAGE,
                     Content, blob, docker_image, image, index, layer, manifest, noise)

REF_NAME = 'org.opencontainers.image.ref.name'


class WhatIsArchived(support.Case):

    def archived(self, root, *options, source=None, folder=None, tag='v1'):
        """The archive of `root`, which must have all that is below it."""
        self.artifact = (source or self.registry()).push('a/b', root, tag)
        self.mirror([('x', self.artifact)], *options, folder=folder)
        archive, = self.check_folder(folder)
        for content in root.walk():
            self.assertEqual(archive.blobs.get(content.digest), content.data, content.descriptor)
        return archive

    def listed(self, archive):
        return [one['digest'] for one in archive.documents['index.json']['manifests']]

    def test_the_root_is_listed_first_with_the_artifact_as_its_name(self):
        one = image(noise(100, 1))
        archive = self.archived(one)
        root, = archive.documents['index.json']['manifests']
        self.assertEqual(root, {**one.descriptor, 'annotations': {REF_NAME: self.artifact}})
        self.assertEqual(archive.documents['oci-layout'], {'imageLayoutVersion': '1.0.0'})

    def test_entries_come_as_a_walk_of_the_graph_meets_them(self):
        one = image(noise(100, 1), noise(100, 2))
        archive = self.archived(one)
        config, first, second = one.children
        blobs = [f'blobs/sha256/{content.digest[7:]}' for content in (one, config, first, second)]
        self.assertEqual(archive.names,
                         ['oci-layout', 'index.json', 'blobs', 'blobs/sha256', *blobs, 'index.json'])

    def test_nested_indexes(self):
        leaves = [image(noise(100 * i, i)) for i in range(1, 4)]
        inner = index(leaves[0], leaves[1])
        root = index(inner, leaves[2].described(platform=AMD64))
        archive = self.archived(root)
        self.assertEqual(self.listed(archive), [one.digest for one in (root, inner, *leaves)])
        self.assertEqual(archive.documents['index.json']['manifests'][-1]['platform'], AMD64)

    def test_a_docker_image_and_a_docker_list(self):
        one = docker_image(layer('a', media_type=DOCKER_LAYER))
        root = index(one.described(platform=AMD64), media_type=DOCKER_LIST)
        self.assertEqual(self.listed(self.archived(root)), [root.digest, one.digest])

    def test_blobs_and_manifests_named_by_sha512(self):
        data = noise(5000, 1).data
        one = image(blob(data, algorithm='sha512'), blob(data))
        by_sha512 = Content(one.data, OCI_IMAGE, one.children, 'sha512')
        archive = self.archived(index(by_sha512))
        self.assertEqual([name for name in archive.names if name.count('/') == 1], ['blobs/sha256', 'blobs/sha512'])

    def test_a_blob_of_no_bytes(self):
        self.archived(image(blob(b''), noise(10, 1)))

    def test_blobs_of_sizes_about_every_limit(self):
        sizes = [1, 511, 512, 513, 65535, 65536, 65537, (4 << 20) - 1, (4 << 20) + 513]
        one = image(*(noise(size, size) for size in sizes))
        source = self.registry()
        self.archived(one, source=source)
        self.archived(one, '--compression', 'gzip', source=source, folder=self.directory / 'gzip')

    def test_data_that_a_descriptor_carries_need_not_be_in_the_registry(self):
        small = blob(b'{}', 'application/vnd.oci.empty.v1+json')
        small = small.described(pushed=False, data=base64.b64encode(small.data).decode())
        root = manifest(OCI_IMAGE, [small], config=small.descriptor, layers=[small.descriptor])
        self.archived(root)

    def test_manifests_of_the_extra_manifests_annotation(self):
        inner, one = index(image(noise(100, 1))), image(noise(100, 2))
        root = index(one, extra=[inner])
        self.assertEqual(self.listed(self.archived(root)),
                         [root.digest, one.digest, inner.digest, inner.children[0].digest])

    def test_the_subject_of_a_signature_comes_with_it(self):
        subject = image(noise(1000, 'subject'))
        signature = image(blob(b'signed'), subject=subject, artifactType='application/vnd.example.signature')
        self.assertEqual(self.listed(self.archived(signature)), [signature.digest, subject.digest])

    def test_an_artifact_manifest_and_its_blobs(self):
        attached = [noise(100, 1), blob(b'x')]
        root = manifest(OCI_ARTIFACT, attached, artifactType='application/vnd.example',
                        blobs=[one.descriptor for one in attached])
        self.archived(root)

    def test_an_image_that_names_a_layer_twice(self):
        one = noise(1000, 1)
        self.archived(image(one, one))

    def test_annotations_come_through_unharmed(self):
        annotations = {'note': 'a<b>&c "quoted" \\ \u2028 ü \n', 'empty': ''}
        archive = self.archived(index(image(noise(10, 1)).described(annotations=annotations)))
        self.assertEqual(archive.documents['index.json']['manifests'][1]['annotations'], annotations)

    def test_an_artifact_by_digest_with_or_without_a_tag(self):
        one, source = image(noise(100, 1)), self.registry()
        tagged = source.push('a/b', one)
        untagged = tagged.rpartition(':')[0]
        self.mirror([('a', f'{untagged}@{one.digest}'), ('b', f'{tagged}@{one.digest}')])
        self.assertEqual([line.split(',')[2] for line in self.tracker().splitlines()[1:]], [one.digest, one.digest])

    def test_latest_is_meant_where_neither_tag_nor_digest_is_given(self):
        one, source = image(noise(100, 1)), self.registry()
        artifact = source.push('a/b', one, 'latest').removesuffix(':latest')
        self.mirror([('a', artifact)])
        self.assertIn(f',{artifact},{one.digest}', self.tracker())


class WhatCannotBeArchived(support.Case):

    def refused_content(self, root):
        artifact = self.registry().push('a/b', root)
        error = self.refused([('x', artifact)])
        self.assertIn(f'list.csv:2: x: {artifact}', error)
        self.assertEqual(self.archives(), [])
        return error

    def test_a_foreign_layer_that_the_registry_lacks_is_an_error_that_says_so(self):
        foreign = blob(b'windows', DOCKER_FOREIGN_LAYER).described(pushed=False, urls=['https://example.com/layer'])
        error = self.refused_content(image(foreign))
        self.assertIn(foreign.digest, error)
        self.assertRegex(error, r'hint: .*https://example\.com/layer.*foreign layers')

    def test_schema_1_is_an_error_that_says_so(self):
        old = Content(b'{"schemaVersion":1,"name":"a","tag":"v1","fsLayers":[],"history":[],"signatures":[]}',
                      'application/vnd.docker.distribution.manifest.v1+prettyjws')
        source = self.registry()
        source.put_manifest('a/b', old, 'v1')
        error = self.refused([('x', f'{source.host}/a/b:v1')])
        self.assertIn('manifest.v1+prettyjws', error)
        self.assertIn("hint: docker's schema 1", error)

    def test_manifests_that_contradict_themselves_are_refused(self):
        config = blob(b'{}', OCI_CONFIG)
        wrong = {'no config': {'layers': []},
                 'no digest': {'config': {'mediaType': OCI_CONFIG, 'size': 2}, 'layers': []},
                 'negative size': {'config': {**config.descriptor, 'size': -1}, 'layers': []},
                 'no such digest': {'config': {**config.descriptor, 'digest': 'sha256:../../x'}, 'layers': []},
                 'no descriptors': {'config': config.descriptor, 'layers': 7}}
        source = self.registry()
        for what, members in wrong.items():
            with self.subTest(what=what):
                artifact = source.push('a/b', manifest(OCI_IMAGE, [config], **members))
                self.assertIn(f'list.csv:2: x: {artifact}', self.refused([('x', artifact)]))
                self.assertEqual(self.archives(), [])

    def test_a_size_that_is_not_that_of_the_blob_is_refused(self):
        one = noise(1000, 1)
        error = self.refused_content(image(one.described(size=999)))
        self.assertRegex(error, f'got 1000 bytes, want 999.*{one.digest}')


if __name__ == '__main__':
    support.main()
