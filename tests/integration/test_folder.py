"""The sync folder: numbers, the tracker, and runs that are cut short or meet one another."""

import json
import os
import shutil
import signal
import subprocess

import servers
import support
from content import image, index, noise

HEADER = 'sync_name,artifact,digest\n'


class Listed(support.Case):

    def test_the_archives_of_a_folder_are_listed_without_a_change(self):
        source, shared = self.registry(), noise(1000, 'shared')
        images = {name: image(shared, noise(10, name)) for name in ('a', 'b')}
        rows = [(name, source.push('a/' + name, one)) for name, one in images.items()]
        self.mirror(rows)
        before = sorted((path, path.stat().st_mtime_ns) for path in self.folder.rglob('*'))
        command = [os.environ['ACE_DT'], 'mirror', 'ls', self.folder]
        listed = subprocess.run([*command, '-o', 'json'], env=self.environment, check=True, capture_output=True, text=True)
        self.assertEqual(json.loads(listed.stdout), [
            {'number': number, 'name': name, 'archive': f'00000{number}-{name}.tar', 'reference': artifact,
             'digest': images[name].digest, 'size': (self.folder / f'00000{number}-{name}.tar').stat().st_size,
             'tracked': True, 'needs': ['000001-a.tar'] if name == 'b' else []}
            for number, (name, artifact) in enumerate(rows, 1)])
        shutil.rmtree(self.folder / '.ace-dt')  # then the archives say what they need
        again = subprocess.run([*command, '--output', 'json'], env=self.environment, check=True, capture_output=True, text=True)
        self.assertEqual(again.stdout, listed.stdout)
        self.assertFalse((self.folder / '.ace-dt').exists())
        self.assertTrue(set(before) >= {(path, path.stat().st_mtime_ns) for path in self.folder.rglob('*')})


