"""Pushes into servers of others: Debian's docker-registry, distribution 3 and zot."""

import collections
import json
import os
import re
import shutil
import subprocess

import nginx
import proxies
import servers
import support
import trip
from content import DOCKER_LAYER, MANIFESTS, OCI_INDEX, blob, docker_image, image, layer, noise
from trip import REPOSITORY

UPLOADS = f'/v2/{REPOSITORY}/blobs/uploads/'
QUICK = ('--retry-max-wait', '100ms')


class Server(trip.Trip):
    """Pushes into servers of one `kind`, a class that subclasses have."""

    def start(self, *access, **settings):
        return self.enterContext(self.kind(self.directory, *access, **settings))

    def carry(self, **images):
        """Mirrors `images` to the sync folder, each in an archive of its name."""
        self.images = images
        rows = [(name, self.source.push('a/' + name, one, one.digest[7:20])) for name, one in images.items()]
        self.mirror(rows)

    def begin_push(self, destination, *options):
        command = [os.environ['ACE_DT'], 'mirror', 'batch-deserialize', self.folder, destination, '-q', *options]
        return subprocess.Popen(command, env=self.environment, cwd=self.directory)

    def check_images(self, registry, repository=REPOSITORY, names=None):
        for name in names or self.images:
            self.check_pushed(registry, repository, self.images[name])
            self.check_tag(registry, repository, name, self.images[name])

    def digests(self, *roots, manifests):
        """The digests of all manifests, or of all blobs, of `roots`."""
        return {one.digest for root in roots for one in root.walk() if (one.media_type in MANIFESTS) == manifests}

    def has(self, registry, kind, name, repository=REPOSITORY):
        fields = {'Accept': ', '.join(MANIFESTS)} if kind == 'manifests' else {}
        return registry.exchange('HEAD', f'/v2/{repository}/{kind}/{name}', None, fields)[0] == 200

    def stored(self, registry):
        """How often the server has stored each blob."""
        sent = [one.target for one in registry.requests('[?&]digest=', 'PUT') if one.status == '201']
        return collections.Counter('sha256:' + re.search('sha256(?::|%3A)([0-9a-f]{64})', one)[1] for one in sent)

    def numbers_of_a_push(self, registry, *options):
        self.push(self.to(registry), '--report', 'report.json', *options)
        rows = json.loads((self.directory / 'report.json').read_text())['rows']
        return [[row[key] for key in ('archive', 'manifests', 'blobs', 'there', 'sent')] for row in rows]


