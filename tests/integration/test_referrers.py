"""--recursive: signatures, SBOMs and attestations."""

import json
import shutil
import subprocess

import servers
import support
from content import AMD64, blob, image, index, noise
from scripted import Answer, ScriptedRegistry, error

REF_NAME = 'org.opencontainers.image.ref.name'


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

    def test_a_referrers_list_may_have_any_media_type(self):
        source = self.registry()
        artifact = self.push(source)
        source.fault('GET */referrers/* * header Content-Type text/plain')
        self.mirror([('x', artifact)], '-r')
        self.check_listed(self.image, *self.referrers)

    def test_an_answer_that_is_no_referrers_list_is_a_warning_and_counts_as_no_api(self):
        source = self.registry()
        artifact = self.push(source)
        self.push_tag_schema(source)
        source.fault('GET */referrers/* * flip 0 header Content-Type text/html')
        result = self.mirror([('x', artifact)], '-r')
        self.check_listed(self.image, *self.referrers)
        self.assertIn('is no list of referrers but "text/html"; the referrers tag is asked for instead', result.text)


class WeakLinks(support.Case):
    """OCI image-spec v1.1: what a subject and a list of referrers name need not be in the registry."""

    def setUp(self):
        super().setUp()
        self.image = image(noise(1000, 'image'))
        self.sbom = image(blob(b'sbom'), subject=self.image, artifactType='application/vnd.example.sbom')
        self.source = self.enterContext(ScriptedRegistry())
        self.artifact = self.source.push(self.image)

    def check_listed(self, archive, *expected):
        self.assertEqual([one['digest'] for one in archive.documents['index.json']['manifests']],
                         [one.digest for one in expected])

    def test_a_subject_that_the_registry_does_not_have_is_a_warning(self):
        artifact = self.source.push(self.sbom)
        del self.source.contents[self.image.digest]
        result = self.mirror([('x', artifact)])
        archive = self.read('000001-x.tar')
        self.check_listed(archive, self.sbom)
        self.assertNotIn(self.image.digest, archive.blobs)
        self.assertIn(f'x: {artifact}: {self.sbom.digest} refers to {self.image.digest}, which the registry does not '
                      'have', result.text)
        self.assertEqual(self.mirror([('x', artifact)]).out.count('Warning'), 0)

    def test_a_referrer_that_is_listed_and_gone_is_a_warning(self):
        self.source.referrers[self.image.digest] = [self.sbom.descriptor]
        result = self.mirror([('x', self.artifact)], '-r')
        archive, = self.check_folder()
        self.check_listed(archive, self.image)
        self.assertIn('with 0 referrers', result.out)
        self.assertIn(f'lists {self.sbom.digest} as referring to {self.image.digest}, but does not', result.text)

    def test_an_image_that_an_index_lists_and_that_is_gone_is_an_error(self):
        artifact = self.source.push(index(self.image, self.sbom))
        del self.source.contents[self.image.digest]
        self.refused([('x', artifact)], code=5)

    def test_what_a_referrers_tag_lists_counts_only_if_it_refers_to_the_image(self):
        other = image(noise(10, 'other'), subject=image(noise(10, 'another')))
        self.source.push(index(self.image, self.sbom, other), self.image.digest.replace(':', '-'))
        result = self.mirror([('x', self.artifact)], '-r')
        archive, = self.check_folder()
        self.check_listed(archive, self.image, self.sbom)
        self.assertIn('with 1 referrer', result.out)
        self.assertIn(f'the referrers tag of {self.image.digest} lists {self.image.digest} and 1 more, which do not '
                      'refer to it', result.text)

    def test_a_registry_that_answers_the_referrers_tag_with_the_image_itself_is_warned_of(self):
        root = index(self.image)
        for top in (self.image, root):
            with self.subTest(media_type=top.media_type):
                shutil.rmtree(self.folder, ignore_errors=True)
                self.source.push(top, top.digest.replace(':', '-'))
                result = self.mirror([('x', self.source.push(top))], '-r')
                self.assertIn('with 0 referrers', result.out)
                self.assertIn(f'what refers to {top.digest} is not known', result.text)

    def test_a_subject_that_came_later_is_not_taken_to_be_in_an_archive_that_was_carried_away(self):
        artifact = self.source.push(self.sbom, 'sbom')
        del self.source.contents[self.image.digest]
        self.mirror([('x', artifact)])
        (self.folder / '000001-x.tar').unlink()
        shutil.rmtree(self.folder / '.ace-dt')
        self.mirror([('x', artifact), ('y', self.source.push(self.image, 'v2'))])
        self.assertIn(self.image.children[-1].digest, self.read('000002-y.tar').blobs)


