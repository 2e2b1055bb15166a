#!/usr/bin/env python3
"""Sums what Meson's tests said in several build folders; its last line is `N passed, N failed, N skipped`.

A folder without a log of tests was not built, which counts as one failure.
usage: results.py BUILD...      exit status 1 when anything failed or nothing passed
"""

import collections
import json
import pathlib
import sys

PASSED, SKIPPED = {'OK', 'EXPECTEDFAIL'}, {'SKIP'}


def results(build):
    """The (name, 'passed' | 'failed' | 'skipped') of every test that was run in the folder."""
    log = build / 'meson-logs' / 'testlog.json'
    if not log.exists():
        return [('its build', 'failed')]
    tests = [json.loads(line) for line in log.read_text(encoding='utf-8').splitlines()]
    return [(test['name'], 'passed' if test['result'] in PASSED else 'skipped' if test['result'] in SKIPPED else 'failed')
            for test in tests]


def main(builds):
    total = collections.Counter()
    for build in map(pathlib.Path, builds):
        for name, result in results(build):
            total[result] += 1
            if result != 'passed':
                print(f'{build}: {result}: {name}')
    print(f'{total["passed"]} passed, {total["failed"]} failed, {total["skipped"]} skipped')
    return 1 if total['failed'] or not total['passed'] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