class Pushes:
    """Tests for every kind of server. A subclass is a Server as well."""

    def test_a_whole_trip_arrives(self):
        for compression in ('none', 'zstd'):
            with self.subTest(compression=compression):
                self.folder = self.directory / compression
                self.mirror_in_three_runs('--compression', compression)
                registry = self.start()
                self.push(self.to(registry))
                self.check_arrived(registry)
                self.check_referrers(registry)
                result = self.verify(registry)
                self.assertEqual(result.code, 0, result.text)

    def test_a_single_archive_arrives_from_standard_input(self):
        self.carry(one=image(layer('one'), layer('two')))
        registry = self.start()
        result = self.execute(['sh', '-c', '"$0" mirror deserialize - "$1" < "$2"', os.environ['ACE_DT'],
                               self.to(registry), self.folder / '000001-one.tar'])
        self.assertEqual(result.code, 0, result.text)
        self.check_pushed(registry, REPOSITORY, self.images['one'])
        self.check_tag(registry, REPOSITORY, 'latest', self.images['one'])

    def test_a_trip_in_parts_arrives(self):
        self.mirror_in_three_runs()
        registry = self.start()
        self.push_in_parts(registry)
        self.check_arrived(registry)
        self.check_referrers(registry)

    def test_what_is_missing_is_named_by_a_comparison(self):
        self.carry(one=image(layer('one')), two=image(layer('two')))
        registry = self.start()
        self.push(self.to(registry), '--only', '000001-*')
        result = self.verify(registry)
        self.assertEqual(result.code, 5, result.text)
        for digest in self.digests(self.images['two'], manifests=False):
            self.assertRegex(result.out, f'{digest}.*is missing')
        self.assertNotIn(self.images['one'].digest, result.out)

    def test_the_first_push_makes_no_more_requests_than_needed(self):
        base = layer('base', 100_000)
        self.carry(one=image(base, layer('one')), two=image(base, layer('two')))
        registry = self.start()
        self.push(self.to(registry))
        roots = self.images.values()
        manifests, blobs = (len(self.digests(*roots, manifests=kind)) for kind in (True, False))
        greeting, tags = 1, 2 * len(roots)
        self.assertEqual(len(registry.requests()), greeting + 3 * blobs + manifests + tags)

    def test_a_second_push_asks_nothing(self):
        self.mirror_in_three_runs()
        registry = self.start()
        self.push(self.to(registry))
        registry.forget_requests()
        self.push(self.to(registry))
        self.assertEqual(registry.requests(), [])

    def test_ignore_record_asks_once_for_each_blob_and_sends_none(self):
        self.mirror_in_three_runs()
        registry = self.start()
        self.push(self.to(registry))
        registry.forget_requests()
        self.push(self.to(registry), '--ignore-record')
        blobs = self.digests(*self.roots, self.signature, self.sbom, self.cosign, manifests=False)
        asked = sorted(one.target.rpartition('/')[2] for one in registry.requests('/blobs/sha256', 'HEAD'))
        self.assertEqual(asked, sorted(blobs))
        sent = [one for one in registry.requests('/blobs/') if one.method in ('PUT', 'PATCH')]
        self.assertEqual(sent, [])

    def test_a_dry_run_only_asks_and_says_what_a_push_does(self):
        self.mirror_in_three_runs()
        registry = self.start()
        planned = self.numbers_of_a_push(registry, '--dry-run')
        self.assertEqual({one.method for one in registry.requests()} - {'GET', 'HEAD'}, set())
        self.assertEqual(self.numbers_of_a_push(registry), planned)

    def test_blobs_that_another_repository_has_are_not_sent(self):
        self.mirror_in_three_runs()
        registry = self.start()
        self.push(self.to(registry, 'other/side'))
        registry.forget_requests()
        self.push(self.to(registry))
        self.assertEqual(self.stored(registry), {})
        self.check_arrived(registry)
        self.check_referrers(registry)

    def test_a_missing_archive_fails_only_those_that_need_it(self):
        base = layer('base', 100_000)
        self.carry(one=image(base, layer('one')), two=image(base, layer('two')), other=image(layer('other')))
        (self.folder / '000001-one.tar').unlink()
        registry = self.start()
        self.assertIn('000002-two.tar needs ', self.not_pushed(self.to(registry), code=5))
        self.assertEqual(self.stored(registry), {})
        self.not_pushed(self.to(registry), '--keep-going', code=3)
        self.check_images(registry, names=['other'])
        self.assertFalse(self.has(registry, 'manifests', 'two'))

    def test_a_damaged_blob_is_never_there(self):
        damaged, other = layer('damaged', 300_000), image(layer('other'))
        self.carry(damaged=image(damaged), other=other)
        file = self.folder / '000001-damaged.tar'
        whole = file.read_bytes()
        registry = self.start()
        for i, place in enumerate((0, 150_000, len(damaged.data) - 1)):
            with self.subTest(place=place):
                data = bytearray(whole)
                data[whole.index(damaged.data) + place] ^= 1
                file.write_bytes(data)
                repository = f'side/{i}'
                error = self.not_pushed(self.to(registry, repository), code=9)
                self.assertIn(damaged.digest, error)
                self.assertFalse(self.has(registry, 'blobs', damaged.digest, repository))
                self.not_pushed(self.to(registry, repository), '--keep-going', code=3)
                self.assertFalse(self.has(registry, 'blobs', damaged.digest, repository))
                self.assertFalse(self.has(registry, 'manifests', 'damaged', repository))
                self.check_images(registry, repository, names=['other'])
                self.assertTrue(self.has(registry, 'manifests', 'other', repository))

    def test_a_damaged_manifest_keeps_everything_back(self):
        one = image(layer('one'))
        self.carry(one=one)
        file = self.folder / '000001-one.tar'
        file.write_bytes(file.read_bytes().replace(one.data, one.data[:-1] + b' '))
        registry = self.start()
        self.assertIn(one.digest[7:], self.not_pushed(self.to(registry), code=9))
        self.assertEqual([found for found in registry.requests() if found.method not in ('GET', 'HEAD')], [])

    def test_a_killed_push_is_continued(self):
        large = noise(6_000_000, 'large')
        self.carry(small=image(layer('small')), large=image(large, layer('other')))
        registry = self.start()
        with proxies.Breaking(registry.host, 3_000_000) as proxy:
            process = self.begin_push(self.to(proxy))
            self.assertTrue(proxy.reached.wait(servers.LONG_ENOUGH))
            process.kill()
            self.assertEqual(process.wait(), -9)
            proxy.go_on.set()
            self.assertFalse(self.has(registry, 'blobs', large.digest))
            self.assertFalse(self.has(registry, 'manifests', 'large'))
            self.push(self.to(proxy))
        self.check_images(registry)
        self.assertEqual(self.stored(registry), dict.fromkeys(self.digests(*self.images.values(), manifests=False), 1))

    def test_a_broken_connection_costs_nothing_but_its_own_blob(self):
        self.carry(large=image(noise(6_000_000, 'large'), layer('other')))
        registry = self.start()
        with proxies.Breaking(registry.host, 3_000_000) as proxy:
            proxy.go_on.set()
            self.push(self.to(proxy), *QUICK)
            self.assertTrue(proxy.reached.is_set())
        self.check_images(registry)
        blobs = self.digests(*self.images.values(), manifests=False)
        self.assertEqual(self.stored(registry), dict.fromkeys(blobs, 1))
        self.assertLessEqual(len(registry.requests(UPLOADS, 'GET')), 2)
        self.assertLessEqual(len(registry.requests(UPLOADS + '$', 'POST')), len(blobs) + 1)

    def test_manifests_that_are_there_only_as_blobs_are_put(self):
        self.mirror_in_three_runs()
        registry = self.start()
        for root in (*self.roots, *self.apps, self.signature, self.sbom, self.cosign):
            registry.put_blob(REPOSITORY, root)
        self.push(self.to(registry))
        self.check_arrived(registry)
        self.check_referrers(registry)

    def test_a_referrer_of_somebody_else_stays_listed(self):
        subject = self.apps[0]
        foreign = image(blob(b'foreign'), subject=subject, artifactType='application/vnd.foreign')
        registry = self.start()
        registry.push(REPOSITORY, subject, 'subject')
        registry.push(REPOSITORY, foreign, 'foreign')
        if not self.has_referrers_api:  # what a client does there
            listing = json.dumps({'schemaVersion': 2, 'mediaType': OCI_INDEX,
                                  'manifests': [{**foreign.descriptor, 'artifactType': 'application/vnd.foreign'}]})
            registry.ask('PUT', f'/v2/{REPOSITORY}/manifests/{subject.digest.replace(":", "-")}', listing,
                         {'Content-Type': OCI_INDEX})
        self.mirror(self.rows[:1], '--recursive')
        second = image(blob(b'second'), subject=subject, artifactType='application/vnd.example.signature')
        self.source.push('gather/tools', second, second.digest)
        self.mirror(self.rows[:2], '--recursive')
        self.push(self.to(registry))
        self.assertEqual(sorted(self.referrers(registry, subject)),
                         sorted(one.digest for one in (foreign, self.signature, second)))

    def test_a_blob_with_a_sha512_digest_arrives(self):
        self.carry(one=image(blob(b'long', algorithm='sha512')))
        registry = self.start()
        self.push(self.to(registry))
        self.check_images(registry)

    @servers.needs('ace-dt-go')
    def test_a_folder_that_the_reference_made_arrives(self):
        for compression in ([], ['--compression', 'zstd']):
            with self.subTest(compression=compression):
                self.folder = self.directory / f'of the reference {compression}'
                self.mirror_by_reference(self.rows[:2], '--recursive', *compression)
                registry = self.start()
                self.push(self.to(registry))
                for root in (*self.roots[:2], self.signature, self.sbom):
                    self.check_pushed(registry, REPOSITORY, root)
                for (name, _), root in zip(self.rows, self.roots[:2]):
                    self.check_tag(registry, REPOSITORY, name, root)
                self.check_referrers(registry)

    @servers.needs('ace-dt-go')
    def test_the_reference_and_this_program_know_what_the_other_one_pushed(self):
        self.mirror_in_three_runs()
        before, after = self.directory / 'before', self.directory / 'after'
        for folder in (before, after):
            shutil.copytree(self.folder, folder)
        registry = self.start()
        self.reference('batch-deserialize', before, self.to(registry), host=registry.host)
        self.check_arrived(registry, tags=False)
        self.check_referrers(registry)
        self.push(self.to(registry, 'other/side'), folder=after)
        registry.forget_requests()
        self.push(self.to(registry), folder=before)
        self.reference('batch-deserialize', after, self.to(registry, 'other/side'), host=registry.host)
        self.assertEqual(registry.requests(), [])

    @servers.needs('htpasswd', 'openssl')
    def test_with_a_login_over_tls(self):
        self.mirror_in_three_runs()
        certificate, key = servers.self_signed(self.directory)
        registry = self.start('ada:correct-horse', certificate, key)
        trust = ('--ca-file', certificate)
        self.assertIn('hint: log in', self.not_pushed(self.to(registry), *trust, code=4))
        self.log_in(registry.host, 'ada:wrong-horse')
        self.assertIn('401 Unauthorized', self.not_pushed(self.to(registry), *trust, code=4))
        self.assertEqual(registry.requests('', 'PUT'), [])
        self.log_in(registry.host, 'ada:correct-horse')
        self.push(self.to(registry), *trust)
        self.check_arrived(registry)

    @servers.needs('nginx')
    def test_behind_a_proxy_that_refuses_large_requests(self):
        self.carry(large=image(noise(3_000_000, 'large'), layer('other')))
        registry = self.start()
        front = self.enterContext(nginx.Nginx(self.directory, registry.host, server='client_max_body_size 1m;'))
        self.push(self.to(front))
        self.assertTrue(registry.requests(UPLOADS, 'PATCH'))
        self.check_images(registry)