def tag(content, suffix):
    """cosign's."""
    return content.digest.replace(':', '-') + suffix


class CosignTags(support.Case):

    def setUp(self):
        super().setUp()
        self.image = image(noise(1000, 'image'))
        self.signature, self.attestation = image(blob(b'signature')), image(blob(b'attestation'))
        self.sbom, self.signed_sbom = image(blob(b'sbom')), image(blob(b'signed sbom'))
        self.tagged = {tag(self.image, '.sig'): self.signature, tag(self.image, '.att'): self.attestation,
                       tag(self.image, '.sbom'): self.sbom, tag(self.sbom, '.sig'): self.signed_sbom}
        self.in_order = [tag(self.image, '.sig'), tag(self.image, '.att'), tag(self.image, '.sbom'),
                         tag(self.sbom, '.sig')]

    def push(self, source, root=None):
        for name, content in self.tagged.items():
            source.push('a/b', content, name)
        return source.push('a/b', root or self.image)

    def scripted(self, *quirks):
        source = self.enterContext(ScriptedRegistry(*quirks))
        for name, content in self.tagged.items():
            source.push(content, name)
        return source

    def listed(self):
        """The references of what index.json lists behind its root."""
        archive, = self.check_folder()
        first, *others = archive.documents['index.json']['manifests']
        for one in others:
            self.assertIn(one['digest'], archive.blobs)
        return [one.get('annotations', {}).get(REF_NAME) for one in others]

    def test_signatures_attestations_and_sboms_come_and_theirs_too(self):
        source = self.registry()
        result = self.mirror([('x', self.push(source))], '-r')
        self.assertEqual(self.listed(), self.in_order)
        self.assertRegex(result.out, '(?m)^000001-x.tar ↦ Completed .* with 4 referrers$')

    def test_the_events_say_how_many_there_are(self):
        artifact = self.push(self.registry())
        for options, expected in (['-r'], 4), ([], None):
            shutil.rmtree(self.folder, ignore_errors=True)
            self.mirror([('x', artifact)], '--debug', 'debug', *options)
            events = [json.loads(line) for line in (self.directory / 'debug/events.jsonl').read_text().splitlines()]
            said = {one['event']: one.get('referrers') for one in events}
            self.assertEqual((said['artifact_resolved'], said['archive_committed']), (expected, expected))

    def test_they_are_left_out_without_the_flag(self):
        source = self.registry()
        result = self.mirror([('x', self.push(source))])
        self.assertEqual(self.listed(), [])
        self.assertNotIn('referrer', result.out)
        self.assertEqual(source.requests('tags/list'), [])

    def test_the_tags_of_a_repository_are_listed_once_and_others_are_not_asked_for(self):
        source = self.registry()
        other = image(noise(10, 'other'))
        rows = [('x', self.push(source)), ('y', source.push('a/b', other, 'v2'))]
        source.forget_requests()
        self.mirror(rows, '-r')
        self.assertEqual(len(source.requests('tags/list')), 1)
        self.assertEqual(len(source.requests(r'\.(sig|att|sbom)$')), 4)

    def test_they_are_asked_for_where_the_registry_lists_no_tags(self):
        for status in (401, 403, 404, 500):
            with self.subTest(status=status):
                shutil.rmtree(self.folder, ignore_errors=True)
                source = self.registry()
                source.fault(f'GET */tags/list* * status {status}')
                artifact = self.push(source)
                source.forget_requests()
                self.mirror([('x', artifact)], '-r')
                self.assertEqual(self.listed(), self.in_order)
                probes = source.requests(r'\.(sig|att|sbom)$')
                self.assertEqual({one.method for one in probes}, {'HEAD'})
                self.assertEqual(len(probes), 3 * 5)

    def test_the_list_may_come_in_pages(self):
        def page(asked, answer):
            if not asked.path.endswith('/tags/list'):
                return
            tags = sorted(json.loads(answer.body)['tags'])
            half = tags[3:] if 'page=2' in asked.target else tags[:3]
            answer.body = json.dumps({'tags': half}).encode()
            if 'page=2' not in asked.target:
                answer.fields['Link'] = '</v2/a/b/tags/list?page=2>; rel="next"'
        source = self.scripted(page)
        self.mirror([('x', source.push(self.image))], '-r')
        self.assertEqual(self.listed(), self.in_order)
        self.assertEqual(len(source.requests('tags/list')), 2)
        self.assertEqual(len(source.requests(r'\.(sig|att|sbom)$')), 4)

    def test_a_list_of_very_many_tags_is_not_read_to_its_end(self):
        def endless(asked, answer):
            if asked.path.endswith('/tags/list'):
                number = int(asked.target.rpartition('=')[2])
                answer.body = b'{"tags":["v1"]}'
                answer.fields['Link'] = f'<list?n={number + 1}>; rel="next"'
        source = self.scripted(endless)
        self.mirror([('x', source.push(self.image))], '-r')
        self.assertEqual(self.listed(), self.in_order)
        self.assertEqual(len(source.requests('tags/list')), 10)

    def test_a_list_that_is_none_is_no_list(self):
        for body in (b'', b'<html>', b'[]', b'{"tags":1}'):
            with self.subTest(body=body):
                shutil.rmtree(self.folder, ignore_errors=True)
                source = self.scripted(lambda asked, _, body=body: Answer(body=body) if 'tags/list' in asked.path
                                       else None)
                self.mirror([('x', source.push(self.image))], '-r')
                self.assertEqual(self.listed(), self.in_order)

    def test_no_tags_at_all_is_no_failure(self):
        self.tagged = {}
        source = self.scripted(lambda asked, _: Answer(body=b'{"name":"a/b","tags":null}') if 'tags/list' in asked.path
                               else None)
        result = self.mirror([('x', source.push(self.image))], '-r')
        self.assertEqual(self.listed(), [])
        self.assertRegex(result.out, 'with 0 referrers')

    def test_a_tag_that_is_gone_again_is_no_failure(self):
        source = self.scripted(lambda asked, _: error(404) if asked.path.endswith('.att') else None)
        self.mirror([('x', source.push(self.image))], '-r')
        self.assertEqual(self.listed(), [one for one in self.in_order if not one.endswith('.att')])

    def test_what_the_api_lists_too_comes_once_with_its_tag(self):
        self.signature = image(blob(b'signature'), subject=self.image)
        self.tagged = {tag(self.image, '.sig'): self.signature}
        self.mirror([('x', self.push(self.registry()))], '-r')
        self.assertEqual(self.listed(), [tag(self.image, '.sig')])

    def test_one_sbom_of_two_images_keeps_both_tags(self):
        arm = image(noise(1000, 'arm'))
        self.tagged = {tag(self.image, '.sbom'): self.sbom, tag(arm, '.sbom'): self.sbom}
        root = index(self.image.described(platform=AMD64), arm)
        result = self.mirror([('x', self.push(self.registry(), root))], '-r')
        self.assertEqual(self.listed(), [None, tag(self.image, '.sbom'), None, tag(arm, '.sbom')])
        self.assertRegex(result.out, 'with 1 referrer$|with 1 referrer\n')

    def test_the_configuration_can_do_without_them(self):
        source = self.registry()
        url = f'http://{source.host}'
        self.configure(json.dumps({'registryConfig': {
            'registries': {source.host: {'endpoints': [url]}},
            'endpointConfig': {url: {'supportsReferrers': 'api'}}}}))
        artifact = self.push(source)
        source.forget_requests()
        self.mirror([('x', artifact)], '-r')
        self.assertEqual(self.listed(), [])
        self.assertEqual(source.requests('tags/list|sha256-'), [])

    @servers.needs('skopeo', 'docker-registry')
    def test_across_the_gap_they_can_be_pushed_under_their_tags(self):
        self.mirror([('x', self.push(self.registry()))], '-r', '--dedup', 'none')
        target = self.enterContext(servers.DockerRegistry(self.directory))
        for name in self.listed():
            subprocess.run(['skopeo', '--insecure-policy', 'copy', '--dest-tls-verify=false', '--preserve-digests',
                            f'oci-archive:{self.folder}/000001-x.tar:{name}', f'docker://{target.host}/c/d:{name}'],
                           check=True, capture_output=True, env={**self.environment, 'XDG_RUNTIME_DIR': str(self.directory)})
            answer, _ = target.ask('GET', f'/v2/c/d/manifests/{name}', fields={'Accept': self.signature.media_type})
            self.assertEqual(answer['Docker-Content-Digest'], self.tagged[name].digest)


class ArchivesThatWereCarriedAway(support.Case):

    def test_a_signature_that_is_younger_than_its_archive_is_not_taken_to_be_in_it(self):
        source = self.registry()
        signed = image(noise(1000, 'image'))
        rows = [('x', source.push('a/b', signed))]
        self.mirror(rows, '-r')
        (self.folder / '000001-x.tar').unlink()
        shutil.rmtree(self.folder / '.ace-dt')
        signature = image(blob(b'signature'), subject=signed)
        source.push('a/b', signature, 'signature')
        self.mirror([*rows, ('y', f'{source.host}/a/b:signature')], '-r')
        archive = self.read('000002-y.tar')
        self.assertIn(signature.children[-1].digest, archive.blobs)


if __name__ == '__main__':
    support.main()
