#!/usr/bin/env python3
"""--platform: what it takes of an index, what later runs and the other side make of that."""

import json
import os
import shutil

import planning
import servers
import support
from content import DOCKER_LAYER, DOCKER_LIST, MANIFESTS, SOURCE, blob, docker_image, image, index, layer
from trip import REPOSITORY

PLATFORMS = 'vnd.ace-dt.data.platforms'
LEFT_OUT = 'vnd.ace-dt.data.left-out'
AMD64, ARM64, ARMV7, S390X = 'linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/s390x'


def platform(text):
    return dict(zip(('os', 'architecture', 'variant'), text.split('/')))


def on(text, content, **more):
    """`content` as a child of an index, for a platform."""
    return content.described(platform=platform(text), **more)


def attestation(of, name='attestation'):
    """As BuildKit makes it."""
    annotations = {'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': of.digest}
    return on('unknown/unknown', image(blob(f'{name} of {of.digest}'.encode())), annotations=annotations)


def below(*roots):
    """The digests of all that is in them."""
    return {one.digest for root in roots for one in root.walk()}


class Case(planning.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.base = layer('base', 20_000)
        self.apps = {name: image(self.base, layer(name, 5_000)) for name in (AMD64, ARM64, ARMV7)}
        self.root = index(*(on(name, app) for name, app in self.apps.items()))
        self.rows = [('app', self.source.push('a/app', self.root))]

    def gone(self, *names):
        """The digests that only the apps of these platforms have."""
        return below(*(self.apps[name] for name in names)) - below(
            *(app for name, app in self.apps.items() if name not in names))

    def annotations(self, file='000001-app.tar'):
        found = self.read(file).documents['index.json']['annotations']
        return found.get(PLATFORMS), set(filter(None, found.get(LEFT_OUT, '').split(',')))

    def asked(self):
        """The digests that the source was asked for."""
        return {one.target.rpartition('/')[2] for one in self.source.requests('sha256:') if one.method in ('GET', 'HEAD')}

    def verify(self, *options, code=0, folder=None):
        return self.ace_dt('verify', folder or self.folder, *options, code=code).out

    def check_archive(self, has, left, platforms, file='000001-app.tar', root=None):
        """It stores what is below `has`, and the index itself; it leaves out the manifests `left` and what only they
        name. Nobody has asked for that."""
        root, archive = root or self.root, self.read(file)
        self.assertEqual(set(archive.blobs), has | {root.digest})
        self.assertEqual(archive.blobs[root.digest], root.data)
        self.assertEqual(self.annotations(file), (platforms, left))
        self.assertEqual(self.asked() & (below(root) - has - {root.digest}), set())


class Mirror(Case):

    def test_only_the_image_for_one_platform_is_taken(self):
        self.mirror(self.rows, '--platform', AMD64)
        left = {self.apps[name].digest for name in (ARM64, ARMV7)}
        self.check_archive(below(self.apps[AMD64]), left, AMD64)
        for options in (), ('--full',):
            self.assertIn(f'note: 000001-app.tar: was made with --platform {AMD64}: 2 manifests of other platforms are '
                          'left out', self.verify(*options))

    def test_several_platforms_may_be_taken(self):
        self.mirror(self.rows, '--platform', ARMV7, '--platform', 'linux/x86_64')
        self.check_archive(below(self.apps[AMD64], self.apps[ARMV7]), {self.apps[ARM64].digest}, f'{AMD64},{ARMV7}')

    def test_compressed_archives_too(self):
        for compression in ('zstd', 'gzip'):
            with self.subTest(compression=compression):
                self.folder = self.directory / compression
                self.mirror(self.rows, '--platform', AMD64, '--compression', compression)
                self.assertEqual(set(self.read(self.archives()[0]).blobs), below(self.apps[AMD64]) | {self.root.digest})
                self.verify('--full')

    def test_variants(self):
        arm = {name: image(layer(name)) for name in ('linux/arm/v5', 'linux/arm', 'linux/arm64/v8', 'linux/arm64/v9')}
        self.root = index(*(on(name, one) for name, one in arm.items()))
        rows = [('app', self.source.push('a/arm', self.root))]
        for wanted, names in ((ARMV7, ['linux/arm']), ('linux/arm', ['linux/arm/v5', 'linux/arm']),
                              ('linux/aarch64', ['linux/arm64/v8', 'linux/arm64/v9']),
                              ('linux/arm64/v8', ['linux/arm64/v8'])):
            with self.subTest(wanted=wanted):
                self.folder = self.directory / wanted.replace('/', '-')
                self.source.forget_requests()
                self.mirror(rows, '--platform', wanted)
                self.check_archive(below(*(arm[name] for name in names)),
                                   {one.digest for name, one in arm.items() if name not in names},
                                   wanted.replace('aarch64', 'arm64'))

    def test_an_attestation_comes_with_the_image_that_it_is_about(self):
        of = {name: attestation(app) for name, app in self.apps.items()}
        self.root = index(*(on(name, app) for name, app in self.apps.items()), *of.values())
        self.mirror([('app', self.source.push('a/app', self.root))], '--platform', ARM64)
        left = {one.digest for name in (AMD64, ARMV7) for one in (self.apps[name], of[name])}
        self.check_archive(below(self.apps[ARM64], of[ARM64]), left, ARM64)
        self.verify('--full')

    def test_children_without_a_platform_and_nested_indexes_are_taken(self):
        chart = image(layer('chart'))
        docker = {name: docker_image(layer('d' + name, media_type=DOCKER_LAYER)) for name in (AMD64, ARM64)}
        nested = index(*(on(name, one) for name, one in docker.items()), media_type=DOCKER_LIST)
        inner = index(on(ARM64, self.apps[ARM64]), chart)
        self.root = index(on(AMD64, self.apps[AMD64]), nested, on(AMD64, inner), chart)
        self.mirror([('app', self.source.push('a/app', self.root))], '--platform', AMD64)
        left = {docker[ARM64].digest, self.apps[ARM64].digest}
        self.check_archive(below(self.apps[AMD64], docker[AMD64], chart) | {nested.digest, inner.digest}, left, AMD64)
        self.verify('--full')

    def test_children_in_the_annotation_of_gather_are_filtered_too(self):
        self.root = index(on(AMD64, self.apps[AMD64]), extra=[on(ARM64, self.apps[ARM64])])
        self.mirror([('app', self.source.push('a/app', self.root))], '--platform', AMD64)
        self.check_archive(below(self.apps[AMD64]), {self.apps[ARM64].digest}, AMD64)
        self.verify('--full')

    def test_an_image_is_not_filtered_and_its_archive_is_the_same(self):
        rows = [('app', self.source.push('a/image', self.apps[ARM64]))]
        self.mirror(rows, '--platform', AMD64)
        self.mirror(rows, folder=self.directory / 'all')
        self.assertEqual(self.snapshot(), self.snapshot(self.directory / 'all'))

    def test_an_archive_from_which_nothing_is_left_out_is_the_same(self):
        options = [word for name in self.apps for word in ('--platform', name)]
        self.mirror(self.rows, *options)
        self.mirror(self.rows, folder=self.directory / 'all')
        self.assertEqual(self.snapshot(), self.snapshot(self.directory / 'all'))

    def test_an_index_that_has_nothing_for_a_platform_is_an_error(self):
        error = self.refused(self.rows, '--platform', S390X, '--platform', 'windows/amd64', code=5)
        self.assertIn(f'Error: it has nothing for {S390X},windows/amd64, only for {AMD64}, {ARMV7}, {ARM64} '
                      f'({self.directory}/list.csv:2: app: {self.rows[0][1]})', error)
        self.assertEqual(self.archives(), [])
        other = ('other', self.source.push('a/other', index(on(S390X, image(layer('s390x'))))))
        self.assertEqual(self.run_mirror([*self.rows, other], '--platform', S390X, '--keep-going').code, 3)
        self.assertEqual(self.archives(), ['000001-other.tar'])

    def test_a_platform_that_an_index_does_not_have_is_a_warning(self):
        result = self.mirror(self.rows, '--platform', S390X, '--platform', AMD64)
        self.assertIn(f'app: {self.rows[0][1]}: nothing in it is for {S390X}: it has {AMD64}, {ARMV7}, {ARM64}',
                      result.text)
        nested = index(on(ARM64, self.apps[ARM64]))
        row = ('nested', self.source.push('a/nested', index(on(AMD64, self.apps[AMD64]), nested)))
        result = self.mirror([row], '--platform', AMD64)
        self.assertIn(f'nothing in the index {nested.digest} is for {AMD64}: it has {ARM64}', result.text)

    def test_referrers_of_what_is_left_out_are_not_asked_for(self):
        signatures = {}
        for name, app in self.apps.items():
            signatures[name] = image(blob(b'signature of ' + name.encode()), subject=app,
                                     artifactType='application/vnd.example')
            self.source.push('a/app', signatures[name], signatures[name].digest)
            cosign = image(blob(b'cosign of ' + name.encode()))
            self.source.push('a/app', cosign, app.digest.replace(':', '-') + '.sig')
        self.source.forget_requests()
        self.mirror(self.rows, '--platform', AMD64, '-r')
        left = {self.apps[name].digest for name in (ARM64, ARMV7)}
        self.assertEqual(self.annotations(), (AMD64, left))
        archive = self.read('000001-app.tar')
        self.assertIn(signatures[AMD64].digest, archive.blobs)
        self.assertNotIn(signatures[ARM64].digest, archive.blobs)
        targets = ' '.join(one.target for one in self.source.requests())
        for name in (ARM64, ARMV7):
            self.assertNotIn(self.apps[name].digest[7:], targets)  # neither it, nor its referrers, nor cosign's tags
            self.assertNotIn(signatures[name].digest, targets)
        self.assertIn(self.apps[AMD64].digest[7:], targets)
        self.verify('--full')

    def test_manifest_json_has_only_what_is_there(self):
        self.root = index(*(on(name, app, annotations={SOURCE: f'reg.example/{name}:v1'})
                            for name, app in self.apps.items()))
        self.mirror([('app', self.source.push('a/app', self.root))], '--platform', ARM64, '--manifest-json')
        listed = self.read('000001-app.tar').documents['manifest.json']
        self.assertEqual([one['RepoTags'] for one in listed], [[f'reg.example/{ARM64}:v1']])

    def test_a_manifest_that_something_else_names_is_not_left_out(self):
        both = index(on(AMD64, self.apps[AMD64]), on(ARM64, self.apps[ARM64]), index(self.apps[ARM64]))
        self.mirror([('app', self.source.push('a/app', both))], '--platform', AMD64)
        self.assertEqual(set(self.read('000001-app.tar').blobs), below(both))
        self.assertEqual(self.annotations(), (None, set()))

    def test_the_configuration_file_has_it_as_well(self):
        self.configure(f'platform: [{ARM64}, {AMD64}]')
        self.mirror(self.rows)
        self.assertEqual(self.annotations()[0], f'{AMD64},{ARM64}')
        self.mirror(self.rows, '--platform', 'all')
        self.assertEqual(self.annotations('000002-app.tar')[0], None)
        shown = self.execute([os.environ['ACE_DT'], 'config'])
        self.assertRegex(shown.out, f'platform: .*{AMD64}.*{ARM64}')

    def test_what_is_no_platform_is_a_usage_error(self):
        error = self.refused(self.rows, '--platform', 'amd64', code=2)
        self.assertIn('--platform: "amd64" is not a platform: want os/arch[/variant]', error)
        self.assertIn('did you mean linux/amd64?', error)
        self.configure('platform: linux')
        self.assertRegex(self.refused(self.rows, code=2), r'config\.yaml:1: platform: "linux" is not a platform')
        self.assertFalse(self.folder.exists())


class Later(Case):
    """Runs in a folder that has archives already."""

    def counts(self, *options):
        """How many archives there are after another run."""
        self.result = self.mirror(self.rows, *options)
        self.verify('--full')
        return len(self.archives())

    def test_what_takes_no_more_is_done(self):
        self.assertEqual(self.counts('--platform', AMD64, '--platform', ARM64), 1)
        self.source.forget_requests()
        for options in (('--platform', ARM64), ('--platform', AMD64), ('--platform', 'linux/arm64/v8')):
            self.assertEqual(self.counts(*options), 1)
        self.assertEqual(self.source.requests(), [])

    def test_an_archive_with_all_platforms_is_enough_for_each(self):
        self.assertEqual(self.counts(), 1)
        self.assertEqual(self.counts('--platform', S390X), 1)

    def test_what_takes_more_gets_a_new_archive_with_a_line_that_says_why(self):
        self.counts('--platform', AMD64)
        for i, options in enumerate((('--platform', AMD64, '--platform', ARM64), ())):
            self.assertEqual(self.counts(*options), 2 + i)
            self.assertRegex(self.result.text, rf'list\.csv:2: app: .*: its archive, 00000{1 + i}-app\.tar, has only .*'
                                               ': a new one is made')
            self.assertEqual(self.counts(*options), 2 + i)
            self.assertNotIn('a new one is made', self.result.text)
        self.assertEqual(self.annotations('000003-app.tar'), (None, set()))
        self.assertEqual(len(self.done()), 3)
        stored = [digest for file in self.archives() for digest in self.read(file).blobs]
        for app in self.apps.values():  # each blob once
            for one in app.children:
                self.assertEqual(stored.count(one.digest), 1)

    def test_archives_of_one_digest_share_the_platforms(self):
        self.counts('--platform', AMD64)
        self.assertEqual(self.counts('--platform', ARM64), 2)
        for options in (('--platform', AMD64), ('--platform', AMD64, '--platform', ARM64)):
            self.assertEqual(self.counts(*options), 2)
        self.assertEqual(self.counts('--platform', AMD64, '--platform', ARMV7), 3)

    def test_a_moved_tag_does_not_count_what_its_earlier_archives_have(self):
        self.counts('--platform', ARM64)
        self.root = index(*(on(name, image(layer('new' + name))) for name in self.apps))
        self.source.push('a/app', self.root)
        self.assertEqual(self.counts('--platform', AMD64), 2)
        self.assertEqual(self.counts('--platform', ARM64), 3)
        self.assertEqual(self.counts('--platform', AMD64), 3)

    def test_check_tags_looks_at_platforms_first(self):
        self.counts('--platform', ARM64)
        self.assertEqual(self.counts('--platform', ARM64, '--check-tags'), 1)
        self.assertEqual(self.counts('--platform', AMD64, '--check-tags'), 2)

    def test_several_rows_with_one_digest(self):
        self.rows.append(('other', self.source.push('b/other', self.root)))
        self.mirror(self.rows[:1], '--platform', AMD64)
        self.source.forget_requests()
        self.assertEqual(self.counts('--platform', ARM64), 3)
        self.check_archive({self.apps[ARM64].digest} | self.gone(ARM64), {self.apps[AMD64].digest, self.apps[ARMV7].digest},
                           ARM64, '000002-app.tar')
        self.assertEqual(set(self.read('000003-other.tar').blobs), {self.root.digest, self.apps[ARM64].digest})

    def test_without_the_ledger_the_archives_say_it(self):
        for compression in ('none', 'zstd'):
            with self.subTest(compression=compression):
                self.folder = self.directory / compression
                options = ('--compression', compression)
                self.counts('--platform', AMD64, *options)
                for wanted, count in ((AMD64, 1), (ARM64, 2), (AMD64, 2)):
                    shutil.rmtree(self.folder / '.ace-dt')
                    self.assertEqual(self.counts('--platform', wanted, *options), count)

    def test_the_ledger_knows_it_of_an_archive_that_was_carried_away(self):
        self.counts('--platform', AMD64)
        (self.folder / '000001-app.tar').unlink()
        self.mirror(self.rows, '--platform', AMD64)
        self.assertEqual(self.archives(), [])
        self.mirror(self.rows, '--platform', ARM64)
        self.assertEqual(self.archives(), ['000002-app.tar'])

    def test_what_nothing_is_known_of_counts_as_one_with_all_platforms(self):
        self.counts('--platform', AMD64)
        (self.folder / '000001-app.tar').unlink()
        shutil.rmtree(self.folder / '.ace-dt')
        result = self.run_mirror(self.rows)
        self.assertEqual((result.code, self.archives()), (0, []))
        self.assertIn('neither the folder nor the ledger has 1 archive of the tracker: ', result.text)

    def test_an_archive_that_is_damaged_and_not_in_the_ledger_is_told_of(self):
        self.counts()
        for damage in ('cut', 'empty'):
            with self.subTest(damage=damage):
                archive = self.folder / '000001-app.tar'
                archive.write_bytes(archive.read_bytes()[:200] if damage == 'cut' else b'')
                shutil.rmtree(self.folder / '.ace-dt')
                self.assertIn('000001-app.tar is damaged, and the ledger does not have it: ',
                              self.run_mirror(self.rows).text)
                self.verify(code=9)

    def test_of_an_index_of_which_nothing_is_known_nothing_counts_as_stored(self):
        self.counts('--platform', AMD64)
        (self.folder / '000001-app.tar').unlink()
        shutil.rmtree(self.folder / '.ace-dt')
        self.rows.append(('image', self.source.push('a/app', self.apps[ARM64], 'arm64')))
        for wanted in (AMD64, ARM64):
            self.mirror(self.rows, '--platform', wanted)
            self.assertEqual(set(self.read('000002-image.tar').blobs), below(self.apps[ARM64]))
            shutil.rmtree(self.folder / '.ace-dt')
            (self.folder / '000002-image.tar').unlink()
            tracker = self.folder / 'record-keeping.csv'
            tracker.write_text(''.join(tracker.read_text().splitlines(keepends=True)[:2]))

    def test_platforms_that_cannot_be_read_are_passed_over(self):
        self.counts('--platform', AMD64)
        ledger = self.folder / '.ace-dt/ledger'
        ledger.write_text(ledger.read_text().replace(f'platforms "{AMD64}"', 'platforms "x"'))
        for _ in range(3):
            self.assertEqual(self.counts('--platform', AMD64), 2)

    def test_a_folder_of_an_earlier_version_goes_on(self):
        self.counts()
        ledger = self.folder / '.ace-dt/ledger'
        ledger.write_text(ledger.read_text().replace('ace-dt ledger 3', 'ace-dt ledger 2'))
        self.rows.append(('other', self.source.push('b/other', self.root)))
        self.assertEqual(self.counts('--platform', AMD64), 2)
        self.assertTrue(ledger.read_text().startswith('ace-dt ledger 3\n'))
        self.assertIn(f'\nplatforms "{AMD64}"\n', ledger.read_text())

    def test_a_damaged_archive_is_rebuilt_with_its_own_platforms(self):
        self.counts('--platform', AMD64)
        file = self.folder / '000001-app.tar'
        whole = file.read_bytes()
        for wanted, count in ((AMD64, 1), (ARM64, 2), (AMD64, 2)):
            file.write_bytes(b'')
            self.assertEqual(self.counts('--platform', wanted), count)
            self.assertEqual(file.read_bytes(), whole)
        self.assertEqual(self.annotations('000002-app.tar')[0], ARM64)

    def test_a_lost_archive_that_is_needed_is_rebuilt_with_its_own_platforms(self):
        self.counts('--platform', AMD64)
        file, tracker = self.folder / '000001-app.tar', self.folder / support.TRACKER
        whole = file.read_bytes()
        self.rows.append(('other', self.source.push('b/other', self.apps[AMD64])))
        self.assertEqual(self.counts('--platform', AMD64), 2)
        for wanted, names in ((AMD64, 2), ('', 3)):  # its row is not tracked any more, but wants more than it has
            file.unlink()
            tracker.write_text(''.join(line for line in tracker.read_text().splitlines(True)
                                       if not line.startswith('000001')))
            self.assertEqual(self.counts(*(('--platform', wanted) if wanted else ())), names)
            self.assertEqual(file.read_bytes(), whole)
        self.assertEqual(self.annotations('000003-app.tar')[0], None)


class Plans(Case):

    def setUp(self):
        super().setUp()
        self.rows += [('other', self.source.push('b/other', index(*(on(name, image(self.base, layer('o' + name)))
                                                                   for name in self.apps)))),
                      ('image', self.source.push('a/image', self.apps[ARMV7])),
                      ('more', self.source.push('b/more', self.root))]
        self.single = self.directory / 'single'
        self.options = ('--platform', ARM64, '--platform', AMD64)

    def test_parts_and_a_commit_make_the_folder_of_a_single_run(self):
        for options in ((), ('-r', '--manifest-json'), ('--dedup', 'none')):
            self.in_folder(' '.join(options))
            with self.subTest(options=options):
                self.mirror(self.rows, *self.options, *options, folder=self.single)
                self.source.forget_requests()
                self.make_plan(self.rows, *self.options, *options)
                self.parts(2)
                self.commit()
                self.check_same_folder(self.single)
                self.assertEqual(self.asked() & (self.gone(ARMV7) - below(self.apps[ARMV7])), set())
                self.verify('--full')

    def in_folder(self, name):
        self.folder, self.single = self.directory / ('sync' + name), self.directory / ('single' + name)

    def test_a_plan_in_a_folder_whose_archives_lack_platforms(self):
        for folder in (self.folder, self.single):
            self.mirror(self.rows[:2], '--platform', AMD64, folder=folder)
        self.mirror(self.rows, *self.options, folder=self.single)
        shown = self.make_plan(self.rows, *self.options)
        self.assertEqual([(row['state'], row['archive'], row['line']) for row in shown['rows']],
                         [('todo', f'00000{i + 1}-{self.rows[i - 2][0]}.tar', i) for i in range(2, 6)])
        self.assertEqual(self.dry_run(self.rows, *self.options)['rows'], shown['rows'])
        self.parts(2)
        self.commit()
        self.check_same_folder(self.single)

    def test_a_part_refuses_other_platforms(self):
        self.make_plan(self.rows, *self.options)
        self.part('1/2', '--platform', 'linux/x86_64', '--platform', ARM64)
        self.assertIn('--platform differs from the plan', self.part('1/2', '--platform', AMD64, code=2).err)
        self.assertIn('--platform differs from the plan', self.part('1/2', '--platform', 'all', code=2).err)

    def test_a_dry_run_fetches_no_manifest_that_is_left_out(self):
        self.source.forget_requests()
        shown = self.dry_run(self.rows[:1], '--platform', AMD64)
        self.assertEqual(self.asked(), {self.apps[AMD64].digest} | ({self.root.digest} & self.asked()))
        self.assertEqual(shown['totals']['fetch'], sum(len(one.data) for one in self.apps[AMD64].children))
        self.assertEqual(self.ace_dt('batch-serialize', '--dry-run', self.write('one.csv', 'name,artifact\n' + ','.join(
            self.rows[0])), self.folder, '--platform', S390X, code=5).out.count('\n'), 1)


class Push(Case):

    def setUp(self):
        super().setUp()
        self.mirror(self.rows, '--platform', AMD64)
        self.side = self.registry()

    def to(self, registry):
        return f'{registry.host}/{REPOSITORY}'

    def check_there(self, registry, root, *names):
        """The index and the apps `names` are there, and nothing else of it."""
        fields = {'Accept': ', '.join(MANIFESTS)}
        there = {one.digest for one in root.walk() if one.media_type in MANIFESTS and registry.exchange(
            'HEAD', f'/v2/{REPOSITORY}/manifests/{one.digest}', None, fields)[0] == 200}
        self.assertEqual(there, {root.digest, *(self.apps[name].digest for name in names)})
        for name in names:
            self.check_pushed(registry, REPOSITORY, self.apps[name])
        self.check_tag(registry, REPOSITORY, 'app', root)

    def test_a_layer_with_the_bytes_of_a_manifest_that_is_left_out_is_pushed(self):
        self.apps[AMD64] = image(self.base, blob(self.apps[ARM64].data))
        self.source.push('a/itself', self.apps[AMD64])  # by itself: else it is pushed as a manifest only
        self.root = index(*(on(name, self.apps[name]) for name in (AMD64, ARM64)))
        self.folder = self.directory / 'itself'
        self.mirror([('app', self.source.push('a/itself', self.root))], '--platform', AMD64)
        self.verify('--full')
        self.push(self.to(self.side))
        self.check_there(self.side, self.root, AMD64)

    def test_what_was_taken_arrives_and_a_comparison_asks_for_nothing_else(self):
        self.push(self.to(self.side), '--strict')
        self.check_there(self.side, self.root, AMD64)
        self.side.forget_requests()
        self.verify('--against', self.to(self.side))
        targets = ' '.join(one.target for one in self.side.requests())
        self.assertIn(self.apps[AMD64].digest, targets)
        for digest in self.gone(ARM64, ARMV7):
            self.assertNotIn(digest, targets)

    def test_a_single_archive_arrives(self):
        self.ace_dt('deserialize', self.folder / '000001-app.tar', self.to(self.side) + ':app')
        self.check_there(self.side, self.root, AMD64)

    def test_later_archives_complete_it(self):
        self.mirror(self.rows, '--platform', ARM64)
        self.mirror(self.rows)
        self.push(self.to(self.side))
        self.check_there(self.side, self.root, *self.apps)
        self.verify('--against', self.to(self.side))

    def test_content_that_is_not_declared_as_left_out_is_missed(self):
        file = self.folder / '000001-app.tar'
        whole = file.read_bytes()
        digest = self.apps[ARM64].digest
        for wrong in blob(b'nobody has it').digest, self.apps[AMD64].digest:
            file.write_bytes(self.with_other(whole, digest, wrong))
            self.assertIn(f'incomplete: 000001-app.tar: {digest}: is missing', self.verify(code=5))
            self.not_pushed(self.to(self.side), code=5)

    def with_other(self, data, digest, wrong):
        """The archive with another digest in the annotation of both index.json; the index itself stays."""
        declared = f'"{LEFT_OUT}": "{",".join(sorted(self.apps[name].digest for name in (ARM64, ARMV7)))}"'
        self.assertEqual(data.count(declared.encode()), 2)
        return data.replace(declared.encode(), declared.replace(digest, wrong).encode())

    @servers.needs('docker-registry')
    def test_docker_registry_wants_all_manifests_of_an_index(self):
        self.check_strict(self.enterContext(servers.DockerRegistry(self.directory)))

    @servers.needs('registry3')
    def test_distribution_3_wants_all_manifests_of_an_index(self):
        self.check_strict(self.enterContext(servers.Distribution3(self.directory)))

    @servers.needs('zot')
    def test_zot_wants_all_manifests_of_an_index(self):
        self.check_strict(self.enterContext(servers.Zot(self.directory)))

    def check_strict(self, registry):
        error = self.not_pushed(self.to(registry), code=1)
        self.assertRegex(error, 'this index is kept whole, but 2 of its manifests were left out with --platform '
                                f'{AMD64} [(]000001-app.tar: .*\nhint: push to a registry that accepts indexes without')
        for name in (ARM64, ARMV7):  # what is left out is already there
            registry.push(REPOSITORY, self.apps[name], name.replace('/', '-'))
        self.push(self.to(registry))
        self.check_there(registry, self.root, *self.apps)
        self.verify('--against', self.to(registry))

    @servers.needs('registry3')
    def test_distribution_3_accepts_it_if_it_may(self):
        registry = self.enterContext(servers.Distribution3(self.directory, validation={
            'manifests': {'indexes': {'platforms': 'none'}}}))
        self.push(self.to(registry))
        self.check_there(registry, self.root, AMD64)
        self.verify('--against', self.to(registry))

    @servers.needs('registry3')
    def test_distribution_3_accepts_it_if_it_wants_only_these_platforms(self):
        registry = self.enterContext(servers.Distribution3(self.directory, validation={
            'manifests': {'indexes': {'platforms': 'list', 'platformlist': [platform(AMD64)]}}}))
        self.push(self.to(registry))
        self.check_there(registry, self.root, AMD64)

    @servers.needs('ace-dt-go')
    def test_the_reference_accepts_it_only_if_the_destination_has_what_is_left_out(self):
        with self.assertRaisesRegex(AssertionError, 'expected 0 missing blobs .* but found 2'):
            self.reference('batch-deserialize', self.folder, self.to(self.side), host=self.side.host)
        for name in (ARM64, ARMV7):
            self.side.push(REPOSITORY, self.apps[name], name.replace('/', '-'))
        self.reference('batch-deserialize', self.folder, self.to(self.side), host=self.side.host)
        self.check_pushed(self.side, REPOSITORY, self.root)

    def strict(self):
        return self.enterContext(servers.DockerRegistry(self.directory))

    @servers.needs('docker-registry')
    def test_an_earlier_archive_may_bring_what_is_left_out(self):
        registry = self.strict()
        rows = [('app', self.rows[0][1]), ('more', self.source.push('b/more', self.root))]
        self.folder = self.directory / 'both'
        self.mirror(rows[:1])
        self.mirror(rows[1:], '--platform', AMD64)
        self.push(self.to(registry))
        self.check_there(registry, self.root, *self.apps)
        self.check_tag(registry, REPOSITORY, 'more', self.root)

    def test_an_index_waits_for_an_earlier_archive_with_what_is_left_out(self):
        self.folder = self.directory / 'both'
        self.mirror(self.rows)
        self.mirror([('more', self.source.push('b/more', self.root))], '--platform', AMD64, '--dedup', 'none')
        arm64 = f'/v2/{REPOSITORY}/manifests/{self.apps[ARM64].digest}'
        self.side.fault(f'PUT {arm64} 1 status 503')
        self.push(self.to(self.side), '--retry-max-wait', '300ms')
        put = [one.target for one in self.side.requests('/manifests/', 'PUT') if one.status == '201']
        self.assertLess(put.index(arm64), put.index(f'/v2/{REPOSITORY}/manifests/{self.root.digest}'))

    @servers.needs('docker-registry')
    def test_later_archives_may_bring_what_is_left_out(self):
        self.rows.append(('more', self.source.push('b/more', self.root)))
        for i, runs in enumerate(([()], [(ARM64,), (ARMV7,)], [(ARM64, ARMV7)], [(ARM64,), ()])):
            with self.subTest(runs=runs):
                self.folder = self.directory / f'later {i}'
                for names in [(AMD64,), *runs]:
                    self.mirror(self.rows, *(word for name in names for word in ('--platform', name)))
                registry = self.strict()
                self.push(self.to(registry), '--connections', '1')
                self.check_there(registry, self.root, *self.apps)
                self.check_tag(registry, REPOSITORY, 'more', self.root)
                self.assertEqual(len(self.tracker('successful-syncs.csv').splitlines()) - 1, len(self.archives()))
                self.verify('--against', self.to(registry))

    @servers.needs('docker-registry')
    def test_what_later_archives_do_not_bring_either_is_an_error(self):
        self.mirror(self.rows, '--platform', ARM64)
        registry = self.strict()
        for options, code in (((), 1), (('--keep-going',), 3)):
            self.assertIn('of its manifests were left out', self.not_pushed(self.to(registry), *options, code=code))
        self.mirror(self.rows)
        self.push(self.to(registry))
        self.check_there(registry, self.root, *self.apps)

    @servers.needs('docker-registry')
    def test_a_later_archive_that_fails_is_not_waited_for(self):
        other = layer('other')
        self.mirror([('other', self.source.push('b/other', image(other)))])
        self.mirror(self.rows)
        for name, damaged in (('000002-other.tar', other), ('000003-app.tar', self.apps[ARM64].children[-1])):
            with self.subTest(name=name):
                file = self.folder / name
                whole = file.read_bytes()
                file.write_bytes(whole.replace(damaged.data, bytes(len(damaged.data))))
                self.assertIn(self.run_push(self.to(self.strict())).code, support.FAILURES)
                self.assertEqual(self.run_push(self.to(self.strict()), '--keep-going').code, 3)
                file.write_bytes(whole)
                (self.folder / 'successful-syncs.csv').unlink(missing_ok=True)
        self.push(self.to(self.strict()))


if __name__ == '__main__':
    support.main()
