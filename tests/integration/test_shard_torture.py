"""Shards and commits are killed at any point, several at a time. The folder must end equal to that of a single run."""

import os
import random
import shutil
import signal
import subprocess
import time

import planning
import servers
import support

SEED = 20261128
FASTEST = ('--compression', 'zstd', '--compression-level', '1')


class Killed(planning.Sharded):

    @servers.needs('strace')
    def test_a_commit_that_is_killed_anywhere_is_completed_by_the_next(self):
        if 'SANITIZED' in os.environ:
            self.skipTest('the sanitizers do not run below strace')
        self.rows = [row for row in self.rows if row[0] in ('tools', 'text', 'n1', 'n2')]
        self.make_plan(self.rows)
        prepared, elsewhere = self.directory / 'prepared', self.on_another_file_system()
        self.parts(2, folder=prepared)
        self.mirror(self.rows, folder=self.single)
        command = [os.environ['ACE_DT'], 'mirror', 'commit', self.plan, self.folder]
        for is_elsewhere in (False, True):
            for calls in ('rename,renameat2', 'fsync,fdatasync', 'pwrite64,pwritev,write', 'unlink,unlinkat,rmdir'):
                for when in range(1, 60, 4 if 'write' in calls else 2):
                    with self.subTest(calls=calls, when=when, is_elsewhere=is_elsewhere):
                        shutil.rmtree(self.folder, ignore_errors=True)
                        shutil.copytree(prepared, self.folder)
                        if is_elsewhere:
                            for old in elsewhere.iterdir():
                                shutil.rmtree(old)
                            for new in (self.folder / '.ace-dt/shards').iterdir():
                                shutil.move(new, elsewhere)
                            (self.folder / '.ace-dt/shards').rmdir()
                            (self.folder / '.ace-dt/shards').symlink_to(elsewhere)
                        inject = f'inject={calls}:signal=KILL:when={when}'
                        result = self.execute(['strace', '-f', '-qq', '-o', '/dev/null', '-e', inject, *command])
                        self.assertIn(result.code, (0, -signal.SIGKILL), result.text)
                        self.commit()
                        self.check_same_folder(self.single)
                    if result.code == 0:
                        break


class Torture(planning.Sharded):

    registry_options = ('--latency', '1', '--rate', '60MB')
    ROUNDS = 2 if 'SANITIZED' in os.environ else 5

    def killed(self, commands, chance, longest):
        """Runs them at once, and kills each at a random moment."""
        runs = [subprocess.Popen(command, env=self.environment, cwd=self.directory, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL) for command in commands]
        for run in runs:
            try:
                run.wait(timeout=chance.uniform(0, longest))
            except subprocess.TimeoutExpired:
                run.kill()
                run.wait()

    def torture(self, *options):
        chance = random.Random(f'{SEED}{options}')
        begin = time.monotonic()
        self.mirror(self.rows, *options, folder=self.single)
        longest = 1.1 * (time.monotonic() - begin)
        self.make_plan(self.rows, *options)
        commit = [os.environ['ACE_DT'], 'mirror', 'commit', self.plan, self.folder]
        for number in range(self.ROUNDS):
            with self.subTest(options=options, round=number):
                count = chance.choice((1, 2, 3, 4))
                shards = [f'{index}/{count}' for index in range(1, count + 1)]
                keep_going = chance.choice(((), ('--keep-going',)))
                for _ in range(4):
                    some = chance.sample(shards, chance.randint(1, count))
                    self.killed([self.part_command(shard) for shard in some], chance, longest)
                    for _ in range(chance.choice((0, 1, 2))):
                        self.killed([[*commit, *keep_going]], chance, 0.05)
                self.assertIn(self.execute([*commit, *keep_going]).code, (0, 3))
                for shard in chance.sample(shards, count):
                    self.part(shard)
                self.commit()
                self.check_same_but_for_order()
                if not keep_going:
                    self.check_same_folder(self.single)
                shutil.rmtree(self.folder)

    def test_plain_archives(self):
        self.torture()

    @servers.needs('zstd')
    def test_compressed_archives(self):
        self.torture(*FASTEST)

    def test_complete_archives(self):
        self.torture('--dedup', 'none')


if __name__ == '__main__':
    support.main()
