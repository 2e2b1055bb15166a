#!/usr/bin/env python3
"""What a run costs, in counts that are the same on every machine: requests, bytes received and written, memory."""

import os
import pathlib
import subprocess
import unittest

import support

MIB = 1 << 20
PIECE = 8 * MIB  # the least that a large blob is fetched in


class Economy(support.Case):

    def serve(self, corpus):
        """A registry with made-up images; the rows of all of them."""
        listing = self.directory / 'made.csv'
        self.source = self.registry('--corpus', corpus, '--write-list', str(listing))
        return listing.read_text()

    def cost(self, rows, *options):
        """Of a run: what the registry saw, and the bytes that the program gave to write()."""
        before = self.source.stats()
        process = subprocess.Popen(self.command(rows, ['--quiet', *options], None), env=self.environment)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # its counters can still be read
        counters = pathlib.Path(f'/proc/{process.pid}/io').read_text()
        self.assertEqual(process.wait(), 0)
        after = self.source.stats()
        cost = {name: after[name] - before[name] for name in after}
        cost['written'] = int(counters.split('wchar: ')[1].split()[0])
        return cost

    def size(self):
        return sum((self.folder / file).stat().st_size for file in self.archives())

    def test_small_blobs_cost_a_request_each_and_no_byte_twice(self):
        rows = self.serve('small:artifacts=40,blobs=20,size=4kB,seed=1')
        cost = self.cost(rows)
        greeting = 1
        configs = 40
        self.assertEqual(cost['requests'], greeting + 2 * 40 + configs + 40 * 20)
        self.assertLess(cost['body_bytes_sent'], self.size())
        self.assertLess(cost['connections'], 64 + 8)

    def test_a_large_blob_costs_a_request_for_each_8_MiB_at_most_and_no_byte_twice(self):
        rows = self.serve('large:artifacts=1,blobs=3,size=40MB,seed=1')
        for options in ([], ['--connections', '1'], ['--compression', 'zstd']):
            with self.subTest(options=options):
                piece = PIECE if '--compression' not in options else MIB
                cost = self.cost(rows, *options)
                self.assertLessEqual(cost['requests'], 4 + 3 * (-(-40_000_000 // piece)))
                self.assertLess(cost['body_bytes_sent'], 1.001 * 3 * 40_000_000)
                for file in self.archives():
                    (self.folder / file).unlink()
                (self.folder / support.TRACKER).unlink()

    def test_what_is_written_is_the_archives_and_next_to_nothing_else(self):
        rows = self.serve('large:artifacts=2,blobs=2,size=20MB,seed=1')
        for options in ([], ['--compression', 'zstd'], ['--compression', 'gzip']):
            with self.subTest(options=options):
                self.folder = self.directory / '-'.join(['sync', *options])
                cost = self.cost(rows, *options)
                self.assertLess(cost['written'], 1.02 * self.size())

    @unittest.skipIf(os.environ.get('SANITIZED'), 'a sanitizer takes memory of its own')
    def test_memory_has_a_bound_whatever_the_size_of_blobs(self):
        for corpus in ('tiny:artifacts=20,blobs=100,size=1kB,seed=1', 'huge:artifacts=1,blobs=4,size=100MB,seed=1'):
            rows = self.serve(corpus)
            for most, options in ((64, []), (160, ['--compression', 'zstd']), (160, ['--compression', 'gzip'])):
                with self.subTest(corpus=corpus, options=options):
                    self.folder = self.directory / '-'.join([corpus[:4], *options])
                    processors = max(0, len(os.sched_getaffinity(0)) - 2)  # beyond two, each has stacks and a compressor
                    # Stacks count in full, and a slow disk has more threads that sync: they are small here.
                    self.prefix = ['prlimit', f'--data={(most + 32 * processors) * MIB}', f'--stack={MIB}']
                    self.mirror(rows, *options)


if __name__ == '__main__':
    support.main()
