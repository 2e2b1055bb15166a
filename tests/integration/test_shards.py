"""Several processes carry out a plan, and one commits. The folder must always end equal to that of a single run."""

import collections
import os
import shutil
import signal
import subprocess
import time

import planning
import servers
import support
from content import image, noise
from planning import bytes_of_blobs, state_of

FASTEST = ('--compression', 'zstd', '--compression-level', '1')


class SameFolder(planning.Sharded):

    def check(self, *options, shards=3, order=None, is_complete=True):
        """A plan that is carried out makes the same folder as a run. `self.single` may already have archives; unless it
        `is_complete`, some were carried away."""
        if self.single.exists():
            shutil.copytree(self.single, self.folder, symlinks=True)
        self.make_plan(self.rows, *options)
        for index in order or range(1, shards + 1):
            self.part(f'{index}/{shards}')
        self.commit()
        self.mirror(self.rows, *options, folder=self.single)
        self.check_same_folder(self.single)
        if is_complete:
            self.check_folder()
            self.ace_dt('verify', '--full', self.folder)

    def test_it_is_that_of_a_single_run(self):
        self.add_referrers()
        for options in ((), FASTEST, ('--compression', 'gzip'), ('-r',), ('--manifest-json',), ('--dedup', 'name'),
                        ('--dedup', 'none'), ('-r', '--dedup', 'none', '--manifest-json', *FASTEST)):
            with self.subTest(options=options):
                self.in_folders(''.join(options))
                self.check(*options)

    def test_the_order_of_the_shards_and_their_number_change_nothing(self):
        for order in ([3, 1, 2], [1], range(20, 0, -1)):
            with self.subTest(order=order):
                self.in_folders('-'.join(map(str, order)))
                self.check(shards=len(order), order=order)

    def test_earlier_archives_of_the_folder_are_counted_on(self):
        for options in ((), ('--dedup', 'name', *FASTEST), ('--dedup', 'none')):
            with self.subTest(options=options):
                self.in_folders(''.join(options))
                self.mirror(self.rows[:4], *options, folder=self.single)
                self.check(*options)

    def test_so_are_those_that_the_ledger_does_not_know(self):
        for options in ((), FASTEST):
            with self.subTest(options=options):
                self.in_folders(''.join(options))
                self.mirror(self.rows[:4], *options, folder=self.single)
                (self.single / '.ace-dt/ledger').unlink()
                self.check(*options)

    def test_and_one_that_was_carried_away(self):
        for lost in ('000003-big.tar',), ('000003-big.tar', '.ace-dt/ledger'):
            with self.subTest(lost=lost):
                self.in_folders(str(len(lost)))
                self.mirror(self.rows[:4], folder=self.single)
                for file in lost:
                    (self.single / file).unlink()
                self.check(is_complete=False)

    def test_a_tracker_without_a_line_end_and_other_files_do_not_matter(self):
        self.mirror(self.rows[:2], folder=self.single)
        tracker = self.single / support.TRACKER
        tracker.write_bytes(tracker.read_bytes().rstrip(b'\n'))
        (self.single / 'notes.csv').write_text('mine\n')
        self.check()

    def test_another_tracker_is_that_of_the_plan(self):
        self.check('--tracker-filename', 'done.csv')

    def test_nothing_is_to_do(self):
        self.mirror(self.rows, folder=self.single)
        self.check(shards=2)

    def test_a_folder_that_was_committed_is_planned_for_again(self):
        rows, self.rows = self.rows, self.rows[:4]
        self.check()
        self.rows = rows
        shutil.rmtree(self.single)
        self.folder.rename(self.single)
        self.check()

    def check_requests(self, *options):
        """Neither plan nor shards ask twice. Returns how many bytes are planned, and of each shard the digests that it
        got, and how many bytes."""
        self.source.forget_requests()
        planned = self.make_plan(self.rows, *options)
        manifests = collections.Counter(one.target for one in self.source.requests('/manifests/', 'GET'))
        self.assertEqual(set(manifests.values()), {1})
        self.source.forget_requests()
        fetched = {}
        for shard in ('1/3', '2/3', '3/3'):
            self.part(shard)
            fetched[shard] = collections.Counter(
                (one.target.rpartition('/')[2], one.range) for one in self.source.requests('/blobs/', 'GET'))
            self.assertEqual(self.source.requests('/(manifests|referrers|tags)/'), [])
            self.assertLessEqual(set(fetched[shard].values()), {1})
            fetched[shard] = {digest for digest, _ in fetched[shard]}, bytes_of_blobs(self.source)
            self.source.forget_requests()
        self.commit()
        self.assertEqual(self.source.requests(), [])
        return planned['totals']['fetch'], fetched

    def test_each_manifest_is_got_once_by_the_plan_and_each_blob_once_by_one_shard(self):
        self.add_referrers()
        for options in ((), ('-r',)):
            with self.subTest(options=options):
                self.in_folders(''.join(options))
                planned, fetched = self.check_requests(*options)
                self.assertEqual(sum(size for _, size in fetched.values()), planned)
                everything = collections.Counter(digest for digests, _ in fetched.values() for digest in digests)
                self.assertEqual(set(everything.values()), {1})

    def test_if_archives_share_nothing_each_shard_gets_a_blob_once(self):
        for options in (('--dedup', 'none'), ('--dedup', 'name')):
            with self.subTest(options=options):
                self.in_folders(''.join(options))
                planned, fetched = self.check_requests(*options)
                self.assertGreater(sum(size for _, size in fetched.values()), planned)
                self.assertGreater(len([1 for digests, _ in fetched.values() if self.base.digest in digests]), 1)

    def test_shards_differ_by_the_largest_archive_at_most(self):
        for count in (2, 3, 5):
            with self.subTest(shards=count):
                self.in_folders(str(count))
                planned = self.make_plan(self.rows)
                largest = max(row['size'] for row in planned['rows'])
                self.parts(count)
                sizes = [sum((folder / file).stat().st_size for file in self.archives(folder))
                         for folder in (self.shard_folder(f'{index}/{count}') for index in range(1, count + 1))]
                self.assertEqual(sum(sizes), planned['totals']['size'])
                self.assertLessEqual(max(sizes) - min(sizes), largest)


