"""Pushes to registries that fail, refuse, delay, or give strange answers."""

import json

import support
from content import OCI_INDEX, blob, image, index, layer, noise

REPOSITORY = 'high/side'
UPLOADS = f'/v2/{REPOSITORY}/blobs/uploads/'


class Faults(support.Case):
    """A folder with a large and a small image; `to()` is where it is pushed."""

    def setUp(self):
        super().setUp()
        source = self.registry()
        self.large = noise(3_000_000, 'large')
        self.images = {'large': image(self.large, layer('one')), 'small': image(layer('two'))}
        self.mirror([(name, source.push('a/' + name, one)) for name, one in self.images.items()])

    def push_to(self, registry, *options):
        return self.push(f'{registry.host}/{REPOSITORY}', '--retry-max-wait', '100ms', *options)

    def fails_at(self, registry, *options, code):
        return self.not_pushed(f'{registry.host}/{REPOSITORY}', '--retry-max-wait', '100ms', *options, code=code)

    def check_arrived(self, registry):
        for name, one in self.images.items():
            self.check_pushed(registry, REPOSITORY, one)
            self.check_tag(registry, REPOSITORY, name, one)


class Breaks(Faults):

    def test_an_upload_that_breaks_is_restarted_or_continued(self):
        for kind in ('distribution2', 'distribution3', 'zot', 'crane'):
            for fault in ('take 1000000 drop', 'take 2900000 drop', 'take 100000 status 500', 'take 500000 status 503'):
                with self.subTest(kind=kind, fault=fault):
                    registry = self.registry('--uploads', kind, '--fault', f'PUT {UPLOADS}* 1 {fault}')
                    (self.folder / 'successful-syncs.csv').unlink(missing_ok=True)
                    self.push_to(registry)
                    self.check_arrived(registry)
                    asked = [one for one in registry.requests(UPLOADS, 'GET')]
                    self.assertLessEqual(len(asked), 2)  # one more if the session seems to be empty

    def test_a_registry_that_can_continue_gets_only_the_rest(self):
        registry = self.registry('--uploads', 'distribution3', '--fault', f'PUT {UPLOADS}* 1 take 2500000 drop')
        self.push_to(registry, '--report', 'report.json')
        self.check_arrived(registry)
        sent = json.loads((self.directory / 'report.json').read_text())['sent']
        self.assertLess(sent, 4_500_000)

    def test_the_failure_of_a_push_comes_before_that_of_its_map(self):
        registry = self.registry('--fault', 'PUT */manifests/* * status 403')
        result = self.run_push(f'{registry.host}/{REPOSITORY}', '--map-out', 'nowhere/map.csv')
        self.assertEqual(result.code, 4, result.text)
        self.assertRegex(result.text, '(?m)^Warning .*nowhere/map.csv')

    def test_any_request_may_fail_once(self):
        for method, target in (('HEAD', '*/blobs/*'), ('POST', UPLOADS), ('PUT', '*/manifests/*'),
                               ('HEAD', '*/manifests/*')):
            for fault in ('status 500', 'status 429 retry-after 0', 'drop', 'status 502'):
                with self.subTest(method=method, fault=fault):
                    registry = self.registry('--fault', f'{method} {target} 1 {fault}')
                    (self.folder / 'successful-syncs.csv').unlink(missing_ok=True)
                    self.push_to(registry)
                    self.check_arrived(registry)

    def test_a_false_range_costs_at_most_one_attempt(self):
        registry = self.registry('--fault', f'PUT {UPLOADS}* 1 take 1000000 drop',
                                 '--fault', f'GET {UPLOADS}* * header Range 0-99999999')
        self.push_to(registry)
        self.check_arrived(registry)

    def test_an_upload_that_makes_no_progress_is_given_up_in_time(self):
        registry = self.registry('--fault', f'PUT {UPLOADS}* 1 take 100000 hang')
        self.push_to(registry, '--stall-timeout', '500ms', '--commit-timeout', '500ms')
        self.check_arrived(registry)

    def test_the_wait_for_an_answer_ends_after_commit_timeout(self):
        registry = self.registry('--fault', f'PUT {UPLOADS}* * hang', '--fault', 'HEAD */blobs/* * status 404')
        error = self.fails_at(registry, '--commit-timeout', '200ms', '--stall-timeout', '300ms', '--retries', '1', code=6)
        self.assertIn('after the last byte was sent', error)
        self.assertIn('--commit-timeout', error)

    def test_a_blob_whose_answer_was_lost_is_not_sent_again(self):
        registry = self.registry('--fault', f'PUT {UPLOADS}* * hang')
        self.push_to(registry, '--commit-timeout', '200ms', '--stall-timeout', '300ms', '--report', 'report.json')
        self.check_arrived(registry)
        self.assertLess(json.loads((self.directory / 'report.json').read_text())['sent'], 3_100_000)

    def test_an_answer_that_comes_late_is_no_stall(self):
        registry = self.registry('--fault', f'PUT {UPLOADS}* * delay 2500')
        self.push_to(registry, '--stall-timeout', '1s', '--connections', '8')
        self.check_arrived(registry)
        self.assertEqual(len([one for one in registry.requests(UPLOADS, 'PUT') if self.large.digest[7:] in one.target]), 1)


