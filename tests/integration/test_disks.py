"""Disks that are full, and disks that fail."""

import os
import shutil

import servers
import support
from content import image, noise


class Disks(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        images = [image(noise(3_000_000, i), noise(2000, -i)) for i in range(1, 4)]
        self.rows = [(f'n{i}', self.source.push(f'a/n{i}', one)) for i, one in enumerate(images, 1)]

    def on_disk_of(self, size, then, *options):
        self.prefix = support.on_tmpfs(self.folder, size, then)
        result = self.run_mirror(self.rows, *options)
        self.prefix = []
        return result

    def check_that_it_goes_on(self, *options):
        self.mirror(self.rows, *options)
        self.mirror(self.rows, *options, folder=self.directory / 'undisturbed')
        self.assertEqual(self.snapshot(), self.snapshot(self.directory / 'undisturbed'))
        self.check_folder()


@support.needs_mounts
class Full(Disks):
    """On a file system of few megabytes, in a mount namespace of its own."""

    def test_too_little_room_is_seen_before_the_first_blob(self):
        result = self.on_disk_of('5m', '')
        self.assertEqual(result.code, 8, result.text)
        self.assertRegex(result.err, r'(?m)^Error: .*: 9\.0 MB is needed for the next 3 artifacts, but only [0-9.]+ MB is free$')
        self.assertEqual(self.source.requests('/blobs/', 'GET'), [])

    def check_that_more_room_helps(self, *options):
        copied = self.directory / 'copied'
        more = (f'mount -o remount,size=50m {self.folder}; echo again; "$@" && cp -r {self.folder} {copied};')
        result = self.on_disk_of('5m', f'cat {self.folder}/record-keeping.csv; ' + more, *options)
        self.assertEqual(result.code, 8, result.text)
        first, _, second = result.out.partition('again\n')
        self.assertNotIn('000003-n3.tar', first)
        self.assertIn('Completed ↦ ', second)
        self.mirror(self.rows, *options, folder=self.directory / 'undisturbed')
        self.assertEqual(self.snapshot(copied), self.snapshot(self.directory / 'undisturbed'))
        return result

    def test_a_disk_that_fills_up_stops_the_run_and_with_more_room_it_goes_on(self):
        # Compressed archives are of no known size, so this is seen only when it happens.
        result = self.check_that_more_room_helps('--compression', 'zstd')
        self.assertIn('No space left on device', result.err)


@support.needs_mounts
class Small(Disks):
    """Compressed archives that are larger than the window, the disk and the window together."""

    def setUp(self):
        support.Case.setUp(self)
        self.source = self.registry()
        self.rows = [(f'n{i}', self.source.push(f'a/n{i}', image(noise(80_000_000, i)))) for i in (1, 2)]

    def check_that_it_ends(self, rows, *options):
        self.rows = rows
        result = self.on_disk_of('4m', '', *options)
        self.folder.rmdir()
        self.assertEqual(result.code, 8, result.text)
        self.assertRegex(result.err, '(?m)^Error: .*No space left on device .*: n1: ')

    def test_a_full_disk_ends_a_compressed_archive_that_is_larger_than_the_window(self):
        for compression in ('zstd', 'gzip'):
            with self.subTest(compression=compression):
                self.check_that_it_ends(self.rows[:1], '--compression', compression)

    def test_a_full_disk_ends_the_rows_that_wait_for_the_one_that_is_written(self):
        self.check_that_it_ends(self.rows, '--compression', 'zstd')


@servers.needs('strace')
class Broken(Disks):
    """Calls that fail as those of a dying disk do."""

    def setUp(self):
        super().setUp()
        if 'SANITIZED' in os.environ:
            self.skipTest('the sanitizers do not run below strace')

    def test_an_error_of_any_call_is_clear_and_the_next_run_gets_there(self):
        calls = {'pwrite64': (1, 3, 20), 'fdatasync,fsync': (1, 2, 3), 'rename,renameat2,linkat,link': (1, 2),
                 'ftruncate,fallocate': (1,)}  # write() wakes threads, and no file is written with it
        failed = 0
        for call, occasions in calls.items():
            for when in occasions:
                for error in ('EIO', 'ENOSPC'):
                    with self.subTest(call=call, when=when, error=error):
                        shutil.rmtree(self.folder, ignore_errors=True)
                        shutil.rmtree(self.directory / 'undisturbed', ignore_errors=True)
                        self.prefix = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', f'trace={call}',
                                       '-e', f'inject={call}:error={error}:when={when}']
                        result = self.run_mirror(self.rows)
                        self.prefix = []
                        if result.code != 0:
                            failed += 1
                            self.assertIn(result.code, (1, 8), result.text)
                            text = 'Input/output error' if error == 'EIO' else 'No space left on device'
                            self.assertRegex(result.err, f'(?m)^Error: .*{text}')
                        self.check_that_it_goes_on()
        self.assertGreater(failed, 8)


if __name__ == '__main__':
    support.main()