class ManyRows(planning.Case):

    def test_a_plan_of_several_frames_and_commits_makes_the_same_folder(self):
        listing, single = self.directory / 'made.csv', self.directory / 'single'
        self.registry('--corpus', 'small:artifacts=820,blobs=20,size=1kB,shared=8,seed=1', '--write-list', str(listing))
        rows = listing.read_text()
        self.make_plan(rows)
        self.parts(2)
        self.commit()
        self.mirror(rows, folder=single)
        self.check_same_folder(single)


class Limits(planning.Case):

    def seconds(self, *options):
        begin = time.monotonic()
        self.part('1/8', *options)
        return time.monotonic() - begin

    def test_a_shard_has_its_part_of_the_connections(self):
        source = self.registry('--latency', '20')
        self.make_plan([('x', source.push('a/b', image(*(noise(1000, i) for i in range(60)))))])
        self.part('1/8', '--connections-per-host', '16')
        self.assertLessEqual(source.stats()['peak_connections'], 2 + 1)  # and the one that asks

    def test_a_shard_keeps_to_its_part_of_a_rate(self):
        source = self.registry()
        self.make_plan([('x', source.push('a/b', image(*(noise(500_000, i) for i in range(4)))))])
        self.assertGreater(self.seconds('--max-rate', '16MB'), 0.9 * 2_000_000 / 2_000_000 - 0.1)

    def test_a_shard_keeps_to_its_part_of_the_requests(self):
        source = self.registry()
        self.make_plan([('x', source.push('a/b', image(*(noise(100, i) for i in range(30)))))])
        source.forget_requests()
        seconds = self.seconds('--max-requests-per-second', '200')
        self.assertGreater(seconds, 0.95 * (len(source.requests()) - 1) / 25)