@servers.needs('docker-registry')
class IntoDockerRegistry(Pushes, Server):
    kind, has_referrers_api = servers.DockerRegistry, False


@servers.needs('registry3')
class IntoDistribution3(Pushes, Server):
    kind, has_referrers_api = servers.Distribution3, False

    def test_a_broken_upload_is_continued_where_it_stopped(self):
        self.carry(large=image(noise(6_000_000, 'large'), layer('other')))
        registry = self.start()
        with proxies.Breaking(registry.host, 3_000_000) as proxy:
            process = self.begin_push(self.to(proxy), *QUICK)
            self.assertTrue(proxy.reached.wait(servers.LONG_ENOUGH))
            servers.wait_until(lambda: [one for one in registry.requests(UPLOADS, 'PUT') if one.status != '201'],
                               'the end of the broken request')  # so that the registry knows what it has of the blob
            proxy.go_on.set()
            self.assertEqual(process.wait(servers.LONG_ENOUGH), 0)
        self.check_images(registry)
        blobs = self.digests(*self.images.values(), manifests=False)
        self.assertEqual(len(registry.requests(UPLOADS + '$', 'POST')), len(blobs))

@servers.needs('zot')
class IntoZot(Pushes, Server):
    kind, has_referrers_api = servers.Zot, True

    def docker_and_oci(self):
        self.carry(new=image(layer('new')), old=docker_image(layer('old', media_type=DOCKER_LAYER)))

    def test_a_docker_image_is_refused_with_what_to_do(self):
        self.docker_and_oci()
        registry = self.start()
        result = self.run_push(self.to(registry), '--keep-going')
        self.assertEqual(result.code, 3, result.text)
        self.assertIn('000002-old.tar', result.out)
        self.assertRegex(result.err, '(?m)^Error: 415 ')
        self.assertIn('http.compat: ["docker2s2"]', result.err)
        self.check_images(registry, names=['new'])
        self.assertFalse(self.has(registry, 'manifests', 'old'))

    def test_a_docker_image_is_refused_before_the_first_blob(self):
        self.docker_and_oci()
        registry = self.start()
        result = self.run_push(self.to(registry))
        self.assertEqual(result.code, 1, result.text)
        self.assertRegex(result.err, r'(?m)^Error: 415 .*\(000002-old\.tar: ')
        self.assertEqual(self.stored(registry), {})

    def test_a_docker_image_arrives_if_it_may(self):
        self.docker_and_oci()
        registry = self.start(compat=['docker2s2'])
        self.push(self.to(registry))
        self.check_images(registry)

    def test_a_dry_run_knows_which_blobs_another_repository_has(self):
        self.mirror_in_three_runs()
        registry = self.start()
        self.push(self.to(registry, 'other/side'))
        planned = self.numbers_of_a_push(registry, '--dry-run')
        self.assertEqual(self.numbers_of_a_push(registry), planned)

    def allowing(self, *actions):
        """A server that allows the account only these, which is logged in."""
        policy = {'**': {'policies': [{'users': ['ada'], 'actions': list(actions)}]}}
        registry = self.start('ada:correct-horse', accessControl={'repositories': policy})
        self.log_in(registry.host, 'ada:correct-horse')
        return registry

    @servers.needs('htpasswd')
    def test_a_tag_that_must_not_move_is_not_put_again(self):
        registry = self.allowing('read', 'create')
        self.carry(one=image(layer('one')))
        self.push(self.to(registry))
        self.push(self.to(registry), '--ignore-record')
        self.carry(one=image(layer('another')))
        error = self.not_pushed(self.to(registry), code=4)
        self.assertRegex(error, '403 Forbidden.*PUT .*/manifests/one')

    @servers.needs('htpasswd')
    def test_an_account_that_must_not_push_is_told_before_the_first_blob(self):
        registry = self.allowing('read')
        self.carry(one=image(layer('one')))
        error = self.not_pushed(self.to(registry), code=4)
        self.assertIn(f'may push to {REPOSITORY}', error)
        self.assertEqual(registry.requests('', 'PUT'), [])

    def test_a_limit_on_the_rate_of_requests_is_waited_for(self):
        self.carry(one=image(*(layer(f'layer{i}') for i in range(8))))
        registry = self.start(ratelimit={'rate': 4})  # requests per second, for each path
        self.push(self.to(registry), '--report', 'report.json')
        made = json.loads((self.directory / 'report.json').read_text())['requests']
        self.assertGreater(made, len(registry.requests()))  # those that were refused are not in its log
        result = self.verify(registry)
        self.assertEqual(result.code, 0, result.text)


if __name__ == '__main__':
    support.main()
