#!/usr/bin/env python3
"""Measures ace-dt beside the limit (a raw-socket program that moves the same bytes), the reference and other programs
that copy artifacts: all in turn, on this machine. They mirror from one test registry a work (mirroring.py), or push
archives that ace-dt made into a fresh registry each time (pushing.py).

What each left on disk or in the registry is checked. The first round warms up and does not count; a program that then
takes over 20 s runs that one time only, and one that takes longer than --patience is stopped: its time is a lower
bound. What counts is medians, and ratios of the runs of one round; seconds say more about the machine.
"""
import argparse
import contextlib
import dataclasses
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import programs
import report
from mirroring import Mirroring
from pushing import Pushing
from registry import OTHERS
from works import HUGE, WORKS

SLOW = 20  # seconds
MOST_ROUNDS = 15
TMPFS = '/dev/shm'


@dataclasses.dataclass(frozen=True)
class Contender:
    """A program, and what differs from its usual way."""
    name: str
    program: programs.Program
    flags: tuple = ()    # of ace-dt and the reference
    processors: int = 0  # that it may use; 0: all
    again: bool = False  # goes on with what the one before left
    synced: bool = False  # the limit, until all is on disk
    sharded: bool = False  # several processes of it do what is planned

    def command(self, job):
        make = programs.shards if self.sharded else self.program.commands[job.work.command]
        command = make(self.program.executable, job)
        return ['taskset', '--cpu-list', f'0-{self.processors - 1}', *command] if self.processors else command


def contenders(work, available):
    found = []
    for name, program in available.items():
        group = name if name in ('ace-dt', 'limit', 'reference') else 'peers'
        if group not in work.programs or work.command not in program.commands:
            continue
        if work.each_cpu:
            counts = sorted({2 ** i for i in range(8) if 2 ** i < os.cpu_count()} | {os.cpu_count()})
            found += [Contender(f'{name}, {count} cpu', program, work.flags, processors=count) for count in counts]
        else:
            found.append(Contender(name, program, work.flags))
        if work.beside_plain and name == 'ace-dt':
            found.append(Contender(f'{name} plain', program))
        if work.beside_synced and name == 'limit':
            found.append(Contender(f'{name} synced', program, synced=True))
        if work.shards:
            found.append(Contender(f'{name}, {work.shards} shards', program, sharded=True))
        if work.again:
            found.append(Contender(f'{name} again', program, work.flags, again=True))
        if work.again and work.command == 'batch-deserialize':
            found.append(Contender(f'{name} --ignore-record again', program, ('--ignore-record',), again=True))
    return found


def run(options, work, available):
    """The results of each contender's runs."""
    runs = {contender: [] for contender in contenders(work, available)}
    kind = Mirroring if work.command == 'batch-serialize' else Pushing
    with contextlib.closing(kind(options, work, available)) as runner:
        slow, spent = set(), 0
        for number in itertools.count():
            if number > options.rounds and (spent > options.seconds or number > MOST_ROUNDS):
                break
            for contender in [contender for contender in runs if contender.program not in slow]:
                result = runner.run(contender)
                progress(f'{work.name}: {contender.name}: {result["wall"]:.2f} s{", stopped" * result["stopped"]}')
                if result['wall'] > SLOW:
                    slow.add(contender.program)
                runs[contender] = [result] if number < 2 else [*runs[contender], result]
                spent += result['wall'] if number > 0 else 0
    return {contender.name: results for contender, results in runs.items()}


def why_not(work, available):
    """Why this work cannot be done here; empty if it can."""
    if work.destination and not shutil.which(OTHERS[work.destination][0]):
        return f'{OTHERS[work.destination][0]} is not on PATH'
    if work.shards and not shutil.which('parallel'):
        return 'GNU parallel is not on PATH'
    words = ['mirror', work.command, '--help']
    usage = subprocess.run([available['ace-dt'].executable, *words], capture_output=True, text=True, check=False).stdout
    if f'Usage: ace-dt mirror {work.command}' not in usage:
        return f'ace-dt has no command mirror {work.command}'
    return ''


def progress(text):
    print(f'{time.strftime("%H:%M:%S")} {text}', file=sys.stderr, flush=True)


def arguments():
    text = 'works (where none is named: all but what needs --huge):\n' + ''.join(
        f'  {work.name:24} {work.what}\n' for work in WORKS.values())
    parser = argparse.ArgumentParser(description=__doc__, epilog=text,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('work', nargs='*', metavar='WORK', help='see below')
    parser.add_argument('--build', default='build/release', help='the build folder whose programs run (%(default)s)')
    parser.add_argument('--peers', default='all', metavar='NAMES',
                        help='all that are on PATH, none, or some of reference,skopeo,crane,regctl,oras (%(default)s)')
    parser.add_argument('--reference', default='ace-dt-go', metavar='NAME', help='the Go program ace-dt (%(default)s)')
    parser.add_argument('--rounds', type=int, default=3, metavar='N', help='that count, at least (%(default)s)')
    parser.add_argument('--seconds', type=float, default=40, metavar='S',
                        help=f'of measured time that a work gets, in up to {MOST_ROUNDS} rounds (%(default)g)')
    parser.add_argument('--patience', type=float, default=480, metavar='S',
                        help='seconds after which a program is stopped (%(default)g)')
    parser.add_argument('--connections', type=int, metavar='N',
                        help='of ace-dt and the limit; else as ace-dt does by itself')
    parser.add_argument('--folder', help="where to write; else the system's folder for temporary files")
    parser.add_argument('--huge', action='store_true', help='memory-5GB too, which takes as much memory and disk')
    parser.add_argument('--quick', action='store_true',
                        help='tiny content, no more rounds than asked for: tries the works, measures nothing')
    parser.add_argument('--json', metavar='FILE', help='write every run to this file')
    parser.add_argument('--results', metavar='FILE', help='put the tables into this Markdown file, between its markers')
    options = parser.parse_args()
    for name in options.work:
        if name not in WORKS:
            parser.error(f'there is no work {name}')
    if options.quick:
        options.seconds = 0
    return options


def main():
    options = arguments()
    names = options.work or [name for name in WORKS if options.huge or name not in HUGE]
    available = programs.programs(options)
    facts = report.facts(options, available)
    summaries = []
    with (tempfile.TemporaryDirectory(dir=options.folder) as options.scratch,
          tempfile.TemporaryDirectory(dir=TMPFS) as options.memory):
        for name in names:
            work = WORKS[name].smaller() if options.quick else WORKS[name]
            if reason := why_not(work, available):
                progress(f'{name} is left out: {reason}')
                continue
            summaries.append(report.summary(work, run(options, work, available)))
            print('\n'.join(['', *report.work_table(summaries[-1]), '']), flush=True)
    print('\n'.join([*report.overview(summaries), '', *report.goals_table(summaries)]))
    if options.json:
        with open(options.json, 'w', encoding='utf-8') as file:
            json.dump({'facts': facts, 'works': summaries}, file, indent=1)
    if options.results:
        report.write(options.results, facts, summaries)


if __name__ == '__main__':
    main()
