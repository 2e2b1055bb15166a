"""Runs that are killed wherever it hurts, and registries that fail one request in five: in the end all is as if nothing
had been."""

import os
import random
import shutil
import time

import servers
import support
from content import image, noise

KILLED = 30 if 'SANITIZED' in os.environ else 200
SEED = 20261125
FASTEST = ('--compression-level', '1')


def read_whole(partial, chance):
    """As a backup and a virus scanner do."""
    for file in partial.iterdir():
        file.read_bytes()


def touch(partial, chance):
    for file in partial.iterdir():
        os.utime(file)


def delete(partial, chance):
    chance.choice(sorted(partial.iterdir())).unlink()


def delete_all(partial, chance):
    for file in partial.iterdir():
        file.unlink()


def truncate(partial, chance):
    file = chance.choice(sorted(partial.iterdir()))
    os.truncate(file, chance.randint(0, file.stat().st_size))


def damage(partial, chance):
    file = chance.choice(sorted(partial.iterdir()))
    with open(file, 'r+b') as archive:
        for _ in range(20):
            archive.seek(chance.randint(0, file.stat().st_size))
            archive.write(b'\xff\x00 not what was there')


class Killed(support.Case):

    def setUp(self):
        super().setUp()
        self.killed = self.gone_on = 0
        self.source = self.registry('--latency', '1', '--rate', '60MB')
        shared, large = noise(400_000, 'shared'), noise(15_000_000, 'large')
        images = {'first': image(shared, noise(5_000, 1)), 'second': image(large, shared, noise(70_000, 2)),
                  'third': image(noise(9_000_000, 3), large), 'fourth': image(*(noise(20_000, i) for i in range(10, 30)))}
        self.rows = [(name, self.source.push('a/' + name, one)) for name, one in images.items()]
        signature = image(noise(300_000, 'signature'), subject=images['third'], artifactType='application/vnd.example')
        self.source.push('a/third', signature, signature.digest)

    def torture(self, *options, runs, between=()):
        """Each of `runs` is killed at a random moment, some before they do anything, and some after they are done. Then
        one of `between` happens to what is under way."""
        chance = random.Random(SEED)
        undisturbed = self.directory / 'undisturbed'
        begin = time.monotonic()
        self.mirror(self.rows, *options, folder=undisturbed)
        duration = time.monotonic() - begin
        wanted, killed, gone_on = self.snapshot(undisturbed), 0, 0
        for number in range(runs):
            with self.subTest(options=options, run=number):
                self.folder = self.directory / 'sync'
                partial = self.folder / '.ace-dt/partial'
                for _ in range(chance.randint(1, 3)):
                    with self.mirroring(self.rows, *options) as run:
                        try:
                            run.wait(timeout=chance.uniform(0, 1.1 * duration))
                        except Exception:  # it goes on: now it is killed
                            killed += 1
                        run.kill()
                        run.wait()
                    self.check_what_is_there(wanted)
                    if between and any(partial.glob('*')):
                        chance.choice(between)(partial, chance)
                gone_on += any(partial.glob('*'))
                self.mirror(self.rows, *options)
                self.assertEqual(self.snapshot(), wanted)
                self.assertEqual(list(partial.iterdir()), [])
                shutil.rmtree(self.folder)
        shutil.rmtree(undisturbed)
        self.killed += killed
        self.gone_on += gone_on

    def check_that_it_hurt(self, runs):
        if 'SANITIZED' in os.environ:
            return  # too few runs to count on it
        self.assertGreater(self.killed, runs // 2)
        self.assertGreater(self.gone_on, runs // 10)

    def check_what_is_there(self, wanted):
        """Whatever has a final name is whole; the tracker names nothing else."""
        if not self.folder.exists():
            return
        for file, digest in self.snapshot().items():
            if file != support.TRACKER:
                self.assertEqual(digest, wanted[file])
        for file in self.tracker().splitlines()[1:]:
            name = file.split(',')[0]
            there = name in [*self.archives(), ''] or (self.folder / f'{name}.001').exists()
            self.assertTrue(there, f'the tracker names {name}, which is not there')

    def test_at_any_moment_with_plain_archives(self):
        self.torture(runs=KILLED // 4)
        self.check_that_it_hurt(KILLED // 4)

    @servers.needs('zstd')
    def test_at_any_moment_with_compressed_archives(self):
        self.torture('--compression', 'zstd', *FASTEST, runs=KILLED // 4)
        self.check_that_it_hurt(KILLED // 4)

    @servers.needs('zstd', 'gzip')
    def test_at_any_moment_in_any_mode_with_what_is_under_way_read_touched_deleted_or_damaged(self):
        modes = ((), ('--compression', 'zstd', *FASTEST), ('--compression', 'gzip', *FASTEST), ('-r',),
                 ('--dedup', 'name'), ('--dedup', 'none'), ('--keep-going',), ('--split', '100kB'),
                 ('--split', '1MB', '--compression', 'zstd', *FASTEST),
                 ('-r', '--dedup', 'none', '--keep-going', '--compression', 'zstd', *FASTEST))
        runs = KILLED // 2 // len(modes)
        for options in modes:
            self.torture(*options, runs=runs, between=(read_whole, touch, delete, delete_all, truncate, damage))
        self.check_that_it_hurt(runs * len(modes))

    @servers.needs('strace')
    def test_what_is_damaged_after_a_crash_in_the_midst_of_a_commit_is_found(self):
        if 'SANITIZED' in os.environ:
            self.skipTest('the sanitizers do not run below strace')
        for compression in ('none', 'zstd'):
            options = ('--compression', compression)
            self.mirror(self.rows[:1], *options, folder=self.directory / compression)
            for what in (b'index.json', b'imageLayoutVersion', None):
                with self.subTest(compression=compression, what=what):
                    self.prefix = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=renameat2:signal=KILL:when=1']
                    self.run_mirror(self.rows[:1], *options)
                    self.prefix = []
                    self.assertTrue((self.folder / '.ace-dt/commit').exists())
                    [partial] = [file for file in (self.folder / '.ace-dt/partial').iterdir()
                                 if file.name.endswith(support.ARCHIVES)]
                    data = bytearray(partial.read_bytes())
                    at = data.find(what) if what else -1
                    data[at if at >= 0 else len(data) // 2] ^= 1
                    partial.write_bytes(data)
                    self.mirror(self.rows[:1], *options)
                    self.assertEqual(self.snapshot(), self.snapshot(self.directory / compression))
                    shutil.rmtree(self.folder)

    def stop_in_the_midst_of_a_blob(self, *options, meanwhile=lambda file: None):
        """How much is fetched by the run after it. `meanwhile`: what becomes of each file in partial/."""
        if 'SANITIZED' in os.environ:
            self.skipTest('how much is there at that moment is another thing where all is slower')
        rows = [('huge', self.source.push('a/huge', image(noise(40_000_000, 'huge'))))]

        def sent():
            return self.source.stats()['body_bytes_sent']
        before = sent()
        with self.mirroring(rows, *options) as run:
            servers.wait_until(lambda: sent() - before > 25_000_000, '25 MB')
            run.kill()
            run.wait()
        for file in (self.folder / '.ace-dt/partial').iterdir():
            meanwhile(file)
        before = sent()
        result = self.mirror(rows, *options)
        fetched = sent() - before
        if fetched < 40_000_000:
            self.assertRegex(result.out, r'Completed ↦ .*; [0-9.]+ MB recovered from an interrupted run')
        self.mirror(rows, *options, folder=self.directory / 'undisturbed')
        self.assertEqual(self.snapshot(), self.snapshot(self.directory / 'undisturbed'))
        return fetched

    def test_what_is_there_of_a_blob_is_not_fetched_again(self):
        self.assertLess(self.stop_in_the_midst_of_a_blob(), 30_000_000)

    @servers.needs('zstd')
    def test_nor_of_one_in_a_compressed_archive(self):
        self.assertLess(self.stop_in_the_midst_of_a_blob(  # one connection: frames are filled in their order
            '--compression', 'zstd', '--compression-level', '1', '--connections', '1'), 30_000_000)

    def test_nor_if_a_backup_has_read_the_partial_archive(self):
        self.assertLess(self.stop_in_the_midst_of_a_blob(meanwhile=lambda file: file.read_bytes()), 30_000_000)

    def test_a_record_that_says_too_much_costs_no_more_than_the_blob(self):
        def claim_all(file):
            if file.suffix == '.written':
                file.write_text(f'{0:020} {40_000_000:020}\n')
        self.assertLess(self.stop_in_the_midst_of_a_blob(meanwhile=claim_all), 45_000_000)

    @servers.needs('zstd', 'gzip')
    def test_damage_of_what_is_written_anew_is_found_too(self):
        damaged = []

        def damage(file):  # a frame that is stored as it is, without a checksum
            content = file.read_bytes()
            if b'"imageLayoutVersion":"1.0.0"' in content:
                damaged.append(file)
                file.write_bytes(content.replace(b'"imageLayoutVersion":"1.0.0"', b'"imageLayoutVersion":"1.0.1"'))
        for compression in ('zstd', 'gzip'):
            with self.subTest(compression=compression):
                self.folder = self.directory / compression
                shutil.rmtree(self.directory / 'undisturbed', ignore_errors=True)
                self.stop_in_the_midst_of_a_blob('--compression', compression, '--connections', '1', meanwhile=damage)
                self.assertEqual(len(damaged), 1, damaged)
                damaged.clear()

    def test_what_an_interrupted_run_left_is_checked_before_it_counts(self):
        for options in ([], ['--compression', 'zstd', '--compression-level', '1']):
            with self.subTest(options=options):
                self.folder = self.directory / ('sync' + ''.join(options))
                with self.mirroring(self.rows, *options) as run:
                    partial = self.folder / '.ace-dt/partial'
                    servers.wait_until(lambda: sum(file.stat().st_blocks for file in partial.glob('*')) > 20_000, '10 MB')
                    run.kill()
                    run.wait()
                for file in partial.iterdir():
                    if file.suffix != '.frames':
                        with open(file, 'r+b') as archive:
                            for offset in range(4_000_000, file.stat().st_size, 1_000_000):
                                archive.seek(offset)
                                archive.write(b'\xff\x00 not what was there')
                self.mirror(self.rows, *options)
                self.mirror(self.rows, *options, folder=self.directory / ('clean' + ''.join(options)))
                self.assertEqual(self.snapshot(), self.snapshot(self.directory / ('clean' + ''.join(options))))


class Failing(support.Case):
    """One request in five, over 2000 blobs."""

    BLOBS, IMAGES = 2000, 40
    FAULTS = ('status 500', 'status 502', 'status 503 retry-after 0', 'status 429 retry-after 0', 'reset 300', 'cut 500',
              'cut 0', 'stall 200', 'flip 10', 'header Content-Range bytes 7-9/10', 'delay 150', 'drop')

    def push(self, source):
        """The rows, and all that is in them."""
        chance = random.Random(SEED)
        blobs = [noise(chance.randint(700, 3000), f'{SEED}-{i}') for i in range(self.BLOBS)]
        of_each = self.BLOBS // self.IMAGES
        images = [image(*blobs[i * of_each:(i + 1) * of_each]) for i in range(self.IMAGES)]
        rows = [(f'n{i}', source.push(f'a/n{i}', one)) for i, one in enumerate(images)]
        return rows, {content.digest for one in images for content in one.walk()}

    def faults_of(self, digest):
        """Of the requests for it: one in five, wherever it hurts; wrong bytes once only, as the specification has it."""
        chance = random.Random(f'{SEED}{digest}')
        while chance.random() < 0.2:
            fault = chance.choice(self.FAULTS)
            yield f'GET */{digest} 1 {fault}'
            if fault in ('flip 10', 'cut 0', 'drop'):
                return

    def test_all_is_there_in_the_end_with_at_most_1_3_times_the_requests(self):
        source = self.registry()
        rows, digests = self.push(source)
        source.forget_requests()
        self.mirror(rows, folder=self.directory / 'undisturbed')
        undisturbed = len(source.requests())
        source.forget_requests()
        rules = [rule for digest in sorted(digests) for rule in self.faults_of(digest)]
        self.assertGreater(len(rules), undisturbed / 6)
        source.fault(*rules)
        self.mirror(rows, '--stall-timeout', '300ms')
        self.assertEqual(self.snapshot(), self.snapshot(self.directory / 'undisturbed'))
        made = len(source.requests())
        self.assertGreater(made, undisturbed + len(rules) / 2)
        self.assertLessEqual(made, 1.3 * undisturbed, f'{made} requests, {undisturbed} without faults')

    def test_a_blob_that_is_cut_at_90_percent_costs_at_most_2_percent_more(self):
        source = self.registry()
        for size in (100_000, 9_000_000, 40_000_000):
            with self.subTest(size=size):
                one = noise(size, f'cut {size}')
                rows = [(f's{size}', source.push('a/cut', image(one), tag=f's{size}'))]
                before = source.stats()['body_bytes_sent']
                source.fault(f'GET */blobs/{one.digest} 1 cut {min(size, 8 << 20) * 9 // 10}')
                self.mirror(rows)
                self.assertLess(source.stats()['body_bytes_sent'] - before, 1.02 * size + 10_000)


if __name__ == '__main__':
    support.main()
