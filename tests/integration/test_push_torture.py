"""Pushes that are killed at random moments, and registries that fail one request in five: in the end, everything is there."""

import os
import random
import subprocess
import time

import servers
import support
from content import image, noise

KILLED = 15 if 'SANITIZED' in os.environ else 100
SEED = 20261127
REPOSITORY = 'high/side'


class Killed(support.Case):

    def setUp(self):
        super().setUp()
        source = self.registry()
        shared, large = noise(400_000, 'shared'), noise(5_000_000, 'large')
        self.images = {'first': image(shared, noise(5_000, 1)), 'second': image(large, shared, noise(70_000, 2)),
                       'third': image(noise(3_000_000, 3), large),
                       'fourth': image(*(noise(20_000, i) for i in range(10, 30)))}
        self.rows = [(name, source.push('a/' + name, one)) for name, one in self.images.items()]
        self.size = sum(len(one.data) for one in {one.digest: one for root in self.images.values()
                                                  for one in root.walk()}.values())
        self.chance = random.Random(SEED)

    def push_to_the_end(self, destination, *options):
        """Kills the push at random moments until it succeeds. Returns how often it was killed."""
        command = [os.environ['ACE_DT'], 'mirror', 'batch-deserialize', self.folder, f'{destination}/{REPOSITORY}',
                   '--quiet', *options]
        killed = 0
        longest = self.duration
        while True:
            process = subprocess.Popen(command, env=self.environment, cwd=self.directory, stderr=subprocess.PIPE)
            if killed < 3:
                time.sleep(self.chance.uniform(0, longest))
                process.kill()
            _, error = process.communicate()
            if process.returncode == 0:
                return killed
            self.assertEqual(process.returncode, -9, error.decode())
            killed += 1

    def check(self, *options):
        self.mirror(self.rows, *options)
        started = time.monotonic()
        self.push(f'{self.registry().host}/{REPOSITORY}')
        self.duration = time.monotonic() - started
        killed = 0
        while killed < KILLED / 2:
            for state in (self.folder / 'successful-syncs.csv', self.folder / '.ace-dt/push/journal.csv'):
                state.unlink(missing_ok=True)
            with servers.TestRegistry(self.directory) as destination:
                killed += self.push_to_the_end(destination.host)
                for name, root in self.images.items():
                    self.check_pushed(destination, REPOSITORY, root)
                    self.check_tag(destination, REPOSITORY, name, root)

    def test_a_plain_folder(self):
        self.check()

    def test_a_compressed_folder(self):
        self.check('--compression', 'zstd', '--compression-level', '1')


class Failing(support.Case):

    def test_a_registry_that_fails_one_request_in_five(self):
        source, destination = self.registry(), self.registry()
        images = {f'n{i}': image(noise(300_000, i), *(noise(3_000, f'{i}.{j}') for j in range(10))) for i in range(8)}
        self.mirror([(name, source.push('a/' + name, one)) for name, one in images.items()])
        rules = [f'* */v2/high/side/* {rule}' for rule in ('4 pass', '1 status 503', '4 pass', '1 drop')]
        destination.fault(*rules * 60)
        self.push(f'{destination.host}/{REPOSITORY}', '--retries', '30', '--retry-max-wait', '50ms')
        destination.heal()
        for name, root in images.items():
            self.check_pushed(destination, REPOSITORY, root)
            self.check_tag(destination, REPOSITORY, name, root)


if __name__ == '__main__':
    support.main()
