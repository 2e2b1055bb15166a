#!/usr/bin/env python3
"""Measures ace-dt beside the limit (a raw-socket program that fetches, hashes and writes the same bytes), the reference
and other programs that pull artifacts: all in turn, against one test registry a work, on this machine.

What each left on disk is checked. The first round warms up and does not count; a program that then takes over 20 s runs
that one time only, and one that takes longer than --patience is stopped: its time is a lower bound. What counts is
medians, and ratios of the runs of one round; seconds say more about the machine.
"""
import argparse
import contextlib
import dataclasses
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import programs
import report
from registry import Registry
from works import HUGE, WORKS, write_ledger

SLOW = 20  # seconds
MOST_ROUNDS = 15
LARGE = 500e6  # bytes
TMPFS = '/dev/shm'


@dataclasses.dataclass(frozen=True)
class Contender:
    """A program, and what differs from its usual way."""
    name: str
    program: programs.Program
    processors: int = 0  # that it may use; 0: all
    again: bool = False  # goes on in the folder of the one before
    plain: bool = False  # without the flags of the work
    synced: bool = False  # the limit, until all is on disk


def contenders(work, available):
    found = []
    for name, program in available.items():
        group = name if name in ('ace-dt', 'limit', 'reference') else 'peers'
        if group not in work.programs:
            continue
        if work.each_cpu:
            counts = sorted({2 ** i for i in range(8) if 2 ** i < os.cpu_count()} | {os.cpu_count()})
            found += [Contender(f'{name}, {count} cpu', program, processors=count) for count in counts]
        else:
            found.append(Contender(name, program))
        if work.beside_plain and name == 'ace-dt':
            found.append(Contender(f'{name} plain', program, plain=True))
        if work.beside_synced and name == 'limit':
            found.append(Contender(f'{name} synced', program, synced=True))
        if work.again:
            found.append(Contender(f'{name} again', program, again=True))
    return found


def make_room(work, folder):
    """Removes what programs wrote into it; on disk only where that is large, the rest when all is measured.

    For some minutes ext4 looks twice at the inodes of deleted files before it uses them again, and that would be
    measured with whoever makes many files, in this work or in the next.
    """
    for entry in os.scandir(folder):
        if entry.name.startswith('out') and (work.tmpfs or programs.size_on_disk(entry.path) > LARGE):
            shutil.rmtree(entry.path)


def fresh_folder(work, folder):
    """An empty folder, or one with a ledger, which is made once."""
    out = tempfile.mkdtemp(prefix='out', dir=folder)
    if work.ledger:
        made = os.path.join(folder, 'ledger')
        if not os.path.exists(made):
            os.mkdir(made)
            write_ledger(made, work.ledger)
        shutil.copytree(made, out, dirs_exist_ok=True)
    return out


def check(work, registry, content, contender, out):
    """That the work was done."""
    manifests, blobs = content
    found = contender.program.content
    if found is None:
        missing = sum(blobs.values()) - programs.size_on_disk(out)
    elif work.complete:
        missing = len({**manifests, **blobs}.items() - found(out).items())
    else:
        made = programs.archives(out)
        missing = len(registry.artifacts) - len(made)
        for path in made[::100]:
            programs.in_archive(path)
    if missing:
        raise SystemExit(f'{work.name}: {contender.name} left {missing} out')


def measure(options, command, env):
    """Runs it to its end, which must be a good one, or until patience ends."""
    path = os.path.join(options.scratch, 'measured.json')
    os.sync()
    with subprocess.Popen([os.path.join(options.build, 'bench', 'measure'), path, *command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **env},
                          start_new_session=True) as process:
        try:
            said = process.communicate(timeout=options.patience)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return {'wall': options.patience, 'cpu': 0, 'memory': 0, 'written': 0, 'stopped': 1}
    if process.returncode != 0:
        raise SystemExit(f'{" ".join(command)[:200]}: exit status {process.returncode}\n{said}')
    with open(path, encoding='utf-8') as file:
        return {**json.load(file), 'stopped': 0}


def run_once(options, work, registry, content, contender, out):
    cache = os.path.join(options.scratch, 'cache')
    if not contender.again:
        shutil.rmtree(cache, ignore_errors=True)
    told = dataclasses.replace(work, flags=()) if contender.plain else work
    job = programs.Job(told, registry, out, options.scratch, options.connections or work.connections,
                       contender.synced)
    command = contender.program.command(contender.program.executable, job)
    if contender.processors:
        command = ['taskset', '--cpu-list', f'0-{contender.processors - 1}', *command]
    env = {'ACE_DT_CACHE_PATH': cache}  # of the reference
    if registry.ca_file:
        env['SSL_CERT_FILE'] = registry.ca_file
    before = registry.stats()
    result = measure(options, command, env)
    after = registry.stats()
    if not result['stopped']:
        check(work, registry, content, contender, out)
    return {**result, 'fetched': after['body_bytes_sent'] - before['body_bytes_sent'],
            'requests': after['requests'] - before['requests'],
            'connections': after['connections'] - before['connections'] - 1,
            'disk': 0 if result['stopped'] else programs.size_on_disk(out)}


def run(options, work, available):
    """The results of each contender's runs."""
    runs = {contender: [] for contender in contenders(work, available)}
    program = os.path.join(options.build, 'tools', 'acedt-registry')
    folder = os.path.join(options.memory if work.tmpfs else options.scratch, work.name)
    os.mkdir(folder)
    with contextlib.closing(Registry(program, folder, work)) as registry:
        content = registry.content() if work.complete else ({}, {})
        slow, out, spent = set(), None, 0
        for number in itertools.count():
            if number > options.rounds and (spent > options.seconds or number > MOST_ROUNDS):
                break
            for contender in [contender for contender in runs if contender.program not in slow]:
                if not contender.again:
                    make_room(work, folder)
                    out = fresh_folder(work, folder)
                result = run_once(options, work, registry, content, contender, out)
                progress(f'{work.name}: {contender.name}: {result["wall"]:.2f} s{", stopped" * result["stopped"]}')
                if result['wall'] > SLOW:
                    slow.add(contender.program)
                runs[contender] = [result] if number < 2 else [*runs[contender], result]
                spent += result['wall'] if number > 0 else 0
    make_room(work, folder)
    return {contender.name: results for contender, results in runs.items()}


def progress(text):
    print(f'{time.strftime("%H:%M:%S")} {text}', file=sys.stderr, flush=True)


def arguments():
    text = 'works (where none is named: all but what needs --huge):\n' + ''.join(
        f'  {work.name:17} {work.what}\n' for work in WORKS.values())
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
    parser.add_argument('--patience', type=float, default=240, metavar='S',
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