class Refusals(Faults):

    def test_a_body_that_is_too_large_is_sent_in_chunks(self):
        registry = self.registry('--fault', f'PUT {UPLOADS}* 1 take 1000000 status 413')
        self.push_to(registry)
        self.check_arrived(registry)
        self.assertTrue(registry.requests(UPLOADS, 'PATCH'))

    def test_a_missing_login(self):
        registry = self.registry('--auth', 'basic', '--user', 'ada:correct-horse', login='ada:correct-horse')
        self.assertIn('login', self.fails_at(registry, code=4))

    def test_tokens_that_expire_during_a_push(self):
        registry = self.registry('--auth', 'bearer', '--user', 'ada:correct-horse', '--token-uses', '3',
                                 login='ada:correct-horse')
        self.log_in(registry.host, 'ada:correct-horse')
        self.push_to(registry)
        self.check_arrived(registry)

    def test_a_missing_repository(self):
        registry = self.registry('--fault', f'POST {UPLOADS} * status 404 says NAME_UNKNOWN no such repository')
        error = self.fails_at(registry, code=5)
        self.assertIn('no such repository', error)
        self.assertEqual([one for one in registry.requests() if one.method in ('PUT', 'PATCH')], [])

    def test_an_exhausted_quota(self):
        registry = self.registry('--fault', f'PUT {UPLOADS}* * status 403 says DENIED the quota of the project is exceeded')
        self.assertIn('quota', self.fails_at(registry, code=8))

    def test_a_manifest_that_is_only_accepted(self):
        registry = self.registry('--fault', 'PUT */manifests/* * status 202')
        self.assertIn('202', self.fails_at(registry, code=1))

    def test_media_types_that_the_registry_refuses(self):
        registry = self.registry('--fault', 'PUT */manifests/* * status 415')
        self.fails_at(registry, code=1)

    def test_an_immutable_tag_is_not_put_again(self):
        registry = self.registry()
        self.push_to(registry)
        registry.fault('PUT */manifests/large * status 400 says TAG_IMMUTABLE no')
        self.push_to(registry, '--ignore-record')

    def test_a_host_that_asks_for_a_pause(self):
        registry = self.registry('--fault', f'POST {UPLOADS} 1 status 429 retry-after 1')
        self.push(f'{registry.host}/{REPOSITORY}')
        self.check_arrived(registry)


class OtherDigests(Faults):
    """The registry says that it stored something else than it was sent."""

    def test_a_blob_that_is_not_there_under_its_own_digest(self):
        other = 'sha256:' + 64 * 'a'
        registry = self.registry('--fault', f'PUT {UPLOADS}* * header Docker-Content-Digest {other}',
                                 '--fault', 'HEAD */blobs/* * status 404')
        self.assertIn(other, self.fails_at(registry, code=1))
        self.assertEqual(registry.requests('/manifests/', 'PUT'), [])

    def test_a_blob_that_is_there_all_the_same(self):
        registry = self.registry('--fault', f'PUT {UPLOADS}* * header Docker-Content-Digest sha256:{64 * "a"}')
        self.push_to(registry)
        self.check_arrived(registry)


