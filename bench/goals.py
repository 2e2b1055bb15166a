"""What the program is to reach, as ratios and bounds within one run."""
import dataclasses
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Goal:
    what: str
    measured: Callable       # of Results; raises LookupError where the run has not measured it
    bound: float
    at_least: bool = True    # else: at most
    unit: str = ''

    def text(self):
        return f'{"≥" if self.at_least else "≤"} {self.bound:.4g}{self.unit}'


class Results:
    """Medians of a run, by the names of works and programs."""

    def __init__(self, summaries):
        self.works = {one['work']: one for one in summaries}

    def median(self, work, key, program='ace-dt'):
        return self.works[work]['median'][program][key]

    def in_multiples(self, work, key, of_program):
        return self.median(work, key) / self.median(work, key, of_program)

    def times(self, work, program):
        """How many times as long as ace-dt that program takes."""
        return self.works[work]['ratio'][program]


def beside(work, program, bound):
    what = {'limit': 'the limit', 'reference': 'the reference'}[program]
    return Goal(f'{work}: time of {what}, in multiples of ours', lambda results: results.times(work, program), bound)


def memory(work, mebibytes, program='ace-dt', of=''):
    return Goal(f'{work}{of}: peak of resident memory', lambda results: results.median(work, 'memory', program) / 2**20,
                mebibytes, False, ' MiB')


def with_digests(count):
    """What a run may take, in MiB, whose folder has so many digests in the end."""
    return 64 + 64 * count / 2**20


def size_beside_reference(work, bound):
    return Goal(f'{work}: size, in multiples of that of the reference',
                lambda results: results.in_multiples(work, 'disk', 'reference'), bound, False)


def row_cost(more, fewer):
    def value(results):
        costs = [results.median(f'rows-{count}-tmpfs', 'cpu') / count for count in (more, fewer)]
        return costs[0] / costs[1]
    return Goal(f'rows-{more}-tmpfs: processor time a row, in multiples of that in rows-{fewer}-tmpfs', value, 1.1,
                False)


def shards(work):
    return Goal(f'{work}: 8 shards, how many times as fast as one process with the rate limit of one shard',
                lambda results: 1 / results.times(work, 'ace-dt, 8 shards'), 7.2)


def threads(results):
    """The costliest count of processors, by that of one."""
    costs = [runs['cpu'] for runs in results.works['threads']['median'].values()]
    return max(costs) / costs[0]


def written(work):
    return Goal(f'{work}: bytes written, in multiples of those on disk',
                lambda results: results.median(work, 'written') / results.median(work, 'disk'), 1.02, False)


LIMIT = {'large': 0.9, 'shared': 0.85, 'small': 0.7, 'one-far': 0.9, 'tls': 0.8, 'push-large': 0.9,
         'verify-full': 0.9}
def again(program, a_blob):
    return Goal(f'push-again: requests a blob, {program}',
                lambda results: (results.median('push-again', 'requests', program) /
                                 results.median('push-again', 'blobs', program)), a_blob, False)


REFERENCE = {'large': 1.35, 'large-far': 10, 'shared': 7, 'shared-far': 25, 'small': 6, 'small-far': 30,
             'large-zstd': 3, 'text-zstd': 1.8, 'text-gzip': 12, 'one-far': 6,
             'push-large': 1, 'push-shared': 3, 'push-small': 5, 'push-small-far': 20}

GOALS = (
    *(beside(work, 'limit', bound) for work, bound in LIMIT.items()),
    *(beside(work, 'reference', bound) for work, bound in REFERENCE.items()),
    Goal('large-zstd: speed, in multiples of that without compression',
         lambda results: results.times('large-zstd', 'ace-dt plain'), 0.8),
    Goal('large-zstd: size, in multiples of that without compression',
         lambda results: results.in_multiples('large-zstd', 'disk', 'ace-dt plain'), 1.005, False),
    Goal('large-zstd-far: speed, in multiples of that without compression',
         lambda results: results.times('large-zstd-far', 'ace-dt plain'), 0.95),
    size_beside_reference('text-zstd', 1.02),
    size_beside_reference('text-gzip', 1.0),
    Goal('threads: processor time, in multiples of that with one processor', threads, 1.1, False),
    *(shards(work) for work in ('shards', 'shards-far')),
    row_cost(10_000, 1_000),
    row_cost(100_000, 10_000),
    memory('rows-100000', with_digests(200_000)),
    memory('rows-100000', with_digests(200_000), 'ace-dt again', ' again'),
    memory('ledger', with_digests(1_000_000)),
    *(memory(work, 64) for work in ('memory-1kB', 'memory-20MB', 'memory-5GB', 'push-memory-1kB', 'push-memory-20MB')),
    *(memory(work, 160) for work in ('large-zstd', 'text-zstd')),
    again('ace-dt again', 0),
    again('ace-dt --ignore-record again', 1.1),  # HEAD; and for each 21 blobs a manifest and a tag
    *(written(work) for work in ('large', 'shared', 'large-zstd', 'one-far')),
)


def rows(summaries):
    """Goal, bound, what was measured, and whether that meets it."""
    results = Results(summaries)
    found = []
    for goal in GOALS:
        try:
            value = goal.measured(results)
        except (LookupError, ZeroDivisionError):
            found.append([goal.what, goal.text(), '-', 'not measured'])
            continue
        met = value >= goal.bound if goal.at_least else value <= goal.bound
        found.append([goal.what, goal.text(), f'{value:.3g}{goal.unit}', 'yes' if met else 'no'])
    return found
