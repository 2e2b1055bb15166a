"""Pushing folders and archives into registries."""

import csv
import io
import json
import os
import shutil
import subprocess
import tarfile

import nginx
import servers
import support
from content import AMD64, DOCKER_LAYER, OCI_IMAGE, OCI_INDEX, blob, docker_image, image, index, layer, manifest, noise

RECORD = 'successful-syncs.csv'
REPOSITORY = 'high/side'


class Pushes(support.Case):
    """Mirrors `self.images` from one registry to the sync folder, and pushes them to another one."""

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.destination = self.registry()
        base = layer('base', 300_000)
        self.images = [image(base, layer('one')), image(base, layer('two')), docker_image(layer('three', media_type=DOCKER_LAYER))]
        self.images.append(index(*(one.described(platform=AMD64) for one in self.images[:2])))
        self.names = [f'n{i}' for i in range(len(self.images))]

    def gather(self, *options):
        rows = [(name, self.source.push(f'a/n{i}', one)) for i, (name, one) in enumerate(zip(self.names, self.images))]
        self.mirror(rows, *options)

    def to(self, registry=None, repository=REPOSITORY):
        return f'{(registry or self.destination).host}/{repository}'

    def check_all(self, registry=None, repository=REPOSITORY):
        registry = registry or self.destination
        for name, one in zip(self.names, self.images):
            self.check_pushed(registry, repository, one)
            self.check_tag(registry, repository, name, one)

    def record(self, folder=None):
        """File and artifact of each row."""
        text = ((folder or self.folder) / RECORD).read_text()
        return [(row['filename'], row['artifact']) for row in csv.DictReader(io.StringIO(text))]

    def damage(self, file, change):
        """Replaces the bytes of an archive by what `change` returns for them."""
        path = self.folder / file
        path.write_bytes(change(bytearray(path.read_bytes())))


