"""Limits of the system: memory, threads, open files; signals while something hangs; starts that fail."""

import json
import os
import shutil
import signal
import unittest

import servers
import support
from content import image, noise

GIB = 1 << 30
COMPRESSED = '--compression', 'zstd'
unlimited_address_space = unittest.skipIf('SANITIZED' in os.environ, 'sanitizers need all addresses that there are')


class Limits(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        images = [image(noise(600_000, i), noise(2000, -i)) for i in range(1, 4)]
        self.rows = [(f'n{i}', self.source.push(f'a/n{i}', one)) for i, one in enumerate(images, 1)]
        self.environment['MALLOC_ARENA_MAX'] = '1'  # else each thread reserves 64 MiB of addresses

    def run_with(self, *limits, options=()):
        """A run that ends in time, well or with one error. Its exit code."""
        self.prefix = ['prlimit', *limits]
        result = self.run_mirror(self.rows, *options)
        self.prefix = []
        errors = [line for line in result.err.splitlines() if line.startswith('Error: ')]
        self.assertEqual((result.code != 0, len(errors)), (result.code in (1, 2), result.code != 0), result.text)
        return result

    def codes_at(self, limits, options):
        """The exit codes of runs at these limits; after each, one without a limit makes the folder whole."""
        undisturbed = self.directory / 'undisturbed'
        shutil.rmtree(undisturbed, ignore_errors=True)
        self.mirror(self.rows, *options, folder=undisturbed)
        codes = []
        for limit in limits:
            with self.subTest(limit=limit, options=options):
                shutil.rmtree(self.folder, ignore_errors=True)
                codes.append(self.run_with(*limit, options=options).code)
                self.mirror(self.rows, *options)
                self.assertEqual(self.snapshot(), self.snapshot(undisturbed))
        return codes


@unlimited_address_space
@servers.needs('prlimit')
class Memory(Limits):

    def test_with_too_little_memory_a_run_ends_with_one_error(self):
        for options in ((), COMPRESSED):
            codes = self.codes_at([[f'--as={mebibytes << 20}'] for mebibytes in range(24, 200, 20)], options)
            self.assertEqual(set(codes), {0, 1})

    def test_with_too_few_threads_a_run_ends_with_one_error(self):
        # Stacks are so large that the address space has room for a few of them only.
        for options in ((), COMPRESSED):
            limits = [[f'--stack={4 * GIB}', f'--as={4 * GIB * threads + 2 * GIB}'] for threads in range(10)]
            codes = self.codes_at(limits, options)
            self.assertEqual(sorted(codes, reverse=True), codes)
            self.assertEqual(set(codes), {0, 1})


@servers.needs('prlimit')
class OpenFiles(Limits):

    def test_with_few_files_a_run_has_fewer_connections_and_says_so(self):
        for options in ((), COMPRESSED):
            result = self.run_with('--nofile=200', options=('--connections', '1000', *options))
            self.assertRegex(result.text, r'room for [0-9]+ connections instead of 1000')
            self.assertEqual(result.code, 0)
            self.check_folder()
            shutil.rmtree(self.folder)

    def test_with_too_few_files_a_run_does_not_begin(self):
        result = self.run_with('--nofile=16')
        self.assertEqual(result.code, 2)
        self.assertIn('ulimit -n', result.err)
        self.assertFalse(self.folder.exists())

    def test_many_rows_and_blobs_fit_in_few_files(self):
        shared = [noise(2000, f's{i}') for i in range(60)]
        self.rows = [(f'n{i}', self.source.push(f'b/n{i}', image(noise(100, f'b{i}'), *shared))) for i in range(120)]
        for options in ((), COMPRESSED):
            result = self.run_with('--nofile=100', options=('--dedup', 'none', *options))
            self.assertEqual(result.code, 0, result.text)
            self.assertEqual(len(self.archives()), 120)
            shutil.rmtree(self.folder)


class Start(Limits):

    def test_a_start_that_fails_removes_nothing_and_reports_no_row(self):
        self.mirror(self.rows[:1])
        kept = self.folder / '.ace-dt' / 'partial' / 'kept'
        kept.write_text('of an earlier run')
        broken = self.write('login.json', '{"auths":')
        for options, environment in ((['--ca-file', 'mistyped.pem'], {}), (['--memory', '1MiB'], {}),
                                     ([], {'REGISTRY_AUTH_FILE': str(broken)})):
            with self.subTest(options=options, environment=environment):
                before = dict(self.environment)
                self.environment.update(environment)
                result = self.run_mirror(self.rows, *options, '--report', 'report.json')
                self.environment = before
                self.assertIn(result.code, (1, 2, 4), result.text)
                self.assertNotIn('Started', result.out)
                self.assertNotIn('Completed', result.out)
                report = json.loads((self.directory / 'report.json').read_text())
                self.assertEqual((report['rows'], report['exit_status']), ([], result.code))
                self.assertEqual(kept.read_text(), 'of an earlier run')
        self.mirror(self.rows)
        self.assertFalse(kept.exists())


SILENT_RESOLVER = """
import fcntl, os, socket, struct, sys
control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(control, 0x8914, struct.pack('16sH14s', b'lo', 1, bytes(14)))  # SIOCSIFFLAGS: IFF_UP
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(('127.0.0.1', 53))
silent.set_inheritable(True)  # answers nothing
with open('resolv.conf', 'w') as file:
    file.write('nameserver 127.0.0.1\\noptions timeout:30 attempts:5\\n')
os.execvp('sh', ['sh', '-c', 'mount --bind resolv.conf /etc/resolv.conf && exec "$@"', 'sh', *sys.argv[1:]])
"""


@support.needs_mounts
class Signals(Limits):

    def test_a_signal_ends_a_run_whose_resolver_hangs(self):
        self.prefix = ['unshare', '-m', '-n', '-r', 'python3', '-c', SILENT_RESOLVER]
        with self.mirroring([('one', 'registry.example.com/a/b:v1')]) as run:
            servers.wait_until(lambda: (self.folder / '.ace-dt' / 'lock').exists(), 'the begin of the run')
            servers.wait_until(lambda: asks_resolver(run.pid), 'a question to the resolver')
            run.send_signal(signal.SIGINT)
            _, err = run.communicate(timeout=5)  # what the user may count on
        self.assertEqual(run.returncode, 130)
        self.assertEqual(err.decode().count('Error: interrupted'), 1, err.decode())


def asks_resolver(pid):
    """Whether the process has a UDP socket that is connected to port 53."""
    with open(f'/proc/{pid}/net/udp') as table:
        port = ':%04X ' % 53
        return any(port in line.split(':', 2)[2] for line in table.readlines()[1:])


if __name__ == '__main__':
    support.main()
