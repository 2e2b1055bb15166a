#!/usr/bin/env python3
"""Measures ace-dt against the limit: a raw-socket program that fetches, hashes and writes the same bytes.

Both run in turn, several times, against one registry on loopback. What counts is the ratio of the two medians' wall times
and the peak of resident memory; seconds alone say more about the machine.

usage: bench.py --registry PROGRAM --ace-dt PROGRAM --limit PROGRAM [--runs N] [--connections N] [--json FILE] WORK...
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

CORPORA = {
    'large': 'large:artifacts=1,blobs=12,size=100MB,seed=1',
    'small': 'small:artifacts=400,blobs=20,size=4kB,seed=1',
}


class Registry:
    """The test registry, with made-up images."""

    def __init__(self, program, folder, corpus):
        self.list = os.path.join(folder, 'list.csv')
        self.process = subprocess.Popen([program, '--corpus', corpus, '--write-list', self.list], text=True,
                                        stdout=subprocess.PIPE)
        if 'listening' not in self.process.stdout.readline():
            raise SystemExit('the registry did not start')

    def stop(self):
        self.process.terminate()
        self.process.wait()


def measure(command):
    """Runs it; wall seconds, processor seconds, peak resident bytes."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    if status != 0:
        raise SystemExit(f'{command[0]} failed')
    return {'wall': wall, 'cpu': usage.ru_utime + usage.ru_stime, 'memory': usage.ru_maxrss * 1024}


def size_of(folder):
    return sum(os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(folder) for name in names)


def run_both(options, work):
    results = {'ace-dt': [], 'limit': []}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        registry = Registry(options.registry, folder, CORPORA[work])
        try:
            for run in range(options.runs + 1):
                for name in results:
                    out = os.path.join(folder, name)
                    shutil.rmtree(out, ignore_errors=True)
                    os.mkdir(out)
                    os.sync()
                    connections = str(options.connections)
                    if name == 'limit':
                        command = [options.limit, registry.list, out, connections]
                    else:
                        command = [options.ace_dt, 'mirror', 'batch-serialize', registry.list, out, '--quiet',
                                   '--connections', connections, '--connections-per-host', connections]
                    result = measure(command)
                    result['bytes'] = size_of(out)
                    if run > 0:  # the first one warms up
                        results[name].append(result)
        finally:
            registry.stop()
    return results


def summary(work, results):
    median = {name: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
              for name, runs in results.items()}
    if median['ace-dt']['bytes'] < median['limit']['bytes']:
        raise SystemExit(f'{work}: the folder holds less than what was fetched')
    ratio = statistics.median(limit['wall'] / ours['wall'] for ours, limit in zip(results['ace-dt'], results['limit']))
    return {'work': work, 'ratio': ratio, 'median': median}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    for program in ('registry', 'ace-dt', 'limit'):
        parser.add_argument('--' + program, required=True)
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--connections', type=int, default=16)
    parser.add_argument('--folder', default=None, help='where to write; the default is the system\'s for temporary files')
    parser.add_argument('--json', help='write the results to this file as well')
    parser.add_argument('work', nargs='+', choices=CORPORA)
    options = parser.parse_args()
    summaries = [summary(work, run_both(options, work)) for work in options.work]
    print(f'{"work":8} {"of limit":>9} {"wall s":>8} {"limit s":>8} {"cpu s":>8} {"limit s":>8} {"memory MiB":>11}')
    for one in summaries:
        ours, limit = one['median']['ace-dt'], one['median']['limit']
        print(f'{one["work"]:8} {one["ratio"]:9.2f} {ours["wall"]:8.3f} {limit["wall"]:8.3f} {ours["cpu"]:8.3f} '
              f'{limit["cpu"]:8.3f} {ours["memory"] / 2**20:11.1f}')
    if options.json:
        with open(options.json, 'w', encoding='utf-8') as file:
            json.dump(summaries, file, indent=2)


if __name__ == '__main__':
    sys.exit(main())