class Folders(Pushes):

    def test_every_archive_arrives_with_its_tag_and_its_row(self):
        self.gather()
        self.push(self.to())
        self.check_all()
        self.assertEqual(self.record(), [(f'{i + 1:06}-{name}.tar', f'{self.to()}:{name}')
                                         for i, name in enumerate(self.names)])

    def test_a_folder_of_zstd_archives(self):
        self.gather('--compression', 'zstd')
        self.push(self.to())
        self.check_all()

    def test_a_folder_of_gzip_archives(self):
        self.gather('--compression', 'gzip')
        self.push(self.to())
        self.check_all()

    def test_archives_with_another_extension(self):
        self.gather()
        (self.folder / '000003-n2.tar').rename(self.folder / '000003-n2')
        subprocess.run(['zstd', '-q', '--rm', self.folder / '000004-n3.tar', '-o', self.folder / '000004-n3.tzst'], check=True)
        self.push(self.to())
        self.check_all()

    def test_archives_that_were_compressed_as_one_stream(self):
        self.images[0] = image(noise(3_000_000, 1), *(layer(f'l{i}', 5000) for i in range(20)))
        self.gather()
        for file in self.archives():
            subprocess.run(['zstd', '-q', '--rm', self.folder / file], check=True)
        self.push(self.to())
        self.check_all()

    def test_a_blob_is_sent_once(self):
        self.gather('--dedup', 'none')
        self.push(self.to())
        sent = [one for one in self.destination.requests(method='PUT') if 'digest=' in one.target]
        blobs = {one.digest for root in self.images for one in root.walk() if not one.children}
        self.assertEqual(len(sent), len(blobs))

    def test_no_more_requests_than_needed(self):
        self.gather()
        self.push(self.to())
        manifests = {one.digest for root in self.images for one in root.walk() if one.children}
        blobs = {one.digest for root in self.images for one in root.walk() if not one.children}
        requests = self.destination.requests()
        tags, greeting = 2 * len(self.images), 1
        offered = 1  # docker's type of manifest, as some registries refuse it
        self.assertEqual(len(requests), len(manifests) + 3 * len(blobs) + tags + greeting + offered)

    def test_a_second_push_asks_nothing(self):
        self.gather()
        self.push(self.to())
        self.destination.forget_requests()
        self.assertIn('4 of them already pushed', self.push(self.to()).out)
        self.assertEqual(self.destination.requests(), [])

    def test_ignore_record_asks_for_each_blob_and_sends_none(self):
        self.gather()
        self.push(self.to())
        self.destination.forget_requests()
        self.push(self.to(), '--ignore-record')
        self.assertEqual([one for one in self.destination.requests('/blobs/') if one.method == 'PUT'], [])

    def test_the_record_of_one_repository_does_not_count_for_another(self):
        self.gather()
        self.push(self.to())
        self.push(self.to(repository='other/place'))
        self.check_all(repository='other/place')

    def test_new_archives_are_pushed_by_the_next_run(self):
        self.gather()
        self.push(self.to())
        more = image(layer('base', 300_000), layer('four'))
        rows = [(name, f'{self.source.host}/a/{name}:v1') for name in self.names]
        self.mirror([*rows, ('n4', self.source.push('a/n4', more))])
        self.push(self.to())
        self.check_pushed(self.destination, REPOSITORY, more)
        self.check_tag(self.destination, REPOSITORY, 'n4', more)

    def test_a_tag_moves_forward_and_never_back(self):
        old, new = image(layer('old')), image(layer('new'))
        first = self.source.push('a/n', old, 'v1')
        second = self.source.push('a/n', new, 'v2')
        self.mirror([('n', first)])
        self.mirror([('n', first), ('n', second)])
        self.assertEqual(len(self.archives()), 2)
        self.push(self.to())
        self.check_tag(self.destination, REPOSITORY, 'n', new)
        result = self.push(self.to(), '--ignore-record', '--only', '000001-*')
        self.check_tag(self.destination, REPOSITORY, 'n', new)
        self.assertIn('which is of a later archive', result.out)

    def test_a_manifest_that_a_registry_drops_with_its_tag_is_put_again(self):
        self.gather()
        other = image(layer('other'))
        self.destination.push(REPOSITORY, other, 'n1')
        self.destination.fault(f'HEAD */manifests/{other.digest} * status 404')
        self.destination.forget_requests()
        self.push(self.to())
        self.assertEqual(len(self.destination.requests(f'/manifests/{other.digest}', 'PUT')), 1)
        self.check_all()

    def test_no_clobber_refuses_to_move_a_tag(self):
        self.gather()
        other = image(layer('other'))
        self.destination.push(REPOSITORY, other, 'n1')
        error = self.not_pushed(self.to(), '--no-clobber', code=1)
        self.assertIn(other.digest, error)
        self.check_tag(self.destination, REPOSITORY, 'n1', other)
        self.push(self.to())
        self.check_all()

    def test_tag_as_gives_other_tags(self):
        self.gather()
        self.push(self.to(), '--tag-as', 'n0=zero', '--tag-as', 'n1=')
        self.check_tag(self.destination, REPOSITORY, 'zero', self.images[0])
        tags = json.loads(self.destination.ask('GET', f'/v2/{REPOSITORY}/tags/list')[1])['tags']
        self.assertEqual(sorted(tags), ['n2', 'n3', 'zero'])

    def test_no_tag_puts_no_tags(self):
        self.gather()
        self.push(self.to(), '--no-tag')
        self.assertEqual(self.destination.requests('/manifests/n'), [])

    def test_a_name_that_cannot_be_a_tag(self):
        self.names[0] = 'not a tag'
        self.gather()
        self.assertIn('--tag-as', self.not_pushed(self.to(), code=2))
        self.assertEqual(self.destination.requests(), [])
        self.push(self.to(), '--tag-as', 'not a tag=fine')
        self.check_tag(self.destination, REPOSITORY, 'fine', self.images[0])

    def test_a_dry_run_sends_nothing_and_says_what_a_push_does(self):
        self.gather()
        planned = self.push(self.to(), '--dry-run', '--report', 'planned.json')
        self.assertEqual({one.method for one in self.destination.requests()} - {'GET', 'HEAD'}, set())
        self.assertFalse((self.folder / RECORD).exists())
        self.push(self.to(), '--report', 'done.json')
        rows = [json.loads((self.directory / name).read_text())['rows'] for name in ('planned.json', 'done.json')]
        for planned, done in zip(*rows):
            self.assertEqual({**planned, 'state': 'done'}, done)

    def test_source_registries_are_never_contacted(self):
        self.gather()
        self.source.__exit__()
        self.push(self.to())
        self.check_all()
        self.source.__enter__()

    def test_the_map_has_the_destination_of_every_artifact(self):
        self.gather()
        self.push(self.to(), '--map-out', 'map.csv')
        rows = list(csv.DictReader(io.StringIO((self.directory / 'map.csv').read_text())))
        first = rows[0]
        self.assertEqual(first['source'], f'{self.source.host}/a/n0:v1')
        self.assertEqual(first['digest'], self.images[0].digest)
        self.assertEqual(first['destination'], f'{self.to()}:n0')

    def test_a_map_has_what_earlier_runs_pushed(self):
        self.gather()
        self.push(self.to(), '--map-out', 'first.csv')
        self.push(self.to(), '--map-out', 'second.csv')
        maps = [(self.directory / name).read_text() for name in ('first.csv', 'second.csv')]
        self.assertEqual(maps[0], maps[1])

    def test_a_map_that_cannot_be_written_fails_the_run_and_is_in_its_report(self):
        self.gather()
        error = self.not_pushed(self.to(), '--map-out', 'nowhere/map.csv', '--report', 'report.json', code=1)
        self.assertIn('nowhere/map.csv', error)
        report = json.loads((self.directory / 'report.json').read_text())
        self.assertFalse(report['complete'])
        self.assertIn('nowhere/map.csv', report['error']['text'])
        self.check_all()

    def test_a_map_overwrites_nothing_that_is_needed(self):
        self.gather()
        self.push(self.to())
        before = self.snapshot()
        for name in (RECORD, '000001-n0.tar', '000009-new.tar', '.ace-dt/push/journal.csv'):
            error = self.not_pushed(self.to(), '--ignore-record', '--map-out', self.folder / name, code=2)
            self.assertIn('--map-out', error)
        self.assertEqual(self.snapshot(), before)


