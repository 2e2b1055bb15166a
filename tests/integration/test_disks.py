"""Disks that are full, and disks that fail."""

import os
import shutil
import subprocess

import servers
import support
from content import image, noise


class Disks(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        images = [image(noise(3_000_000, i), noise(2000, -i)) for i in range(1, 4)]
        self.rows = [(f'n{i}', self.source.push(f'a/n{i}', one)) for i, one in enumerate(images, 1)]

    def check_that_it_goes_on(self, *options):
        self.mirror(self.rows, *options)
        self.mirror(self.rows, *options, folder=self.directory / 'undisturbed')
        self.assertEqual(self.snapshot(), self.snapshot(self.directory / 'undisturbed'))
        self.check_folder()


class Full(Disks):
    """On a file system of few megabytes, in a mount namespace of its own."""

    def on_disk_of(self, size, then, *options):
        """Runs there, and `then` with more room; the folder's names and what was said."""
        self.folder.mkdir()
        script = (f'mount -t tmpfs -o size={size} tmpfs {self.folder} && '
                  '"$@"; code=$?; ls -R -A sync; cat sync/record-keeping.csv; '
                  f'{then} exit $code')
        self.prefix = ['unshare', '-m', '-r', 'sh', '-c', script, 'sh']
        result = self.run_mirror(self.rows, *options)
        self.prefix = []
        return result

    def setUp(self):
        super().setUp()
        if subprocess.run(['unshare', '-m', '-r', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], capture_output=True).returncode:
            self.skipTest('no file system can be mounted here')

    def test_too_little_room_is_seen_before_the_first_blob(self):
        result = self.on_disk_of('5m', '')
        self.assertEqual(result.code, 8, result.text)
        self.assertRegex(result.err, r'(?m)^Error: .*needs? .*9.*MB.* (are|is) there')
        self.assertRegex(result.err, '(?m)^hint: ')
        self.assertEqual([one for one in self.source.requests('/blobs/')], [])

    def test_a_disk_that_fills_up_stops_the_run_and_with_more_room_it_goes_on(self):
        # Compressed archives are of no known size, so this is seen only when it happens.
        again = (f'mount -o remount,size=50m {self.folder}; echo again; "$@" && ls sync; '
                 f'cp -r sync {self.directory}/copied;')
        result = self.on_disk_of('5m', again, '--compression', 'zstd')
        self.assertEqual(result.code, 8, result.text)
        self.assertRegex(result.err, r'No space left on device')
        first, _, second = result.out.partition('\nagain\n')
        self.assertIn('000001-n1.tar.zst,', first)
        self.assertNotIn('000003-n3.tar.zst,', first)
        self.assertIn('000003-n3.tar.zst', second)
        self.mirror(self.rows, '--compression', 'zstd', folder=self.directory / 'undisturbed')
        self.assertEqual(self.snapshot(self.directory / 'copied'), self.snapshot(self.directory / 'undisturbed'))

    def test_whatever_call_meets_a_full_disk_the_next_run_gets_there(self):
        for options in ([], ['--compression', 'zstd']):
            with self.subTest(options=options):
                shutil.rmtree(self.folder, ignore_errors=True)
                filler = f'rm -f sync/filler; "$@" || exit 99; cp -r sync {self.directory}/copied{len(options)};'
                self.folder.mkdir()
                script = (f'mount -t tmpfs -o size=20m tmpfs {self.folder} && head -c 15000000 /dev/zero > sync/filler; '
                          f'"$@"; code=$?; {filler} exit $code')
                self.prefix = ['unshare', '-m', '-r', 'sh', '-c', script, 'sh']
                result = self.run_mirror(self.rows, *options)
                self.prefix = []
                self.assertEqual(result.code, 8, result.text)
                self.mirror(self.rows, *options, folder=self.directory / f'undisturbed{len(options)}')
                copied = self.snapshot(self.directory / f'copied{len(options)}')
                self.assertEqual(copied, self.snapshot(self.directory / f'undisturbed{len(options)}'))


@servers.needs('strace')
class Broken(Disks):
    """Calls that fail as those of a dying disk do."""

    def setUp(self):
        super().setUp()
        if 'SANITIZED' in os.environ:
            self.skipTest('the sanitizers do not run below strace')

    def test_an_error_of_any_call_is_clear_and_the_next_run_gets_there(self):
        calls = {'pwrite64': (1, 3, 20), 'fdatasync,fsync': (1, 2, 3), 'rename,renameat2,linkat,link': (1, 2),
                 'ftruncate,fallocate': (1,), 'write': (2, 5)}
        failed = 0
        for call, occasions in calls.items():
            for when in occasions:
                for error in ('EIO', 'ENOSPC'):
                    with self.subTest(call=call, when=when, error=error):
                        shutil.rmtree(self.folder, ignore_errors=True)
                        shutil.rmtree(self.directory / 'undisturbed', ignore_errors=True)
                        self.prefix = ['strace', '-f', '-qq', '-o', '/dev/null', '-P', str(self.folder),
                                       '-e', f'trace={call}', '-e', f'inject={call}:error={error}:when={when}']
                        self.prefix = [word for word in self.prefix if word not in ('-P', str(self.folder))]
                        result = self.run_mirror(self.rows)
                        self.prefix = []
                        if result.code != 0:
                            failed += 1
                            self.assertIn(result.code, (1, 8), result.text)
                            text = 'Input/output error' if error == 'EIO' else 'No space left on device'
                            self.assertRegex(result.err, f'(?m)^Error: .*{text}')
                        self.assertEqual(self.archives(), [name for name in self.archives() if name in self.done()] or
                                         self.archives())
                        self.check_that_it_goes_on()
        self.assertGreater(failed, 8)


if __name__ == '__main__':
    support.main()