class Refusals(planning.Sharded):

    def setUp(self):
        super().setUp()
        self.mirror(self.rows[:2])
        self.make_plan(self.rows)

    def refuse(self, reason, parts=True):
        """The plan does not fit the folder any more; nothing is written."""
        before = state_of(self.folder)
        if parts:
            self.assertIn(reason, self.part('1/2', code=2).err)
        self.assertIn(reason, self.commit(code=2).err)
        after = state_of(self.folder)
        before.pop(lock := str(self.folder / '.ace-dt/lock')), after.pop(lock)  # commit takes it before it looks
        self.assertEqual(after, before)

    def test_a_tracker_that_was_edited(self):
        tracker = self.folder / support.TRACKER
        whole = tracker.read_text()
        lines = whole.splitlines(keepends=True)
        for text in (''.join(lines[:-1]), whole.replace('/a/tools', '/b/tools'), ''.join(lines[:1] + lines[:0:-1])):
            with self.subTest(text=text):
                tracker.write_text(text)
                self.refuse('the plan does not fit')
        tracker.write_text(whole)
        self.parts(2)
        self.commit()

    def test_a_row_that_is_not_of_the_plan(self):
        self.mirror([('other', self.rows[0][1])])
        self.refuse('the plan does not fit', parts=False)

    def test_a_shard_fetches_nothing_if_the_commit_will_refuse_it(self):
        self.mirror([('other', self.rows[0][1])])
        self.refuse('the plan does not fit')

    def test_a_ledger_that_was_changed(self):
        ledger = self.folder / '.ace-dt/ledger'
        whole = ledger.read_bytes()
        lines = whole.splitlines(keepends=True)
        for text in (b''.join(lines[:-1]), b''.join(lines[:1])):
            ledger.write_bytes(text)
            self.refuse('the plan does not fit')
        ledger.unlink()
        self.assertIn('the plan does not fit', self.part('1/2', code=2).err)
        self.assertIn('the plan does not fit', self.commit(code=2).err)

    def test_an_archive_that_was_cut(self):
        for size in (0, 1000):
            with self.subTest(size=size):
                with open(self.folder / '000001-tools.tar', 'r+b') as archive:
                    whole = archive.read()
                    archive.truncate(size)
                self.refuse('the plan does not fit', parts=False)
                (self.folder / '000001-tools.tar').write_bytes(whole)
        self.parts(2)
        self.commit()

    def test_rows_of_the_plan_that_another_run_did_are_no_obstacle(self):
        self.part('2/2')
        self.mirror(self.rows)
        before = self.snapshot()
        self.assertIn('Started ↦ ', self.part('1/2').out)
        self.assertIn('committed 0 archives, 7 before', self.commit().out)
        self.assertEqual(self.snapshot(), before)
        self.assertFalse((self.folder / '.ace-dt/shards').exists())

    def test_an_option_that_differs_from_the_plan(self):
        before = state_of(self.folder)
        for options in (('--compression', 'zstd'), ('--dedup', 'none'), ('--recursive',), ('--manifest-json',),
                        ('--tracker-filename', 'other.csv')):
            with self.subTest(options=options):
                error = self.part('1/2', *options, code=2).err
                self.assertRegex(error, f"Error: {options[0]}.* differs from the plan's: .*\nhint: ")
        self.make_plan(self.rows, *FASTEST)
        error = self.part('1/2', *FASTEST[:-1], '3', code=2).err
        self.assertIn("--compression-level differs from the plan's: 1", error)
        self.assertEqual(state_of(self.folder), before)
        self.make_plan(self.rows)
        self.part('1/2', '--compression', 'none', '--dedup', 'folder', '--keep-going', '--connections', '2')

    def test_an_option_of_the_plan_in_the_environment_of_a_shard(self):
        self.make_plan(self.rows, *FASTEST)
        self.configure('compression: gzip\n')
        self.assertIn("differs from the plan's: zstd", self.part('1/2', code=2).err)
        self.configure('compression: zstd\ncompressionLevel: 1\n')
        self.part('1/2')

    def test_arguments_that_cannot_be_meant(self):
        before = state_of(self.folder)
        self.make_plan(self.rows, '--shards', '3', plan=self.directory / 'of3.plan')
        for wanted, words in (
                ('--plan needs --shard', ('--plan', self.plan, self.folder)),
                ('--shard and --shards need --plan', ('--shard', '1/2', 'list.csv', self.folder)),
                ('--plan and --dry-run exclude', ('--plan', self.plan, '--shard', '1/2', '--dry-run', self.folder)),
                ('takes one argument', ('--plan', self.plan, '--shard', '1/2')),
                ('takes one argument', ('--plan', self.plan, '--shard', '1/2', 'list.csv', self.folder)),
                ('the number of parts is 3', ('--plan', 'of3.plan', '--shard', '1/2', self.folder)),
                ('the plan is for 3', ('--plan', 'of3.plan', '--shard', '1/2', '--shards', '2', self.folder)),
                ('the number of parts is 4', ('--plan', self.plan, '--shard', '1/2', '--shards', '4', self.folder)),
                ('is not a shard', ('--plan', self.plan, '--shard', '0/2', self.folder)),
                ('is not a shard', ('--plan', self.plan, '--shard', '3/2', self.folder)),
                ('is not a shard', ('--plan', self.plan, '--shard', '1', self.folder)),
                ('is the plan', ('--plan', self.plan, '--shard', '1/2', self.folder, '--report', self.plan)),
                ('not an element of a job array', ('--plan', self.plan, '--shard', 'auto', self.folder))):
            with self.subTest(words=words):
                self.assertIn(wanted, self.ace_dt('batch-serialize', *words, code=2).err)
        self.assertEqual(state_of(self.folder), before)
        for words in ((), (self.plan,)):
            self.ace_dt('commit', *words, code=2)

    def test_an_empty_name_of_a_folder_is_refused(self):
        before = sorted(self.directory.iterdir())
        self.ace_dt('commit', self.plan, '', code=2)
        self.ace_dt('batch-serialize', '--plan', self.plan, '--shard', '1/2', '', code=2)
        self.assertEqual(sorted(self.directory.iterdir()), before)

    def test_a_folder_that_is_neither_the_planned_one_nor_empty(self):
        other = self.directory / 'other'
        self.mirror(self.rows[4:5], folder=other)
        before = state_of(other)
        self.assertIn('the plan does not fit', self.part('1/2', folder=other, code=2).err)
        self.assertEqual(state_of(other), before)
        self.parts(2)
        self.assertIn('the plan does not fit', self.commit(folder=other, code=2).err)
        self.assertEqual(self.archives(other), ['000001-n1.tar'])

    def test_a_commit_leaves_an_empty_tracker_as_it_is(self):
        (self.folder / support.TRACKER).write_text('')
        self.refuse('the plan does not fit')

    def test_a_commit_into_a_folder_that_is_not_there_creates_nothing(self):
        typo = self.directory / 'typo'
        self.commit(folder=typo, code=2)
        self.assertFalse(typo.exists())