class Mounts(Pushes):
    """Pushes into a second repository of a registry."""

    def push_to_both(self, *options, **access):
        """Returns a registry that forgot the requests of the first push."""
        registry = self.registry(*options, **access)
        self.gather()
        self.push(self.to(registry))
        self.assertEqual(registry.requests('mount='), [])
        registry.forget_requests()
        self.push(self.to(registry, 'other/place'), '--report', 'report.json')
        self.check_all(registry, 'other/place')
        return registry

    def check_mounted(self, registry):
        self.assertEqual(registry.requests('/blobs/uploads/', 'PUT'), [])
        mounts = registry.requests('mount=', 'POST')
        self.assertEqual({one.status for one in mounts}, {'201'})
        self.assertEqual(len(mounts), len(registry.requests('/blobs/sha256', 'HEAD')))
        self.assertEqual(len(registry.requests('/blobs/uploads/$', 'POST')), 1)  # before everything else
        rows = json.loads((self.directory / 'report.json').read_text())['rows']
        self.assertEqual((sum(row['blobs'] for row in rows), sum(row['there'] for row in rows)), (0, len(mounts)))

    def test_blobs_are_mounted_and_not_sent(self):
        self.check_mounted(self.push_to_both())

    def test_with_a_login(self):
        for scheme in ('basic', 'bearer'):
            with self.subTest(scheme=scheme):
                self.folder = self.directory / scheme
                registry = self.registry('--auth', scheme, '--user', 'ada:correct-horse', login='ada:correct-horse')
                self.log_in(registry.host, 'ada:correct-horse')
                self.gather()
                self.push(self.to(registry))
                registry.forget_requests()
                self.push(self.to(registry, 'other/place'), '--report', 'report.json')
                self.check_all(registry, 'other/place')
                self.check_mounted(registry)

    def test_a_registry_that_does_not_mount_gets_an_upload_without_another_request(self):
        registry = self.push_to_both('--no-mount')
        mounts = registry.requests('mount=', 'POST')
        self.assertEqual({one.status for one in mounts}, {'202'})
        self.assertEqual(len(mounts), len(registry.requests('/blobs/uploads/', 'PUT')))
        self.assertEqual(len(registry.requests('/blobs/uploads/$', 'POST')), 1)

    def test_no_refusal_ends_a_push(self):
        for fault in ('status 401', 'status 405', 'status 400', 'status 500', 'drop'):
            with self.subTest(fault=fault):
                self.folder = self.directory / fault
                registry = self.push_to_both('--fault', f'POST *mount=* * {fault}')
                self.assertTrue(registry.requests('mount=', 'POST'))
                self.assertTrue(registry.requests('/blobs/uploads/', 'PUT'))

    def test_a_dry_run_mounts_nothing(self):
        self.gather()
        self.push(self.to())
        self.destination.forget_requests()
        self.push(self.to(repository='other/place'), '--dry-run')
        self.assertEqual({one.method for one in self.destination.requests()} - {'GET', 'HEAD'}, set())

    def test_a_mounted_blob_that_is_missing_after_all_is_sent(self):
        target = f'*/other/place/manifests/{self.images[0].digest}'
        registry = self.push_to_both('--fault', f'PUT {target} 1 status 404 says MANIFEST_BLOB_UNKNOWN blob unknown')
        self.assertTrue(registry.requests('mount=', 'POST'))
        self.assertTrue(registry.requests('/blobs/uploads/', 'PUT'))

    def test_shards_mount_too(self):
        self.gather()
        self.push(self.to())
        self.destination.forget_requests()
        for shard in ('1/2', '2/2'):
            self.push(self.to(repository='other/place'), '--shard', shard)
        self.push(self.to(repository='other/place'))
        self.check_all(repository='other/place')
        self.assertEqual(self.destination.requests('/blobs/uploads/', 'PUT'), [])


