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


class Killed(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry('--latency', '1', '--rate', '60MB')
        shared, large = noise(400_000, 'shared'), noise(15_000_000, 'large')
        images = {'first': image(shared, noise(5_000, 1)), 'second': image(large, shared, noise(70_000, 2)),
                  'third': image(noise(9_000_000, 3), large), 'fourth': image(*(noise(20_000, i) for i in range(10, 30)))}
        self.rows = [(name, self.source.push('a/' + name, one)) for name, one in images.items()]

    def torture(self, *options, runs):
        """Each of `runs` is killed at a random moment, some before they do anything, and some after they are done."""
        chance = random.Random(SEED)
        undisturbed = self.directory / 'undisturbed'
        begin = time.monotonic()
        self.mirror(self.rows, *options, folder=undisturbed)
        duration = time.monotonic() - begin
        wanted, killed, gone_on = self.snapshot(undisturbed), 0, 0
        for number in range(runs):
            with self.subTest(run=number):
                self.folder = self.directory / 'sync'
                for _ in range(chance.randint(1, 3)):
                    with self.mirroring(self.rows, *options) as run:
                        try:
                            run.wait(timeout=chance.uniform(0, 1.1 * duration))
                        except Exception:  # it goes on: now it is killed
                            killed += 1
                        run.kill()
                        run.wait()
                    self.check_what_is_there(wanted)
                gone_on += any((self.folder / '.ace-dt/partial').glob('*'))
                self.mirror(self.rows, *options)
                self.assertEqual(self.snapshot(), wanted)
                self.assertEqual(list((self.folder / '.ace-dt/partial').iterdir()), [])
                shutil.rmtree(self.folder)
        self.assertGreater(killed, runs // 2)
        self.assertGreater(gone_on, runs // 10)

    def check_what_is_there(self, wanted):
        """Whatever has a final name is whole; the tracker names nothing else."""
        if not self.folder.exists():
            return
        for file, digest in self.snapshot().items():
            if file != support.TRACKER:
                self.assertEqual(digest, wanted[file])
        for file in self.tracker().splitlines()[1:]:
            name = file.split(',')[0]
            self.assertIn(name, [*self.archives(), ''], 'the tracker names what is not there')

    def test_at_any_moment_with_plain_archives(self):
        self.torture(runs=KILLED // 2)

    @servers.needs('zstd')
    def test_at_any_moment_with_compressed_archives(self):
        self.torture('--compression', 'zstd', '--compression-level', '1', runs=KILLED // 2)

    def stop_in_the_midst_of_a_blob(self, *options):
        large = noise(40_000_000, 'huge')
        rows = [('huge', self.source.push('a/huge', image(large)))]
        with self.mirroring(rows, *options) as run:
            servers.wait_until(lambda: self.source.stats()['bytes_sent'] > 25_000_000, '25 MB')
            run.kill()
            run.wait()
        before = self.source.stats()['bytes_sent']
        self.mirror(rows, *options)
        return self.source.stats()['bytes_sent'] - before

    def test_what_is_there_of_a_blob_is_not_fetched_again(self):
        self.assertLess(self.stop_in_the_midst_of_a_blob(), 30_000_000)

    @servers.needs('zstd')
    def test_nor_of_one_in_a_compressed_archive(self):
        self.assertLess(self.stop_in_the_midst_of_a_blob('--compression', 'zstd', '--compression-level', '1'), 35_000_000)

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
        chance = random.Random(SEED)
        blobs = iter([noise(chance.randint(700, 3000), f'{SEED}-{i}') for i in range(self.BLOBS)])
        of_each = self.BLOBS // self.IMAGES
        return [(f'n{i}', source.push(f'a/n{i}', image(*(next(blobs) for _ in range(of_each)))))
                for i in range(self.IMAGES)]

    def test_all_is_there_in_the_end_with_at_most_1_3_times_the_requests(self):
        source = self.registry()
        rows = self.push(source)
        source.forget_requests()
        self.mirror(rows, folder=self.directory / 'undisturbed')
        undisturbed = len(source.requests())
        source.forget_requests()
        chance = random.Random(SEED)
        rules = []
        for i in range(2 * undisturbed):  # by the number of the request, whatever it is for
            fault = chance.choice(self.FAULTS) if chance.random() < 0.2 else None
            rules.append(f'* * 1 {fault}' if fault else '* * 1 pass')
        source.fault(*rules)
        self.mirror(rows, '--stall-timeout', '300ms')
        self.assertEqual(self.snapshot(), self.snapshot(self.directory / 'undisturbed'))
        made = len(source.requests())
        faults = sum(not rule.endswith('pass') for rule in rules[:made])
        self.assertGreater(faults, made // 7)
        self.assertLessEqual(made, 1.3 * undisturbed, f'{made} requests, {undisturbed} without faults')

    def test_a_blob_that_is_cut_at_90_percent_costs_at_most_2_percent_more(self):
        source = self.registry()
        for size in (100_000, 9_000_000, 40_000_000):
            with self.subTest(size=size):
                one = noise(size, f'cut {size}')
                rows = [(f's{size}', source.push('a/cut', image(one), tag=f's{size}'))]
                before = source.stats()['bytes_sent']
                source.fault(f'GET */blobs/{one.digest} 1 cut {min(size, 8 << 20) * 9 // 10}')
                self.mirror(rows)
                self.assertLess(source.stats()['bytes_sent'] - before, 1.02 * size + 10_000)


if __name__ == '__main__':
    support.main()