class NumbersAndTracker(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.image = image(noise(100, 1))
        self.one = self.source.push('a/one', self.image)
        self.two = self.source.push('a/two', image(noise(100, 2)))
        self.source.forget_requests()

    def given(self, tracker, *files):
        self.folder.mkdir()
        (self.folder / support.TRACKER).write_text(tracker)
        for file in files:
            shutil.copy(self.directory / 'made/000001-made.tar', self.folder / file)

    def make_an_archive(self):
        self.mirror([('made', self.one)], folder=self.directory / 'made')
        self.source.forget_requests()

    def test_a_row_has_the_archive_the_artifact_as_written_and_its_digest(self):
        self.mirror([('tools', self.one)])
        self.assertEqual(self.tracker(), f'{HEADER}000001-tools.tar,{self.one},{self.image.digest}\n')

    def test_what_the_tracker_has_is_skipped_without_a_request(self):
        self.given(f'{HEADER}000004-tools.tar,{self.one},{self.image.digest}\n')
        self.mirror([('tools', self.one)])
        self.assertEqual(self.source.requests(), [])
        self.assertEqual(self.archives(), [])

    def test_the_same_name_with_another_artifact_is_a_new_version(self):
        self.mirror([('tools', self.one)])
        self.mirror([('tools', self.two)])
        self.mirror([('tools', self.one)])  # this artifact is known, whatever came between
        self.assertEqual(self.archives(), ['000001-tools.tar', '000002-tools.tar'])

    def test_numbers_go_on_behind_the_highest_in_the_tracker(self):
        self.given(f'{HEADER}000005-a.tar,{self.one},{self.image.digest}\n'
                   f'000002-b.tar,{self.one},{self.image.digest}\n')
        self.mirror([('c', self.two)])
        self.assertEqual(self.archives(), ['000006-c.tar'])

    def test_numbers_go_on_behind_the_highest_of_the_files(self):
        self.make_an_archive()
        self.given(HEADER, '000001-a.tar', '000009-b.tar')
        self.mirror([('c', self.two)])
        self.assertEqual(self.archives(), ['000001-a.tar', '000009-b.tar', '000010-c.tar'])

    def test_numbers_may_have_more_than_six_digits(self):
        self.given(f'{HEADER}999999-a.tar,{self.one},{self.image.digest}\n')
        self.mirror([('c', self.two)])
        self.assertEqual(self.done(), ['999999-a.tar', '1000000-c.tar'])

    def test_a_tracker_without_header_and_last_line_end_is_continued(self):
        self.given(f'000003-dev-tools.tar,{self.one},{self.image.digest}')
        self.mirror([('dev-tools', self.one), ('v1.2', self.two)])
        self.assertEqual(self.tracker().splitlines()[0], f'000003-dev-tools.tar,{self.one},{self.image.digest}')
        self.assertRegex(self.tracker().splitlines()[1], '^000004-v1.2.tar,')
        self.assertEqual(self.archives(), ['000004-v1.2.tar'])

    def test_a_tracker_that_cannot_be_read_is_refused_with_its_line(self):
        for row in ('tools', 'tools.tar,x,y', '000001-tools.tar', '"000001-tools.tar,x'):
            with self.subTest(row=row):
                shutil.rmtree(self.folder, ignore_errors=True)
                self.given(f'{HEADER}{row}\n')
                self.assertRegex(self.refused([('tools', self.one)]), r'record-keeping\.csv:2: ')
                self.assertEqual(self.source.requests(), [])

    def test_the_tracker_may_have_another_name(self):
        for _ in range(2):
            self.mirror([('tools', self.one)], '--tracker-filename', 'done.csv')
        self.assertEqual(self.tracker('done.csv'), f'{HEADER}000001-tools.tar,{self.one},{self.image.digest}\n')
        self.assertFalse((self.folder / support.TRACKER).exists())

    def test_the_tracker_may_have_any_ending_or_lie_in_a_folder_there(self):
        self.folder.mkdir()
        self.assertRegex(self.refused([('a', self.one)], '--tracker-filename', 'lists/done', code=2), 'there is no folder ')
        (self.folder / 'lists').mkdir()
        for name, warned in (('done.txt', True), ('lists/done', False)):
            for _ in range(2):
                result = self.mirror([(name.replace('/', '_'), self.one)], '--tracker-filename', name)
                self.assertEqual('batch-deserialize will stop at the tracker' in result.text, warned)
            self.assertEqual(self.tracker(name).count(self.one), 1)
        for name in ('../done.csv', '.ace-dt/ledger', '000001-a.tar'):
            self.refused([('a', self.one)], '--tracker-filename', name, code=2)

    def test_what_the_reference_will_stop_at_is_named(self):
        self.assertNotIn('will stop at', self.mirror([('a', self.one)]).text)
        (self.folder / 'notes').mkdir()
        for name in ('notes/README.md', 'more.csv'):
            (self.folder / name).touch()
        self.assertNotIn('will stop at', self.mirror([('a', self.one)]).text)
        (self.folder / 'README.md').touch()
        (self.folder / 'report.json').touch()
        self.assertIn('will stop at "README.md" and 1 more files', self.mirror([('a', self.one)]).text)

    def test_rows_with_short_numbers_count(self):
        self.given(f'{HEADER}0-base.tar,{self.one},{self.image.digest}\n1-tools.tar,{self.two},\n')
        self.mirror([('base', self.one), ('tools', self.two), ('new', self.one)])
        self.assertEqual(self.archives(), ['000002-new.tar'])

    def test_a_number_that_leaves_no_room_for_others_is_refused_with_its_line(self):
        for number, code in (('18446744073709551614', 2), ('1000000000', 2), ('999999999', 2)):
            shutil.rmtree(self.folder, ignore_errors=True)
            self.given(f'{HEADER}{number}-x.tar,{self.one},{self.image.digest}\n')
            error = self.refused([('tools', self.one)], code=code)
            self.assertRegex(error, 'numbers are left' if number == '999999999' else r'record-keeping\.csv:2: ')
            self.assertIn('hint: ', error)

    def test_a_number_is_not_used_again_even_if_everything_was_deleted(self):
        self.mirror([('tools', self.one)])
        for file in (support.TRACKER, '000001-tools.tar'):
            (self.folder / file).unlink()
        self.mirror([('tools', self.one)])
        self.assertEqual(self.archives(), ['000002-tools.tar'])

    def test_what_is_no_ordinary_file_never_blocks(self):
        self.mirror([('tools', self.one)])
        for name in (support.TRACKER, '.ace-dt/ledger', '.ace-dt/lock', '.ace-dt/commit'):
            with self.subTest(name=name):
                before = (self.folder / name).read_bytes() if (self.folder / name).exists() else None
                (self.folder / name).unlink(missing_ok=True)
                os.mkfifo(self.folder / name)
                self.assertIn(name, self.refused([('new', self.two)]))
                (self.folder / name).unlink()
                if before is not None:
                    (self.folder / name).write_bytes(before)
        os.mkfifo(self.folder / '000005-x.tar')
        self.mirror([('new', self.two)])
        self.assertEqual(self.done(), ['000001-tools.tar', '000002-new.tar'])

    def test_a_missing_tracker_does_not_make_archives_be_overwritten(self):
        self.mirror([('tools', self.one)])
        before = self.snapshot()['000001-tools.tar']
        (self.folder / support.TRACKER).unlink()
        self.mirror([('tools', self.one)])
        self.assertEqual(self.snapshot()['000001-tools.tar'], before)
        self.assertEqual(self.done(), ['000002-tools.tar'])
        self.check_folder()

    def test_only_archives_and_tables_lie_in_the_folder_beside_what_is_the_programs_own(self):
        rows = [(f'n{i}', self.one) for i in range(5)]
        self.mirror(rows)
        self.refused([*rows, ('gone', self.one + 'x')])
        self.assertEqual({path.name for path in self.folder.iterdir()},
                         {*self.archives(), support.TRACKER, '.ace-dt'})
        self.assertEqual(list((self.folder / '.ace-dt/partial').iterdir()), [])

    def test_files_of_others_in_the_folder_are_left_alone(self):
        self.folder.mkdir()
        others = {'README': 'x', 'successful-syncs.csv': 'filename,artifact,timestamp\n', 'notes-1.txt': 'y'}
        for name, text in others.items():
            (self.folder / name).write_text(text)
        self.mirror([('tools', self.one)])
        self.assertEqual({name: (self.folder / name).read_text() for name in others}, others)
        self.assertEqual(self.done(), ['000001-tools.tar'])


class RunsThatAreCutShort(support.Case):
    """The second of three artifacts is stopped in the midst of a blob."""

    SIZE = 3_000_000
    STALL = 500_000  # within the first piece, however the blob is cut

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        shared = noise(200_000, 'shared')
        self.big = noise(self.SIZE, 'big')
        images = {'first': image(shared), 'second': image(shared, self.big, noise(300, 2)), 'third': image(self.big)}
        self.rows = [(name, self.source.push('a/' + name, one)) for name, one in images.items()]

    def stalled(self, *options):
        self.source.fault(f'GET */blobs/{self.big.digest} * stall {self.STALL}')
        return self.mirroring(self.rows, *options)

    def wait_for_the_midst(self):
        servers.wait_until(lambda: len(self.done()) == 1, 'the first row of the tracker')
        servers.wait_until(lambda: self.big.digest in self.source.blobs_asked_for(), 'a request for the large blob')

    def check_that_it_goes_on(self, *options):
        self.source.heal()
        self.source.forget_requests()
        self.mirror(self.rows, *options)
        asked = self.source.blobs_asked_for()
        self.mirror(self.rows, *options, folder=self.directory / 'undisturbed')
        self.assertEqual(self.snapshot(), self.snapshot(self.directory / 'undisturbed'))
        self.check_folder()
        return asked

    def check_kill(self, *options):
        with self.stalled(*options) as run:
            self.wait_for_the_midst()
            self.assertIsNone(run.poll())
            run.kill()
            run.wait()
        self.assertEqual(self.archives(), self.done())
        asked = self.check_that_it_goes_on(*options)
        stored_before = self.read(self.archives()[0]).blobs.keys()
        self.assertEqual(stored_before & asked.keys(), set())

    def test_a_run_that_was_killed_is_completed_by_the_next_as_if_nothing_had_been(self):
        self.check_kill()

    @servers.needs('zstd')
    def test_so_is_one_with_zstd_archives(self):
        self.check_kill('--compression', 'zstd')

    @servers.needs('gzip')
    def test_so_is_one_with_gzip_archives(self):
        self.check_kill('--compression', 'gzip')

    def check_signal(self, number, code):
        with self.stalled() as run:
            self.wait_for_the_midst()
            run.send_signal(number)
            out, err = run.communicate(timeout=servers.LONG_ENOUGH)
        self.assertEqual(run.returncode, code, err)
        self.assertIn(b'hint: run the same command again', err)
        self.assertEqual(self.archives(), ['000001-first.tar'])
        self.assertEqual(self.done(), ['000001-first.tar'])
        self.check_that_it_goes_on()

    def test_an_interrupt_ends_it_with_130_and_nothing_half_made_under_a_final_name(self):
        self.check_signal(signal.SIGINT, 130)

    def test_a_request_to_terminate_ends_it_with_143_and_nothing_half_made(self):
        self.check_signal(signal.SIGTERM, 143)

    def test_an_interrupt_ends_it_too_while_manifests_are_still_waited_for(self):
        artifact = self.source.push('a/index', index(*(image(noise(100, i)) for i in range(5))))
        self.source.fault('GET */manifests/sha256:* * hang')
        with self.mirroring([('all', artifact), *self.rows]) as run:
            servers.wait_until(lambda: self.source.requests('/manifests/sha256:', 'GET'), 'a request for a manifest')
            run.send_signal(signal.SIGINT)
            _, err = run.communicate(timeout=servers.LONG_ENOUGH)
        self.assertEqual(run.returncode, 130, err)
        self.check_that_it_goes_on()

    def test_a_second_run_in_the_same_folder_is_refused_while_the_first_goes_on(self):
        with self.stalled():
            self.wait_for_the_midst()
            before = self.snapshot()
            error = self.refused(self.rows)
            self.assertIn('another process is using this folder', error)
            self.assertIn('hint: ', error)
            self.assertEqual(self.snapshot(), before)
        self.check_that_it_goes_on()

    def test_runs_that_are_killed_at_any_request_are_completed_in_the_end(self):
        self.source.fault('* * * delay 20')
        for requests in range(1, 30, 3):
            self.source.forget_requests()
            with self.mirroring(self.rows, '--connections', '2') as run:
                servers.wait_until(lambda: run.poll() is not None or len(self.source.requests()) >= requests,
                                   f'{requests} requests')
                run.kill()
                run.wait()
        self.check_that_it_goes_on()

    def test_a_disk_without_room_stops_the_run_and_with_more_room_it_goes_on(self):
        self.prefix = ['sh', '-c', 'trap "" XFSZ; ulimit -f 2000; exec "$@"', 'sh']  # files of 1 MB at most
        error = self.refused(self.rows)
        self.assertRegex(error, r'\.ace-dt/partial/.*\.tar: File too large .*list\.csv:3: second: ')
        self.assertEqual(self.done(), ['000001-first.tar'])
        self.prefix = []
        self.check_that_it_goes_on()

    def test_a_file_where_the_next_archive_belongs_is_not_overwritten(self):
        self.folder.mkdir()
        target = self.folder / '000001-first.tar'
        os.symlink('elsewhere', target)
        error = self.refused(self.rows)
        self.assertIn('000001-first.tar: a file of this name already exists', error)
        self.assertTrue(target.is_symlink())


if __name__ == '__main__':
    support.main()