class Comparisons(Pushes):

    def verify(self, *options):
        command = [os.environ['ACE_DT'], 'mirror', 'verify', self.folder, '--against', self.to(), *options]
        return self.execute(command, self.folder)

    def test_after_a_push_everything_is_there_and_the_proof_is_the_same_each_time(self):
        self.gather()
        self.push(self.to())
        self.destination.forget_requests()
        for name in ('one.json', 'two.json'):
            result = self.verify('--report', name)
            self.assertEqual(result.code, 0, result.text)
            self.assertTrue(result.out.endswith(f'; {self.to()} has all of it\n'), result.out)
        self.assertEqual((self.directory / 'one.json').read_text(), (self.directory / 'two.json').read_text())
        proof = json.loads((self.directory / 'one.json').read_text())
        self.assertEqual((proof['against'], proof['incomplete']), (self.to(), 0))
        self.assertEqual({one.method for one in self.destination.requests()} - {'GET', 'HEAD'}, set())
        self.assertEqual(self.destination.requests('/(blobs|manifests)/', 'GET'), [])

    def test_everything_that_is_missing_is_named(self):
        self.gather()
        result = self.verify()
        self.assertEqual(result.code, 5, result.text)
        for content in {one.digest for root in self.images for one in root.walk()}:
            self.assertRegex(result.out, f'{content}.*is missing')
        self.assertNotIn('has all of it', result.out)

    def test_a_tag_that_points_elsewhere(self):
        self.gather()
        self.push(self.to())
        other = image(layer('other'))
        self.destination.push(REPOSITORY, other, 'n1')
        result = self.verify()
        self.assertEqual(result.code, 5, result.text)
        self.assertIn(other.digest, result.out)

    def test_tags_are_compared_as_they_were_asked_for(self):
        self.names[0] = 'not a tag'
        self.gather()
        self.push(self.to(), '--tag-as', 'not a tag=fine', '--tag-as', 'n1=')
        self.assertEqual(self.verify('--tag-as', 'not a tag=fine', '--tag-as', 'n1=').code, 0)
        self.assertIn('n1: is missing', self.verify('--tag-as', 'not a tag=fine').out)
        self.assertEqual(self.verify('--no-tag').code, 0)

    def test_an_archive_that_cannot_be_pushed_is_no_part_of_a_proof(self):
        self.gather()
        self.push(self.to())
        with tarfile.open(self.folder / '000005-x.tar', 'w') as tar:
            for name, text in (('oci-layout', b'{"imageLayoutVersion":"1.0.0"}'),
                               ('index.json', index(self.images[0]).data)):
                entry = tarfile.TarInfo(name)
                entry.size = len(text)
                tar.addfile(entry, io.BytesIO(text))
        self.not_pushed(self.to(), code=1)
        result = self.verify()
        self.assertEqual(result.code, 5, result.text)
        self.assertIn('incomplete: 000005-x.tar: cannot be pushed', result.out)

    def test_referrers_that_are_not_listed(self):
        subject = image(layer('app'))
        signature = image(blob(b'signature'), subject=subject, artifactType='application/vnd.example')
        reference = self.source.push('a/app', subject)
        self.source.push('a/app', signature, signature.digest)
        self.mirror([('app', reference)], '--recursive')
        self.push(self.to())
        self.assertEqual(self.verify().code, 0)
        self.destination.fault('GET */referrers/* * status 404')
        result = self.verify()
        self.assertEqual(result.code, 5, result.text)
        self.assertIn(f'is not listed as a referrer of {subject.digest}', result.out)


