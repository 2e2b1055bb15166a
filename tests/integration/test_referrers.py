"""--recursive: signatures, SBOMs and attestations."""

import json

import support
from content import blob, image, index, noise


class Referrers(support.Case):

    def setUp(self):
        super().setUp()
        self.image = image(noise(1000, 'image'))
        self.sbom = image(blob(b'sbom'), subject=self.image, artifactType='application/vnd.example.sbom')
        signature = 'application/vnd.example.signature'
        self.signature = image(blob(b'signature'), subject=self.image, artifactType=signature)
        self.signed_sbom = image(blob(b'signed sbom'), subject=self.sbom, artifactType=signature)
        self.referrers = [self.sbom, self.signature, self.signed_sbom]

    def push(self, source, root=None):
        for one in self.referrers:
            source.push('a/b', one, one.digest)
        artifact = source.push('a/b', root or self.image)
        source.forget_requests()
        return artifact

    def push_tag_schema(self, source):
        """What clients do for a registry without the API (distribution-spec, "Referrers Tag Schema")."""
        for subject, referrers in ((self.image, [self.sbom, self.signature]), (self.sbom, [self.signed_sbom])):
            source.put_manifest('a/b', index(*referrers), subject.digest.replace(':', '-'))

    def check_listed(self, *expected):
        archive, = self.check_folder()
        listed = [one['digest'] for one in archive.documents['index.json']['manifests']]
        self.assertCountEqual(listed, [one.digest for one in expected])
        self.assertEqual(listed[0], expected[0].digest)

    def test_without_the_flag_they_are_left_out_and_not_asked_for(self):
        source = self.registry()
        self.mirror([('x', self.push(source))])
        self.check_listed(self.image)
        self.assertEqual(source.requests('referrers'), [])

    def test_they_come_by_the_api_and_theirs_too(self):
        source = self.registry()
        self.mirror([('x', self.push(source))], '--recursive')
        self.check_listed(self.image, *self.referrers)

    def test_they_come_in_pages(self):
        source = self.registry('--referrers-page', '1')
        self.mirror([('x', self.push(source))], '-r')
        self.check_listed(self.image, *self.referrers)

    def test_those_of_the_images_of_an_index_come_too(self):
        source, root = self.registry(), index(self.image)
        self.mirror([('x', self.push(source, root))], '-r')
        self.check_listed(root, self.image, *self.referrers)

    def test_they_come_by_tags_from_a_registry_without_the_api(self):
        source = self.registry('--no-referrers')
        artifact = self.push(source)
        self.push_tag_schema(source)
        self.mirror([('x', artifact)], '-r')
        self.check_listed(self.image, *self.referrers)

    def test_the_configuration_can_ask_for_tags_alone(self):
        source = self.registry('--no-referrers')
        self.configure(json.dumps({'registryConfig': {
            'registries': {source.host: {'endpoints': [f'http://{source.host}']}},
            'endpointConfig': {f'http://{source.host}': {'supportsReferrers': 'tag'}}}}))
        artifact = self.push(source)
        self.push_tag_schema(source)
        source.forget_requests()
        self.mirror([('x', artifact)], '-r')
        self.check_listed(self.image, *self.referrers)
        self.assertEqual(source.requests('/referrers/'), [])

    def test_the_configuration_can_insist_on_the_api(self):
        source = self.registry('--no-referrers')
        self.configure(json.dumps({'registryConfig': {
            'registries': {source.host: {'endpoints': [f'http://{source.host}']}},
            'endpointConfig': {f'http://{source.host}': {'supportsReferrers': 'api'}}}}))
        error = self.refused([('x', self.push(source))], '-r')
        self.assertIn('has no referrers API', error)

    def test_none_is_no_failure(self):
        for options in ([], ['--no-referrers']):
            with self.subTest(options=options):
                source, folder = self.registry(*options), self.directory / f'sync{len(options)}'
                self.mirror([('x', source.push('a/b', self.image))], '-r', folder=folder)
                self.assertEqual(len(self.check_folder(folder)), 1)

    def test_a_referrers_list_of_another_kind_counts_as_no_api(self):
        source = self.registry()
        artifact = self.push(source)
        self.push_tag_schema(source)
        source.fault('GET */referrers/* * header Content-Type text/html')
        self.mirror([('x', artifact)], '-r')
        self.check_listed(self.image, *self.referrers)


if __name__ == '__main__':
    support.main()
