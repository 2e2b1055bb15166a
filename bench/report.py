"""Results as tables."""
import datetime
import os
import platform
import re
import statistics
import subprocess
import tempfile

import goals

MARKERS = ('<!-- bench.py writes what stands from here -->', '<!-- to here -->')


def facts(options, available):
    """Where and with what it was measured."""
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        model = re.search(r'^model name\s*: (.*)', file.read(), re.M)
    disk = subprocess.run(['df', '--output=fstype', options.folder or tempfile.gettempdir()], stdout=subprocess.PIPE,
                          text=True, check=True).stdout
    memory = os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    return {'date': datetime.date.today().isoformat(),
            'processor': model.group(1) if model else platform.machine(), 'processors': os.cpu_count(),
            'memory': f'{memory / 2**30:.0f} GiB', 'kernel': platform.release(), 'file system': disk.split()[-1],
            'rounds': f'at least {options.rounds}, more where a work then took less than {options.seconds:g} s',
            'connections': options.connections or "each program's default",
            'versions': {name: program.say_version() for name, program in available.items() if program.version}}


def ratio(results, name):
    """How many times as long as ace-dt it takes: of each round where both ran in all, else of the medians."""
    walls, ours = [[run['wall'] for run in results[key]] for key in (name, 'ace-dt')]
    if len(walls) == len(ours):
        return statistics.median(wall / our for wall, our in zip(walls, ours))
    return statistics.median(walls) / statistics.median(ours)


def summary(work, results):
    medians = {name: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
               for name, runs in results.items()}
    return {'work': work.name, 'what': work.what, 'rows': work.artifacts(), 'complete': work.complete,
            'corpora': [corpus.text() for corpus in work.corpora], 'registry': work.registry_flags(),
            'runs': results, 'median': medians,
            'ratio': {name: ratio(results, name) for name in results if 'ace-dt' in results}}


def table(rows):
    """Markdown that is legible as text: first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ['| ' + ' | '.join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) + ' |' for row in rows]
    rule = '|'.join(['-' * (widths[0] + 2), *('-' * (width + 1) + ':' for width in widths[1:])])
    return [lines[0], f'|{rule}|', *lines[1:]]


def cost(one, median, time):
    """A time for each of what there is most of: rows, or bytes that were fetched."""
    if not one['complete']:
        return f'{median[time] / one["rows"] * 1e6:.0f} us/row'
    moved = median.get('transferred', 0)
    return f'{median[time] / moved * 1e9:.2f} s/GB' if moved > 1e6 else '-'


def amount(median, key, unit, decimals):
    """In that unit; "-" where it was not measured."""
    return f'{median[key] / unit:.{decimals}f}' if key in median else '-'


def seconds(median, key, decimals):
    """More than that, where the program was stopped."""
    return f'{"> " * int(median["stopped"])}{median[key]:.{decimals}f}'


def multiple(one, name):
    if name not in one['ratio']:
        return '-'
    return f'{"> " * int(one["median"][name]["stopped"])}{one["ratio"][name]:.2f}'


def work_table(one):
    rows = [['program', 'runs', 'wall s', 'x ace-dt', 'wall per', 'cpu s', 'cpu per', 'memory MiB',
             'transferred MB', 'requests', 'connections', 'written MB', 'disk MB']]
    for name, median in one['median'].items():
        row = [name, str(len(one['runs'][name])), seconds(median, 'wall', 3), multiple(one, name)]
        if median['stopped']:
            rows.append(row + ['-'] * (len(rows[0]) - len(row)))
            continue
        rows.append([*row, cost(one, median, 'wall'), f'{median["cpu"]:.3f}', cost(one, median, 'cpu'),
                     amount(median, 'memory', 2**20, 1), amount(median, 'transferred', 1e6, 2),
                     amount(median, 'requests', 1, 0), amount(median, 'connections', 1, 0),
                     amount(median, 'written', 1e6, 2), amount(median, 'disk', 1e6, 2)])
    return [f'### {one["work"]}', '', one['what'] + '.', '', *table(rows)]


def overview(summaries):
    """A line for each work: ace-dt, and the time of all others as a multiple of its."""
    others = list(dict.fromkeys(name for one in summaries for name in one['ratio']
                                if name != 'ace-dt' and not name.endswith(' again')))
    rows = [['work', 'wall s', 'cpu s', 'memory MiB', *(f'{name} x' for name in others)]]
    for one in summaries:
        ours = one['median'].get('ace-dt')
        if ours:
            rows.append([one['work'], f'{ours["wall"]:.3f}', f'{ours["cpu"]:.3f}', f'{ours["memory"] / 2**20:.1f}',
                         *(multiple(one, name) for name in others)])
    return table(rows)


def goals_table(summaries):
    return table([['goal', 'bound', 'measured', 'met'], *goals.rows(summaries)])


def measured(known, summaries):
    lines = ['## Where', '']
    lines += [f'- {key}: {value}' for key, value in known.items() if key != 'versions']
    lines += [f'- {name}: {version}' for name, version in known['versions'].items()]
    lines += ['', '## Goals', '', *goals_table(summaries)]
    lines += ['', '## Overview', '', "ace-dt's medians, and the wall times of the others as multiples of its.", '',
              *overview(summaries), '', '## Works', '']
    for one in summaries:
        lines += [*work_table(one), '']
    return '\n'.join(lines)


def write(path, known, summaries):
    """Replaces what stands between the markers; the rest of the file is kept by hand."""
    begin, end = MARKERS
    text = f'# Results\n\n{begin}\n{end}\n\n## Profile\n'
    if os.path.exists(path):
        with open(path, encoding='utf-8') as file:
            text = file.read()
    before, found_begin, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise SystemExit(f'{path} lacks the lines {begin} and {end}')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'{before}{begin}\n{measured(known, summaries)}\n{end}{after}')