class Refusals(Pushes):

    def test_a_destination_with_a_tag(self):
        self.gather()
        self.assertIn('without a tag', self.not_pushed(self.to() + ':latest', code=2))

    def test_two_archives_with_one_number(self):
        self.gather()
        shutil.copy(self.folder / '000001-n0.tar', self.folder / '000001-x.tar')
        self.assertIn('the same number', self.not_pushed(self.to(), code=2))
        self.assertEqual(self.destination.requests(), [])

    def test_a_folder_without_archives_is_told(self):
        self.folder.mkdir()
        self.assertIn('there are no archives in', self.push(self.to()).text)

    def test_files_that_are_not_archives_are_ignored_and_named(self):
        self.gather()
        for name in ('README.md', '000001-n0.tar.sha256', '.hidden'):
            (self.folder / name).write_text('text')
        self.assertIn('README.md', self.push(self.to()).text)
        self.check_all()

    def test_a_missing_archive_is_an_error_before_anything_is_sent(self):
        self.gather()
        (self.folder / '000001-n0.tar').unlink()
        error = self.not_pushed(self.to(), code=5)
        self.assertIn('000002-n1.tar needs ', error)
        self.assertEqual(self.destination.requests('digest=', 'PUT'), [])

    def test_a_missing_archive_fails_only_those_that_need_it(self):
        self.gather()
        (self.folder / '000001-n0.tar').unlink()
        self.not_pushed(self.to(), '--keep-going', code=3)
        self.assertEqual([file for file, _ in self.record()], ['000003-n2.tar'])
        self.check_pushed(self.destination, REPOSITORY, self.images[2])

    def test_what_a_registry_lost_of_recorded_archives_is_pushed_with_ignore_record(self):
        self.gather()
        self.push(self.to(), '--only', '000001-*')
        emptied = self.registry()
        record = self.folder / RECORD
        record.write_text(record.read_text().replace(self.destination.host, emptied.host))
        self.assertIn('--ignore-record', self.not_pushed(self.to(emptied), code=5))
        self.push(self.to(emptied), '--ignore-record')
        self.check_all(emptied)

    def test_the_content_of_a_lost_archive_may_be_at_the_destination(self):
        self.gather()
        self.push(self.to())
        (self.folder / '000001-n0.tar').unlink()
        (self.folder / RECORD).unlink()
        self.push(self.to())

    def damaged(self, find, code=9):
        """Changes one byte after `find` in the first archive, which then must not be pushed."""
        self.gather()

        def change(data):
            data[data.index(find) + len(find) // 2] ^= 1
            return data
        self.damage('000001-n0.tar', change)
        error = self.not_pushed(self.to(), code=code)
        self.assertIn('000001-n0.tar', error)
        self.assertFalse(self.record() if (self.folder / RECORD).exists() else [])

    def test_a_damaged_blob_never_appears(self):
        base = self.images[0].children[1]
        for part in (slice(0, 100), slice(150_000, 150_100), slice(-100, None)):
            with self.subTest(part):
                self.setUp()
                self.damaged(base.data[part])
                status, _, _ = self.destination.exchange('HEAD', f'/v2/{REPOSITORY}/blobs/{base.digest}', None, {})
                self.assertEqual(status, 404)

    def test_a_damaged_manifest(self):
        self.damaged(self.images[0].data)
        self.assertEqual(self.destination.requests('digest=', 'PUT'), [])

    def test_a_damaged_header(self):
        self.damaged(b'blobs/sha256/' + self.images[0].digest[7:].encode())
        self.assertEqual(self.destination.requests('digest=', 'PUT'), [])

    def test_with_keep_going_the_others_are_pushed(self):
        self.gather('--dedup', 'none')
        self.damage('000002-n1.tar', lambda data: data[:-2000])
        self.not_pushed(self.to(), '--keep-going', code=3)
        self.assertEqual([file for file, _ in self.record()], ['000001-n0.tar', '000003-n2.tar', '000004-n3.tar'])

    def test_a_folder_that_cannot_be_written(self):
        self.gather()
        carried = self.directory / 'disc'
        shutil.copytree(self.folder, carried, ignore=shutil.ignore_patterns('.ace-dt'))
        subprocess.run(['chmod', '-R', 'a-w', carried], check=True)
        self.addCleanup(carried.chmod, 0o755)
        self.directory.chmod(0o777)
        if os.getuid() == 0:
            self.prefix = ['setpriv', '--reuid', '65534', '--clear-groups', '--inh-caps=-all']
            if subprocess.run([*self.prefix, 'test', '-x', os.environ['ACE_DT']]).returncode != 0:
                self.skipTest('root can write everywhere, and nobody else may run the program here')
        result = self.push(self.to(), folder=carried)
        self.assertIn('.local/state/ace-dt/push', result.text)
        self.check_all()
        self.destination.forget_requests()
        self.push(self.to(), folder=carried)
        self.assertEqual(self.destination.requests(), [])


class SingleArchives(Pushes):

    def deserialize(self, file, image_name, *options, stdin=None):
        command = [os.environ['ACE_DT'], 'mirror', 'deserialize', file, image_name, *options]
        done = subprocess.run(command, env=self.environment, cwd=self.directory, capture_output=True, input=stdin)
        return support.Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def test_a_file_is_tagged_as_the_image_says(self):
        self.gather()
        self.assertEqual(self.deserialize(self.folder / '000001-n0.tar', self.to() + ':mine').code, 0)
        self.check_tag(self.destination, REPOSITORY, 'mine', self.images[0])

    def test_without_a_tag_it_is_latest(self):
        self.gather('--compression', 'zstd')
        self.assertEqual(self.deserialize(self.folder / '000001-n0.tar.zst', self.to()).code, 0)
        self.check_tag(self.destination, REPOSITORY, 'latest', self.images[0])

    def test_standard_input(self):
        self.gather()
        data = (self.folder / '000001-n0.tar').read_bytes()
        self.assertEqual(self.deserialize('-', self.to() + ':piped', stdin=data).code, 0)
        self.check_pushed(self.destination, REPOSITORY, self.images[0])

    def test_the_digest_of_the_image_must_be_that_of_the_root(self):
        self.gather()
        result = self.deserialize(self.folder / '000001-n0.tar', f'{self.to()}@{self.images[1].digest}')
        self.assertEqual(result.code, 2, result.text)
        self.assertEqual(self.destination.requests('digest=', 'PUT'), [])

    def test_any_image_layout_in_a_tar_file(self):
        one = image(layer('alone'))
        path = self.directory / 'layout.tar'
        with tarfile.open(path, 'w', format=tarfile.GNU_FORMAT) as tar:
            def add(name, data):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
            for content in one.walk():
                add('./blobs/' + content.digest.replace(':', '/'), content.data)
            add('./index.json', json.dumps({'schemaVersion': 2, 'manifests': [one.descriptor]}).encode())
        self.assertEqual(self.deserialize(path, self.to() + ':v1').code, 0)
        self.check_tag(self.destination, REPOSITORY, 'v1', one)


    def test_what_is_unusual_is_an_error_with_strict(self):
        self.gather()
        path = self.folder / '000001-n0.tar'
        with tarfile.open(path, 'a') as tar:
            entry = tarfile.TarInfo('README.md')
            entry.size = 4
            tar.addfile(entry, io.BytesIO(b'text'))
        result = self.deserialize(path, self.to(), '--strict')
        self.assertEqual(result.code, 1, result.text)
        self.assertIn('README.md', result.err)
        self.assertEqual(self.destination.requests('digest=', 'PUT'), [])
        self.assertEqual(self.deserialize(path, self.to()).code, 0)


class Referrers(Pushes):

    def signed(self):
        self.images = [image(layer('app'))]
        self.names = ['app']
        reference = self.source.push('a/app', self.images[0])
        subject = self.images[0]
        signature = image(blob(b'signature'), subject=subject, artifactType='application/vnd.example.signature',
                          annotations={'by': 'somebody'})
        self.source.push('a/app', signature, signature.digest)
        cosign = manifest(OCI_IMAGE, [blob(b'{}', 'application/vnd.oci.image.config.v1+json'), blob(b'cosign')],
                          config=blob(b'{}', 'application/vnd.oci.image.config.v1+json').descriptor,
                          layers=[blob(b'cosign').descriptor])
        self.source.push('a/app', cosign, subject.digest.replace(':', '-') + '.sig')
        self.mirror([('app', reference)], '--recursive')
        return subject, signature, cosign

    def check_signed(self, registry, subject, signature, cosign):
        for root in (subject, signature, cosign):
            self.check_pushed(registry, REPOSITORY, root)
        self.check_tag(registry, REPOSITORY, subject.digest.replace(':', '-') + '.sig', cosign)

    def test_referrers_and_cosign_tags_arrive(self):
        subject, signature, cosign = self.signed()
        self.push(self.to())
        self.check_signed(self.destination, subject, signature, cosign)
        _, text = self.destination.ask('GET', f'/v2/{REPOSITORY}/referrers/{subject.digest}')
        self.assertIn(signature.digest, [one['digest'] for one in json.loads(text)['manifests']])

    def test_a_cosign_tag_ends_at_what_the_last_archive_has(self):
        subject = image(layer('app'))
        tag = subject.digest.replace(':', '-') + '.sig'
        reference = self.source.push('a/app', subject)
        rows = []
        for name in ('old', 'new'):
            signature = image(layer(name))
            self.source.push('a/app', signature, tag)
            rows.append((name, reference))
            self.mirror(rows, '--recursive')
        self.destination.fault(f'PUT */manifests/{tag} 1 status 503 retry-after 1')
        self.push(self.to())
        self.check_tag(self.destination, REPOSITORY, tag, signature)
        self.push(self.to(), '--ignore-record')
        self.check_tag(self.destination, REPOSITORY, tag, signature)
        command = [os.environ['ACE_DT'], 'mirror', 'verify', self.folder, '--against', self.to()]
        self.assertEqual(self.execute(command).code, 0)

    @servers.needs('docker-registry')
    def test_a_registry_without_the_api_gets_an_index_of_referrers(self):
        subject, signature, cosign = self.signed()
        with servers.DockerRegistry(self.directory) as registry:
            self.push(self.to(registry))
            self.check_signed(registry, subject, signature, cosign)
            tag = subject.digest.replace(':', '-')
            _, text = registry.ask('GET', f'/v2/{REPOSITORY}/manifests/{tag}', fields={'Accept': OCI_INDEX})
            listed = json.loads(text)['manifests']
            self.assertEqual([(one['digest'], one['artifactType'], one['annotations']) for one in listed],
                             [(signature.digest, 'application/vnd.example.signature', {'by': 'somebody'})])


@servers.needs('docker-registry')
class DockerRegistry(Pushes):

    def test_a_folder(self):
        self.gather()
        with servers.DockerRegistry(self.directory) as registry:
            self.push(self.to(registry))
            self.check_all(registry)

    def test_with_a_login_and_tls(self):
        self.gather('--compression', 'zstd')
        certificate, key = servers.self_signed(self.directory)
        with servers.DockerRegistry(self.directory, 'user:secret', certificate, key) as registry:
            self.assertIn('login', self.not_pushed(self.to(registry), '--ca-file', certificate, code=4))
            self.log_in(registry.host, 'user:secret')
            self.push(self.to(registry), '--ca-file', certificate)
            self.check_all(registry)

    @servers.needs('skopeo')
    def test_skopeo_pulls_what_was_pushed(self):
        self.gather()
        with servers.DockerRegistry(self.directory) as registry:
            self.push(self.to(registry))
            for name in self.names:
                subprocess.run(['skopeo', 'copy', '-q', '--all', '--src-tls-verify=false',
                                f'docker://{self.to(registry)}:{name}', f'dir:{self.directory}/{name}'], check=True)


@servers.needs('docker-registry', 'nginx')
class BehindNginx(Pushes):
    """Debian's docker-registry behind a proxy with common configurations."""

    def check(self, **settings):
        self.images = [image(noise(9_000_000, 1), layer('small'))]
        self.gather()
        certificate, key = servers.self_signed(self.directory)
        with servers.DockerRegistry(self.directory) as registry:
            front = self.enterContext(nginx.Nginx(self.directory, registry.host, certificate, key, **settings))
            self.push(f'{front.host}/{REPOSITORY}', '--ca-file', certificate)
            self.check_all(registry)

    def test_that_hides_its_tls(self):
        self.check(server='client_max_body_size 0;')

    def test_that_loses_the_port(self):
        self.check(server='client_max_body_size 0;', host='$host')

    def test_that_passes_on_host_and_scheme(self):
        self.check(server='client_max_body_size 0;', location='proxy_set_header X-Forwarded-Proto https;')

    def test_that_does_not_buffer_requests(self):
        self.check(server='client_max_body_size 0;', location='proxy_request_buffering off;')

    def test_that_refuses_large_bodies(self):
        self.check(server='client_max_body_size 6m;')

    def test_that_accepts_only_small_bodies(self):
        self.check(server='client_max_body_size 1m;')


if __name__ == '__main__':
    support.main()