class Failures(planning.Sharded):

    registry_options = ('--latency', '1')

    def stalled_part(self, shard, *options, folder=None):
        self.source.fault(f'GET */blobs/{self.large.digest} * stall 500000')
        return self.running(self.part_command(shard, *options, folder=folder))

    def wait_for_the_large_blob(self):
        servers.wait_until(lambda: self.large.digest in self.source.blobs_asked_for(), 'a request for the large blob')

    def shard_of(self, archive, count):
        """Which of `count` shards made it."""
        [found] = [index for index in range(1, count + 1)
                   if (self.shard_folder(f'{index}/{count}') / archive).exists()]
        return f'{found}/{count}'

    def check_whole(self, *options):
        self.mirror(self.rows, *options, folder=self.single)
        self.check_same_folder(self.single)
        self.ace_dt('verify', '--full', self.folder)

    def test_a_shard_that_was_killed_continues_within_the_blob(self):
        source = self.registry('--latency', '1', '--rate', '60MB')
        rows = [('huge', source.push('a/huge', image(noise(40_000_000, 'huge'))))]
        self.make_plan(rows)
        before = source.stats()['body_bytes_sent']
        with self.running(self.part_command('1/1')) as run:
            servers.wait_until(lambda: source.stats()['body_bytes_sent'] - before > 25_000_000, '25 MB')
            run.kill()
            run.wait()
        source.forget_requests()
        self.assertIn('recovered from an interrupted run', self.part('1/1').out)
        self.assertLess(bytes_of_blobs(source), 30_000_000)
        self.commit()
        self.mirror(rows, folder=self.single)
        self.check_same_folder(self.single)

    def test_a_shard_is_carried_out_by_one_process_at_a_time_and_not_committed_meanwhile(self):
        self.make_plan(self.rows)
        with self.stalled_part('1/1'):
            self.wait_for_the_large_blob()
            self.assertIn('another process is using this folder', self.part('1/1', code=10).err)
            self.assertIn('another process is using this folder', self.commit(code=10).err)
            self.assertEqual(self.archives(), [])
        self.source.heal()
        self.part('1/1')
        self.commit()
        self.check_whole()

    def test_a_commit_takes_what_comes_before_the_first_missing_archive(self):
        for options in ((), ('--dedup', 'none')):
            with self.subTest(options=options):
                self.in_folders(''.join(options))
                self.make_plan(self.rows, *options)
                self.part('1/4')
                self.part('3/4')
                planned = self.shown()['rows']
                there = {file for shard in ('1/4', '3/4') for file in self.archives(self.shard_folder(shard))}
                first = next(i for i, row in enumerate(planned) if row['archive'] not in there)
                for _ in range(2):
                    result = self.commit(code=3)
                    self.assertEqual(self.done(), [row['archive'] for row in planned[:first]])
                    self.assertIn(f'{len(planned) - len(there)} archives missing, the first of them '
                                  f'{planned[first]["archive"]}', result.err)
                    self.assertRegex(result.err, r'hint: .*--shard 2/4, 4/4\n')
                self.part('4/4')
                self.assertRegex(self.commit(code=3).err, r'hint: .*--shard 2/4\n')
                self.part('2/4')
                self.commit()
                self.assertIn('committed 0 archives', self.commit().out)
                self.check_whole(*options)

    def test_a_plan_for_a_number_of_shards_names_those_that_were_never_begun(self):
        self.make_plan(self.rows, '--shards', '3')
        self.assertRegex(self.commit(code=3).err, '--shard 1/3, 2/3, 3/3\n')

    def test_with_keep_going_a_commit_takes_all_but_what_is_missing_and_what_needs_that(self):
        self.make_plan(self.rows)
        for shard in ('2/2', '1/2'):
            self.part(shard)
        missing = '000003-big.tar'
        shard = self.shard_of(missing, 2)
        made = self.shard_folder(shard) / missing
        made.unlink()
        needing = {file for shard in ('1/2', '2/2') for file in self.archives(self.shard_folder(shard))
                   if missing in self.read(file, self.shard_folder(shard)).needs}
        self.assertTrue(needing)
        wanted = {row['archive'] for row in self.shown()['rows']} - needing - {missing}
        for _ in range(2):
            result = self.commit('--keep-going', code=3)
            self.assertEqual(set(self.archives()), wanted)
            self.assertIn(f'1 archive missing, the first of them {missing}; {len(needing)} archives wait', result.err)
            self.assertRegex(result.err, f'--shard {shard}\n')
        self.check_folder()
        self.part(shard)
        self.commit('--keep-going')
        self.mirror(self.rows, folder=self.single)
        self.check_same_but_for_order()

    def test_a_blob_that_is_gone_ends_its_shard_as_it_would_end_a_run(self):
        self.make_plan(self.rows)
        own = self.images['n3'].children[-1]
        self.source.fault(f'* */blobs/{own.digest} * status 404')
        codes = {}
        for shard in ('1/2', '2/2'):
            result = self.execute(self.part_command(shard, '--keep-going'))
            codes[shard] = result.code
            if result.code:
                self.assertRegex(result.err, r'list\.csv:8: n3: ')
        self.assertEqual(sorted(codes.values()), [0, 3])
        [failed] = [shard for shard, code in codes.items() if code]
        self.assertIn('list.csv:8: n3', self.part(failed, code=5).err)
        self.assertRegex(self.commit(code=3).err, f'(?s)the first of them 000007-n3.tar.*--shard {failed}\n')
        self.source.heal()
        self.part(failed)
        self.commit()
        self.check_whole()

    def test_an_archive_that_a_shard_lost_is_made_again_by_it(self):
        for options in ((), FASTEST):
            for damage in ('delete', 'truncate', 'forget')[:1 if options else 3]:
                with self.subTest(options=options, damage=damage):
                    self.in_folders(damage + ''.join(options))
                    self.make_plan(self.rows, *options)
                    self.parts(2)
                    archive = self.archives(self.shard_folder('1/2'))[1]
                    made = self.shard_folder('1/2') / archive
                    if damage == 'delete':
                        made.unlink()
                    elif damage == 'truncate':
                        os.truncate(made, made.stat().st_size // 2)
                    else:
                        (self.shard_folder('1/2') / '.ace-dt/ledger').unlink()
                    self.assertRegex(self.commit(code=3).err, '--shard 1/2\n')
                    self.source.forget_requests()
                    self.part('2/2')
                    self.assertEqual(self.source.requests(), [])
                    self.part('1/2')
                    self.commit()
                    self.check_whole(*options)

    def test_shards_of_other_folders_are_joined(self):
        self.make_plan(self.rows)
        others = [self.directory / f'node{i}' for i in (1, 2, 3)]
        for index, other in enumerate(others, 1):
            self.part(f'{index}/3', folder=other)
        self.assertFalse(self.folder.exists())
        self.commit(*others[:2], code=3)
        self.commit(*others)
        self.check_whole()

    def test_shards_that_were_copied_into_the_folder_are_joined(self):
        copies = [['cp', '-a']] + ([['rsync', '-a']] if shutil.which('rsync') else [])
        for copy in copies:
            with self.subTest(copy=copy[0]):
                self.in_folders(copy[0])
                self.make_plan(self.rows)
                others = [self.directory / f'{copy[0]}{i}' for i in (1, 2, 3)]
                (self.folder / '.ace-dt').mkdir(parents=True)
                for index, other in enumerate(others, 1):
                    self.part(f'{index}/3', folder=other)
                    subprocess.run([*copy, other / '.ace-dt/shards', self.folder / '.ace-dt/'], check=True)
                self.commit()
                self.check_whole()

    def test_shards_on_another_file_system_are_copied(self):
        other = self.on_another_file_system()
        self.make_plan(self.rows)
        self.part('1/2', folder=other)
        self.part('2/2')
        self.commit(other)
        self.check_whole()

    def test_so_are_those_below_a_link_to_one(self):
        other = self.on_another_file_system()
        self.make_plan(self.rows)
        (self.folder / '.ace-dt').mkdir(parents=True)
        (self.folder / '.ace-dt/shards').symlink_to(other)
        self.parts(2)
        self.commit()
        self.check_whole()

    @servers.needs('strace')
    def test_a_damaged_archive_that_a_shard_copies_from_is_made_again(self):
        shared, late = noise(300_000, 'shared'), noise(2_000, 'late')
        rows = [(name, self.source.push('c/' + name, root))
                for name, root in (('one', image(shared)), ('two', image(shared, late)))]
        self.make_plan(rows, '--dedup', 'none')
        self.source.fault(f'GET */blobs/{late.digest} * status 404')
        self.part('1/1', code=5)
        archive = self.shard_folder('1/1') / '000001-one.tar'
        content = archive.read_bytes()
        at = content.index(shared.data[:64]) + 100_000
        archive.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1:])
        self.source.heal()
        self.assertIn('run the same shard again', self.part('1/1', code=9).err)
        self.part('1/1')
        self.commit()
        self.mirror(rows, '--dedup', 'none', folder=self.single)
        self.check_same_folder(self.single)

    def test_an_untracked_archive_that_the_plan_counts_on_must_stay(self):
        self.mirror(self.rows[:1])
        (self.folder / support.TRACKER).unlink()
        (self.folder / '.ace-dt/ledger').unlink()
        self.make_plan(self.rows[2:3])
        self.assertEqual(self.part('1/1').code, 0)
        needed = self.folder / '000001-tools.tar'
        content = needed.read_bytes()
        needed.unlink()
        self.assertIn('000001-tools.tar is gone, though 000002-big.tar needs it', self.commit(code=2).err)
        needed.write_bytes(content)
        self.commit()
        self.ace_dt('verify', '--full', self.folder)

    def test_what_an_interrupted_commit_of_an_older_plan_left_is_not_committed(self):
        rows = [('tools', self.source.push('b/tools', image(noise(100_000, 'older'))))]
        self.make_plan(rows)
        self.part('1/1')
        self.prefix = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=rename:signal=KILL:when=2']
        self.ace_dt('commit', self.plan, self.folder, code=-signal.SIGKILL)
        self.prefix = []
        self.source.push('b/tools', image(noise(100_000, 'newer')))
        self.make_plan(rows)
        self.part('1/1')
        self.assertIn('of other plans', self.commit().err)
        self.mirror(rows, folder=self.single)
        self.assertEqual(self.snapshot(), self.snapshot(self.single))

    def test_a_file_that_has_the_name_of_an_archive_stops_the_commit_until_it_is_moved_away(self):
        self.make_plan(self.rows)
        self.parts(2)
        foreign = self.folder / '000003-big.tar'
        foreign.write_text('mine')
        self.assertIn('000003-big.tar: a file of this name already exists', self.commit(code=1).err)
        self.assertEqual(foreign.read_text(), 'mine')
        foreign.unlink()
        self.commit()
        self.mirror(self.rows, folder=self.single)
        self.assertEqual(self.snapshot(), self.snapshot(self.single))

    def test_neither_the_list_nor_the_place_of_the_folder_matters_after_planning(self):
        self.mirror(self.rows[:2])
        self.make_plan(self.rows)
        (self.directory / 'list.csv').unlink()
        self.folder = self.folder.rename(self.directory / 'moved')
        self.parts(2)
        self.commit()
        self.check_whole()

    def test_an_archive_that_two_divisions_made_is_there_if_one_has_it(self):
        self.make_plan(self.rows)
        self.parts(2)
        self.part('2/3')
        (self.shard_folder('2/3') / self.archives(self.shard_folder('2/3'))[-1]).unlink()
        self.commit()

    def test_a_ledger_whose_last_entry_is_cut_is_no_obstacle_to_several_commits(self):
        self.mirror(self.rows[:2])
        with open(self.folder / '.ace-dt/ledger', 'ab') as ledger:
            ledger.write(b'archive "0000')
        self.make_plan(self.rows)
        self.part('1/3')
        self.commit(code=3)
        self.part('2/3')

    @servers.needs('strace')
    def test_what_an_interrupted_commit_has_moved_is_not_fetched_again(self):
        self.make_plan(self.rows)
        self.part('1/1')
        self.prefix = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=rename:signal=KILL:when=3']
        self.ace_dt('commit', self.plan, self.folder, code=-signal.SIGKILL)
        self.prefix = []
        self.source.forget_requests()
        self.part('1/1')
        self.assertEqual(self.source.requests('/blobs/'), [])

    def test_a_shard_runs_in_its_own_folder_beside_one_of_another_plan(self):
        self.make_plan(self.rows[:4])
        self.parts(2)
        self.make_plan(self.rows)
        self.parts(2)
        self.commit()
        self.mirror(self.rows, folder=self.single)
        self.assertEqual(self.snapshot(), self.snapshot(self.single))