class Locations(Faults):

    def push_with(self, location):
        registry = self.registry('--fault', f'POST {UPLOADS} * header Location {location}')
        self.push_to(registry)
        self.check_arrived(registry)

    def test_relative(self):
        self.push_with('{value}')

    def test_with_a_query(self):
        self.push_with('{value}?_state=abc%3D')

    def test_of_another_host_it_gets_no_login(self):
        other = self.registry()
        registry = self.registry('--auth', 'basic', '--user', 'ada:correct-horse', login='ada:correct-horse')
        registry.fault(f'POST {UPLOADS} * header Location http://{other.host}{UPLOADS}x')
        self.log_in(registry.host, 'ada:correct-horse')
        self.fails_at(registry, '--retries', '0', code=6)
        self.assertEqual({one.authorization for one in other.requests(UPLOADS)} - {'-'}, set())


class Registries(Faults):

    def test_manifests_that_the_registry_has_only_as_blobs_are_put(self):
        signature = image(blob(b'signature'), subject=self.images['small'], artifactType='application/vnd.example')
        registry = self.registry('--blobs-as-manifests', '--no-referrers')
        for one in (signature, *self.images.values()):
            registry.put_blob(REPOSITORY, one)
        self.push_to(registry)
        self.check_arrived(registry)
        for one in self.images.values():
            self.assertTrue(registry.requests(f'/manifests/{one.digest}', 'PUT'))

    def test_a_registry_that_lacks_what_it_says_it_has_gets_it_and_every_referrer_is_listed(self):
        subject = self.images['small']
        signature = image(blob(b'signature'), subject=subject, artifactType='application/vnd.example')
        both = index(subject, self.images['large'])
        source = self.registry()
        reference = source.push('a/both', both)
        source.push('a/both', signature, signature.digest)
        self.mirror([('both', reference)], '--recursive', folder=self.directory / 'signed')
        registry = self.registry('--no-referrers')
        registry.put_blob(REPOSITORY, self.large)
        registry.fault(f'PUT */manifests/{both.digest} 1 delay 300 status 404 says MANIFEST_BLOB_UNKNOWN blob unknown')
        registry.forget_requests()
        self.push(f'{registry.host}/{REPOSITORY}', '--report', 'report.json', folder=self.directory / 'signed')
        self.assertEqual(len(registry.requests(f'digest=.*{self.large.digest[7:]}', 'PUT')), 1)
        [row] = json.loads((self.directory / 'report.json').read_text())['rows']
        self.assertEqual((row['manifests'], row['there']), (4, 0))
        tag = subject.digest.replace(':', '-')
        _, text = registry.ask('GET', f'/v2/{REPOSITORY}/manifests/{tag}', fields={'Accept': OCI_INDEX})
        self.assertEqual([one['digest'] for one in json.loads(text)['manifests']], [signature.digest])

    def test_an_index_of_referrers_keeps_its_entries(self):
        subject = self.images['small']
        signatures = [image(blob(name.encode()), subject=subject, artifactType='application/vnd.example')
                      for name in ('one', 'two', 'three')]
        source = self.registry()
        rows = []
        for name, count in (('a', 2), ('b', 3)):
            reference = source.push('a/app', subject)
            for signature in signatures[:count]:
                source.push('a/app', signature, signature.digest)
            rows.append((name, reference))
            self.mirror(rows, '--recursive', folder=self.directory / 'signed')
        registry = self.registry('--no-referrers')
        foreign = image(blob(b'foreign'), subject=subject, artifactType='application/vnd.foreign')
        registry.push(REPOSITORY, subject, 'subject')
        registry.push(REPOSITORY, foreign, foreign.digest)
        tag = subject.digest.replace(':', '-')
        index = json.dumps({'schemaVersion': 2, 'mediaType': OCI_INDEX,
                            'manifests': [{**foreign.descriptor, 'artifactType': 'application/vnd.foreign'}]})
        registry.ask('PUT', f'/v2/{REPOSITORY}/manifests/{tag}', index, {'Content-Type': OCI_INDEX})
        registry.forget_requests()
        self.push(f'{registry.host}/{REPOSITORY}', folder=self.directory / 'signed')
        _, text = registry.ask('GET', f'/v2/{REPOSITORY}/manifests/{tag}', fields={'Accept': OCI_INDEX})
        listed = [one['digest'] for one in json.loads(text)['manifests']]
        self.assertEqual(listed[0], foreign.digest)
        self.assertEqual(set(listed), {foreign.digest, *(one.digest for one in signatures)})
        self.assertLessEqual(len(registry.requests(f'/manifests/{tag}', 'PUT')), 2)


if __name__ == '__main__':
    support.main()
