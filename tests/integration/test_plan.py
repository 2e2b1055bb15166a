"""The plan of a run: shown by --dry-run, and kept in a file by `mirror plan`."""

import hashlib
import os
import re
import shutil
import subprocess

import planning
import servers
import support
from content import image, index, noise
from planning import bytes_of_blobs, state_of


class Planned(planning.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.base, self.large = noise(400_000, 'base'), noise(13_000_000, 'large')
        self.images = {'tools': image(self.base, noise(30_000, 1)), 'more': image(self.large, self.base, noise(5_000, 2)),
                       'tools2': image(noise(20_000, 3), self.large)}
        self.images['all'] = index(*self.images.values())
        self.rows = [(name, self.source.push('a/' + name, one)) for name, one in self.images.items()]
        self.rows.append(('next', self.source.push('a/next', image(self.base, noise(40_000, 4)))))
        self.missing = ('gone', f'{self.source.host}/a/gone:v1')

    def check_numbers(self, rows, *options, code=0):
        """A run fetches and writes what a dry run says. Returns what that said."""
        before = state_of(self.folder)
        self.source.forget_requests()
        said = self.dry_run(rows, *options, code=code)
        self.assertEqual(self.source.requests('/blobs/'), [])
        self.assertEqual(state_of(self.folder), before)
        self.source.forget_requests()
        self.assertEqual(self.run_mirror(rows, *options).code, code)
        self.assertEqual(bytes_of_blobs(self.source), said['totals']['fetch'])
        made = [row for row in said['rows'] if row['state'] in ('todo', 'rebuild')]
        for row in made:
            size = (self.folder / row['archive']).stat().st_size
            if '--compression' in options:
                self.assertLessEqual(size, row['size'])
            else:
                self.assertEqual(size, row['size'])
            self.assertIn(f'{row["archive"]},{row["artifact"]},{row["digest"]}', self.tracker().splitlines())
        totals = {name: sum(row[name] for row in said['rows']) for name in ('fetch', 'shared', 'size', 'requests')}
        self.assertEqual({name: said['totals'][name] for name in totals}, totals)
        self.assertEqual(said['totals']['todo'], len(made))
        self.assertEqual(said['totals']['done'] + said['totals']['failed'], len(said['rows']) - len(made))
        return said


class DryRun(Planned):

    def test_it_asks_for_manifests_only_and_writes_nothing(self):
        before = sorted(self.directory.iterdir())
        self.source.forget_requests()
        said = self.dry_run(self.rows)
        self.assertEqual(self.source.requests('/blobs/'), [])
        self.assertTrue(self.source.requests('/manifests/'))
        self.assertEqual(sorted(self.directory.iterdir()), sorted([*before, self.directory / 'list.csv']))
        self.assertEqual([(row['name'], row['artifact'], row['line']) for row in said['rows']],
                         [(*row, line) for line, row in enumerate(self.rows, 2)])

    def test_each_row_has_its_numbers(self):
        first, second, third, *_ = self.dry_run(self.rows[:3])['rows']
        tools, more, tools2 = (self.images[name] for name in ('tools', 'more', 'tools2'))
        held = set()
        for row, root, archive in ((first, tools, '000001-tools.tar'), (second, more, '000002-more.tar'),
                                   (third, tools2, '000003-tools2.tar')):
            own = [one for one in root.children if one.digest not in held]
            fetched, whole = (sum(len(one.data) for one in some) for some in (own, root.children))
            self.assertEqual((row['state'], row['digest'], row['archive']), ('todo', root.digest, archive))
            self.assertEqual((row['fetch'], row['shared']), (fetched, whole - fetched))
            self.assertEqual(row['requests'], 2 + len(own))
            self.assertGreater(row['size'], fetched)
            held |= {one.digest for one in own}

    def test_a_run_makes_as_many_requests_as_it_says_if_no_blob_comes_in_pieces(self):
        rows = [(f'n{i}', self.source.push(f'b/{i}', image(self.base, noise(5_000, f'small {i}')))) for i in range(10)]
        said = self.dry_run(rows)
        self.source.forget_requests()
        self.mirror(rows)
        self.assertEqual(said['totals']['requests'], len(self.source.requests('/(manifests|blobs)/')))

    def test_a_run_fetches_and_writes_exactly_what_it_says(self):
        for options in ((), ('--dedup', 'name'), ('--dedup', 'none'), ('-r',), ('--manifest-json',)):
            with self.subTest(options=options):
                self.folder = self.directory / ('sync' + ''.join(options))
                self.check_numbers(self.rows, *options)

    def test_a_compressed_archive_is_not_larger_than_it_says(self):
        for options in (('--compression', 'zstd', '--compression-level', '1'), ('--compression', 'gzip')):
            with self.subTest(options=options):
                self.folder = self.directory / ('sync' + ''.join(options))
                self.check_numbers(self.rows, *options)

    def test_referrers_are_in_the_numbers(self):
        signature = image(noise(70_000, 'signature'), subject=self.images['tools'], artifactType='application/vnd.example')
        self.source.push('a/tools', signature, signature.digest)
        said = self.check_numbers(self.rows, '-r')
        self.assertGreater(said['rows'][0]['fetch'], 400_000 + 30_000 + 70_000)
        self.assertEqual(said['rows'][0]['archive'], '000001-tools.tar')

    def test_rows_that_are_done_are_shown_as_such(self):
        for options in ((), ('--dedup', 'none'), ('--dedup', 'name')):
            with self.subTest(options=options):
                self.folder = self.directory / ('sync' + ''.join(options))
                self.mirror(self.rows[:2], *options)
                said = self.check_numbers(self.rows, *options)
                self.assertEqual([row['state'] for row in said['rows']], ['done'] * 2 + ['todo'] * 3)
                done = said['rows'][0]
                self.assertEqual((done['archive'], done['digest'], done['fetch'], done['size'], done['requests']),
                                 ('000001-tools.tar', self.images['tools'].digest, 0, 0, 0))
                self.source.forget_requests()
                self.assertEqual(self.dry_run(self.rows, *options)['totals']['todo'], 0)
                self.assertEqual(self.source.requests(), [])

    def test_it_counts_archives_that_the_ledger_does_not_know_and_does_not_write_them_down(self):
        self.mirror(self.rows[:2])
        (self.folder / '.ace-dt/ledger').unlink()
        self.check_numbers(self.rows)

    def test_a_row_that_fails_is_shown_with_keep_going(self):
        rows = [self.rows[0], self.missing, *self.rows[1:]]
        said = self.check_numbers(rows, '--keep-going', code=3)
        failed = said['rows'][-1]
        self.assertEqual((failed['state'], failed['name'], failed['line'], failed['archive'], failed['digest']),
                         ('failed', 'gone', 3, None, None))
        self.assertIn('a/gone', failed['problem'])
        self.assertEqual(said['totals']['failed'], 1)

    def test_without_keep_going_it_ends_as_the_run_would(self):
        self.assertIn('list.csv:3: gone', self.refused([self.rows[0], self.missing], '--dry-run', code=5))
        self.assertFalse(self.folder.exists())

    def test_a_lost_archive_is_shown_as_one_to_rebuild(self):
        self.mirror(self.rows)
        with open(self.folder / '000001-tools.tar', 'r+b') as archive:
            archive.truncate(1000)
        said = self.check_numbers(self.rows)
        self.assertEqual([(row['state'], row['archive'], row['line']) for row in said['rows'] if row['state'] != 'done'],
                         [('rebuild', '000001-tools.tar', None)])

    def test_a_dropped_row_is_not_shown_but_warned_of(self):
        rows = [self.rows[0], self.rows[1], self.rows[0]]
        result = self.run_mirror(rows, '--dry-run', '-o', 'json')
        self.assertIn('row dropped', result.err)
        self.assertEqual([row['line'] for row in self.dry_run(rows)['rows']], [3, 4])

    def test_it_says_how_long_a_run_takes_at_a_rate_and_how_much_space_is_free(self):
        totals = self.dry_run(self.rows, '--max-rate', '1MB')['totals']
        self.assertEqual(totals['seconds'], round(totals['fetch'] / 1_000_000))
        self.assertEqual(self.dry_run(self.rows)['totals']['seconds'], None)
        disk = os.statvfs(self.directory)
        self.assertLess(abs(totals['free'] - disk.f_bavail * disk.f_frsize), 1 << 30)
        self.assertIn('free space: ', self.mirror(self.rows, '--dry-run').out)

    def test_it_says_what_an_interrupted_run_left(self):
        self.source.fault(f'GET */blobs/{self.large.digest} * stall 500000')
        with self.mirroring(self.rows):
            partial = self.folder / '.ace-dt/partial'
            servers.wait_until(lambda: sum(file.stat().st_blocks for file in partial.glob('*.tar')), 'a partial archive')
        self.assertGreater(self.dry_run(self.rows)['totals']['partial'], 0)

    @support.needs_mounts
    def test_a_folder_that_cannot_be_written_to_is_no_obstacle(self):
        self.mirror(self.rows[:2])
        wanted = self.dry_run(self.rows)
        script = f'mount --bind {self.folder} {self.folder} && mount -o remount,bind,ro {self.folder} && exec "$@"'
        self.prefix = ['unshare', '-m', '-r', 'sh', '-c', script, 'sh']
        said = self.dry_run(self.rows)
        self.assertEqual(said['rows'], wanted['rows'])
        self.assertNotEqual(self.run_mirror(self.rows).code, 0)

    def test_it_works_while_a_run_uses_the_folder(self):
        self.source.fault(f'GET */blobs/{self.large.digest} * stall 500000')
        with self.mirroring(self.rows):
            servers.wait_until(lambda: len(self.done()) == 1, 'the first row of the tracker')
            servers.wait_until(lambda: self.large.digest in self.source.blobs_asked_for(), 'a request for the large blob')
            self.refused(self.rows, code=10)
            said = self.dry_run(self.rows)
            self.assertEqual([row['state'] for row in said['rows']], ['done'] + ['todo'] * 4)

    def test_it_does_not_guess_while_a_commit_is_under_way(self):
        self.mirror(self.rows[:1])
        self.write(self.folder / '.ace-dt/commit', '')
        error = self.refused(self.rows, '--dry-run', code=10)
        self.assertIn('a commit is under way', error)
        self.mirror(self.rows[:1])
        self.dry_run(self.rows)

    def test_the_table_says_the_same(self):
        self.mirror(self.rows[:1])
        lines = self.mirror(self.rows, '--dry-run').out.splitlines()
        self.assertEqual(lines[0].split(), 'STATE FETCH SHARED SIZE REQUESTS ARCHIVE ARTIFACT DIGEST'.split())
        self.assertEqual([line.split()[0] for line in lines[1:6]], ['done', 'todo', 'todo', 'todo', 'todo'])
        self.assertIn('4 archives to make, 1 row done, 0 failed', lines)

    def test_it_refuses_a_format_that_it_does_not_know(self):
        self.assertIn('--output', self.refused(self.rows, '--dry-run', '-o', 'yaml', code=2))


class PlanFile(Planned):

    def text(self):
        return subprocess.run(['zstd', '-dcq', self.plan], check=True, capture_output=True).stdout

    def rewrite(self, text):
        self.plan.write_bytes(subprocess.run(['zstd', '-cq'], input=text, check=True, capture_output=True).stdout)

    def rewrite_whole(self, text):
        """With the right digest at its end."""
        text = text[:text.rindex(b'digest ')]
        self.rewrite(text + b'digest sha256:' + hashlib.sha256(text).hexdigest().encode() + b'\n')

    def refuse_plan(self, code, wanted):
        """Everything that reads it does, and changes nothing."""
        folder = self.directory / 'fresh'
        for words in (('plan', '--show', self.plan), ('plan', '--show', self.plan, '-o', 'json'),
                      self.part_command('1/2', folder=folder)[2:], ('commit', self.plan, folder)):
            with self.subTest(words=words[0]):
                self.assertRegex(self.ace_dt(*words, code=code).err, f'(?m)^Error: .*{wanted}')
                if words[0] != 'commit':  # see test_a_commit_of_a_damaged_plan_creates_nothing
                    self.assertFalse(folder.exists())
        shutil.rmtree(folder, ignore_errors=True)

    def test_it_has_the_numbers_of_a_dry_run_and_fetches_no_blob(self):
        for options in ((), ('-r', '--dedup', 'none'), ('--compression', 'zstd')):
            with self.subTest(options=options):
                self.source.forget_requests()
                said = self.make_plan(self.rows, *options)
                self.assertEqual(self.source.requests('/blobs/'), [])
                self.assertFalse(self.folder.exists())
                self.assertEqual(said['rows'], self.dry_run(self.rows, *options)['rows'])

    def test_it_says_what_is_to_do(self):
        result = self.execute(self.plan_command(self.rows, '--shards', '3', '--max-rate', '1MB'))
        self.assertRegex(result.out, r'5 archives to make, 0 rows done, 0 failed\n(.*\n)*shards: 3\n')
        self.assertEqual(self.shown()['totals']['shards'], 3)
        self.assertEqual(self.dry_run(self.rows)['totals']['shards'], None)
        self.assertIn('shards: 3', self.ace_dt('plan', '--show', self.plan).out)

    def test_it_includes_rows_that_are_done(self):
        self.mirror(self.rows[:2])
        self.assertEqual([row['state'] for row in self.make_plan(self.rows)['rows']], ['done'] * 2 + ['todo'] * 3)

    def test_the_same_list_and_folder_make_the_same_plan(self):
        self.mirror(self.rows[:1])
        self.make_plan(self.rows, '-r')
        for way in ('--connections', '1'), ():
            self.make_plan(self.rows, '-r', *way, plan=self.directory / 'again.plan')
            self.assertEqual((self.directory / 'again.plan').read_bytes(), self.plan.read_bytes())

    def test_a_new_plan_replaces_an_old_one_and_leaves_nothing_beside_it(self):
        self.make_plan(self.rows[:1])
        self.make_plan(self.rows)
        self.assertEqual(len(self.shown()['rows']), 5)
        self.assertEqual([path.name for path in self.directory.glob('list.plan*')], ['list.plan'])

    def test_a_plan_that_fails_leaves_the_old_one(self):
        self.make_plan(self.rows[:1])
        before = self.plan.read_bytes()
        self.assertRegex(self.make_plan([*self.rows, self.missing], code=5).err, 'list.csv:7: gone')
        self.assertEqual(self.plan.read_bytes(), before)
        self.assertEqual([path.name for path in self.directory.glob('list.plan*')], ['list.plan'])

    def test_it_may_not_replace_what_a_run_needs(self):
        self.mirror(self.rows[:1])
        before = state_of(self.folder)
        for plan, wanted in ((self.directory / 'list.csv', 'is the list'), (self.folder / support.TRACKER, 'is the tracker'),
                             (self.folder / '000001-tools.tar', 'has the name of an archive'),
                             (self.folder / '.ace-dt/ledger', 'is in .ace-dt')):
            with self.subTest(plan=plan.name):
                self.assertIn(wanted, self.make_plan(self.rows, plan=plan, code=2).err)
        self.assertEqual(state_of(self.folder), before)
        self.mirror(self.rows)

    def test_a_device_is_not_replaced(self):
        pipe = self.directory / 'pipe'
        os.mkfifo(pipe)
        self.execute(self.plan_command(self.rows, plan=pipe))
        self.assertTrue(pipe.is_fifo())

    def test_a_failed_row_is_in_the_plan_and_the_commit_reports_it(self):
        rows = [self.rows[0], self.missing, self.rows[1]]
        said = self.make_plan(rows, '--keep-going', code=3)
        self.assertEqual([row['state'] for row in said['rows']], ['todo', 'todo', 'failed'])
        self.parts(2)
        result = self.commit(code=3)
        self.assertIn('committed 2 archives', result.out)
        self.assertRegex(result.err, r'Error: 404 Not Found.*not in the plan: .*a/gone')
        self.assertEqual(self.done(), ['000001-tools.tar', '000002-more.tar'])
        self.assertEqual(self.run_mirror(rows, '--keep-going', folder=self.directory / 'single').code, 3)
        self.check_same_folder(self.directory / 'single')

    def test_a_folder_with_a_lost_archive_is_not_planned_for(self):
        self.mirror(self.rows[:3])
        with open(self.folder / '000001-tools.tar', 'r+b') as archive:
            archive.truncate(1000)
        result = self.make_plan(self.rows, code=2)
        self.assertRegex(result.err, r'000001-tools\.tar is damaged.*: a plan cannot include it\nhint: run mirror batch')
        self.assertFalse(self.plan.exists())
        self.mirror(self.rows[:3])
        self.make_plan(self.rows)

    def test_one_that_is_cut_anywhere_is_refused(self):
        self.make_plan(self.rows)
        whole = self.plan.read_bytes()
        for size in (0, 3, 100, len(whole) // 2, len(whole) - 1):
            with self.subTest(size=size):
                self.plan.write_bytes(whole[:size])
                self.refuse_plan(9, 'the plan is damaged or incomplete')
        for size in range(0, len(whole), max(1, len(whole) // 60)):
            with self.subTest(size=size):
                self.plan.write_bytes(whole[:size])
                self.ace_dt('plan', '--show', self.plan, code=9)

    @servers.needs('zstd')
    def test_one_whose_text_is_cut_anywhere_is_refused(self):
        self.make_plan(self.rows)
        text = self.text()
        for size in range(0, len(text), max(1, len(text) // 60)):
            with self.subTest(size=size):
                self.rewrite(text[:size])
                self.ace_dt('plan', '--show', self.plan, code=9)

    def test_one_with_a_wrong_byte_is_refused(self):
        self.make_plan(self.rows)
        whole = self.plan.read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 100)):
            with self.subTest(at=at):
                self.plan.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1:])
                result = self.execute([os.environ['ACE_DT'], 'mirror', 'plan', '--show', self.plan])
                # A few bits of the header of a frame mean nothing: then the text is still right.
                self.assertIn(result.code, (0, 9), result.text)
                if result.code == 0 and shutil.which('zstd'):
                    damaged = self.text()
                    self.plan.write_bytes(whole)
                    self.assertEqual(damaged, self.text())

    @servers.needs('zstd')
    def test_one_with_a_wrong_character_is_refused(self):
        self.make_plan(self.rows)
        text = self.text()
        for at in range(1, len(text), max(1, len(text) // 60)):
            with self.subTest(at=at):
                self.rewrite(text[:at] + bytes([text[at] ^ 1]) + text[at + 1:])
                result = self.execute([os.environ['ACE_DT'], 'mirror', 'plan', '--show', self.plan])
                self.assertIn(result.code, (2, 9) if at < 20 else (9,), result.text)
        self.rewrite(text + b'more\n')
        self.refuse_plan(9, 'the plan is damaged or incomplete')

    def test_a_commit_of_a_damaged_plan_creates_nothing(self):
        self.make_plan(self.rows)
        self.rewrite(self.text()[:-100])
        self.commit(code=9)
        self.assertFalse(self.folder.exists())

    def test_what_is_no_plan_is_refused(self):
        for content in (b'name,artifact\n', b'\0' * 5_000, os.urandom(100_000)):
            self.plan.write_bytes(content)
            self.refuse_plan(9, '')
        self.plan.unlink()
        self.refuse_plan(1, 'list.plan')

    @servers.needs('zstd')
    def test_text_that_is_no_plan_and_a_plan_of_another_version_are_told_apart(self):
        self.make_plan(self.rows)
        text = self.text()
        self.rewrite(text.replace(b'ace-dt plan 2\n', b'ace-dt plan 3\n'))
        self.refuse_plan(2, 'this version of plans is unknown')
        self.rewrite(b'name,artifact\n')
        self.refuse_plan(9, 'this is not a plan')

    @servers.needs('zstd')
    def test_a_plan_of_another_ace_dt_is_not_carried_out(self):
        self.make_plan(self.rows)
        self.rewrite_whole(re.sub(b'\nversion .*\n', b'\nversion "0.0.1"\n', self.text(), count=1))
        self.shown()
        self.assertIn('was made by ace-dt 0.0.1', self.part('1/2', code=2).err)
        self.assertFalse(self.folder.exists())

    def test_one_of_out_and_show_is_wanted(self):
        self.assertIn('--out or --show is required', self.ace_dt('plan', 'list.csv', self.folder, code=2).err)
        self.assertIn('--out and --show exclude each other', self.ace_dt('plan', '--out', 'x', '--show', 'y', code=2).err)
        self.assertIn('BATCH-LIST is required', self.ace_dt('plan', '--out', self.plan, code=2).err)
        for number in ('0', '-1', 'x', '10001'):
            self.assertIn('--shards', self.make_plan(self.rows, '--shards', number, code=2).err)
        self.assertFalse(self.plan.exists())

    def test_it_works_while_a_run_uses_the_folder(self):
        self.source.fault(f'GET */blobs/{self.large.digest} * stall 500000')
        with self.mirroring(self.rows):
            servers.wait_until(lambda: len(self.done()) == 1, 'the first row of the tracker')
            self.assertEqual(self.make_plan(self.rows)['totals']['done'], 1)


if __name__ == '__main__':
    support.main()