class Auto(planning.Sharded):

    def test_a_scheduler_says_which_shard_it_is(self):
        self.make_plan(self.rows, '--shards', '2')
        slurm = {'SLURM_ARRAY_TASK_COUNT': '2', 'SLURM_ARRAY_TASK_MIN': '0', 'SLURM_ARRAY_TASK_STEP': '1'}
        self.environment.update(slurm, SLURM_ARRAY_TASK_ID='0')
        self.part('auto')
        for name in (*slurm, 'SLURM_ARRAY_TASK_ID'):
            del self.environment[name]
        self.environment['JOB_COMPLETION_INDEX'] = '1'
        self.part('auto')
        self.assertEqual(sorted(path.name for path in self.shard_folder('1/2').parent.iterdir()), ['1-of-2', '2-of-2'])
        self.environment['JOB_COMPLETION_INDEX'] = '2'
        self.assertIn('JOB_COMPLETION_INDEX is 2', self.part('auto', code=2).err)
        del self.environment['JOB_COMPLETION_INDEX']
        self.commit()
        self.mirror(self.rows, folder=self.single)
        self.check_same_folder(self.single)

    def test_the_number_of_shards_comes_from_the_scheduler_or_a_flag(self):
        self.make_plan(self.rows)
        self.environment['JOB_COMPLETION_INDEX'] = '0'
        self.assertIn('add --shards N', self.part('auto', code=2).err)
        self.part('auto', '--shards', '5')
        self.assertEqual(self.shard_folder('1/5').name, '1-of-5')


if __name__ == '__main__':
    support.main()
