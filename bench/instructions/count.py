#!/usr/bin/env python3
"""Counts the instructions of work.cpp, which are the same each time, and compares them with bounds.csv.

A part that needs more than its bound fails, and so does one that needs less than half: then the bound is to be lowered.
"""
import argparse
import csv
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
HEAD_ROOM = 1.1


def count(program):
    """Of each part: its instructions."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, 'MALLOC_PERTURB_': '0'}  # which Meson sets, and which costs instructions
        done = subprocess.run(['valgrind', '--tool=callgrind', f'--callgrind-out-file={folder}/out',
                               '--toggle-collect=acedt_counted', '--dump-after=acedt_counted', program], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, env=environment)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        dumps = sorted(glob.glob(f'{folder}/out.*'), key=lambda path: int(path.rpartition('.')[2]))
        counts = []
        for path in dumps:
            with open(path, encoding='utf-8') as file:
                counts.append(int(re.search(r'^totals: (\d+)', file.read(), re.M).group(1)))
    names = done.stdout.splitlines()
    if len(names) > len(counts):
        raise SystemExit(f'{len(names)} parts, but {len(counts)} counts')
    return dict(zip(names, counts))


def read_bounds(path):
    with open(path, encoding='utf-8', newline='') as file:
        return {part: int(bound) for part, bound in csv.reader(file)}


def compare(counts, bounds):
    good = True
    for part in {**bounds, **counts}:
        found, bound = counts.get(part, 0), bounds.get(part, 0)
        fits = bound / 2 <= found <= bound
        good &= fits
        print(f'{"ok" if fits else "NOT OK":6} {found:12,} of {bound:12,}  {part}')
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('program')
    parser.add_argument('bounds')
    parser.add_argument('--record', action='store_true', help='make the bounds what is counted now, and a tenth more')
    options = parser.parse_args()
    if not shutil.which('valgrind'):
        print('valgrind is not there')
        sys.exit(SKIPPED)
    counts = count(os.path.abspath(options.program))
    if options.record:
        with open(options.bounds, 'w', encoding='utf-8', newline='') as file:
            csv.writer(file, lineterminator='\n').writerows(
                (part, round(found * HEAD_ROOM)) for part, found in counts.items())
        return
    if not compare(counts, read_bounds(options.bounds)):
        sys.exit('more or far fewer instructions than the bounds: make it cheaper, or record new ones with --record')


if __name__ == '__main__':
    main()
