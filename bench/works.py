"""What is measured: made-up content, how far the registry is, and who can do the work."""
import dataclasses
import os
import random

LATENCY_MS = 40
RATE = '12MB'  # of each connection, in a second
SHARD_RATE = 5  # MB a second, of each process

EVERYBODY = ('ace-dt', 'limit', 'reference', 'peers')
WITHOUT_PEERS = ('ace-dt', 'limit', 'reference')
INTO = {'docker': 'docker-registry, its files on tmpfs', 'docker-memory': 'docker-registry in memory',
        'zot': 'zot, its files on tmpfs'}


@dataclasses.dataclass(frozen=True)
class Corpus:
    """Images that the test registry makes up (acedt-registry --help)."""
    name: str
    artifacts: int = 1
    blobs: int = 1
    shared: int = 0
    size: str = '100MB'
    kind: str = 'random'

    def text(self):
        return (f'{self.name}:artifacts={self.artifacts},blobs={self.blobs},shared={self.shared},size={self.size},'
                f'kind={self.kind},seed=1')

    def smaller(self):
        return dataclasses.replace(self, artifacts=min(self.artifacts, 5), blobs=min(self.blobs, 5), size='20kB')


@dataclasses.dataclass(frozen=True)
class Work:
    name: str
    what: str
    corpora: tuple
    programs: tuple = ('ace-dt', 'limit')
    flags: tuple = ()       # of ace-dt and the reference
    connections: int = 0    # of ace-dt and the limit; 0: as ace-dt does by itself
    far: bool = False
    tls: bool = False
    ranges: int = 1         # in which the limit fetches a blob
    beside_plain: bool = False  # ace-dt without the flags too, as "ace-dt plain"
    beside_synced: bool = False  # the limit once more, which waits until all is on disk
    shards: int = 0         # also measured with this many processes; each has the rate limit of the single one
    again: bool = False     # a second time, on what the first run left, as "... again"
    each_cpu: bool = False  # on one processor, on two and so on, in place of all
    ledger: int = 0         # digests that archives of the folder have which were carried away
    complete: bool = True   # look for every blob on disk; else count archives
    tmpfs: bool = False     # write to memory, where the disk's own cost does not hide that of the program
    command: str = 'batch-serialize'  # of ace-dt; the others work on a folder that this made before
    destination: str = ''   # of a push: a registry of registry.OTHERS; else the test registry

    def artifacts(self):
        return sum(corpus.artifacts for corpus in self.corpora)

    def registry_flags(self):
        if not self.far:
            return []
        return ['--latency', str(LATENCY_MS), *(['--rate', RATE] if self.command == 'batch-serialize' else [])]

    def smaller(self):
        return dataclasses.replace(self, corpora=tuple(corpus.smaller() for corpus in self.corpora),
                                   ledger=min(self.ledger, 2000))


def far(work, **changes):
    rate = f', {RATE}/s a connection' if work.command == 'batch-serialize' else ''
    return dataclasses.replace(work, name=work.name + '-far', far=True,
                               what=f'{work.what}; {LATENCY_MS} ms away{rate}',
                               **{'programs': WITHOUT_PEERS, 'beside_synced': False, **changes})


def rows(count, programs):
    return Work(f'rows-{count}', f'{count} rows of a small manifest each, and again with all done',
                (Corpus('rows', artifacts=count, blobs=0),), programs, again=True, complete=False)


def in_memory(work):
    return dataclasses.replace(work, name=work.name + '-tmpfs', what=work.what + '; on tmpfs', programs=('ace-dt',),
                               tmpfs=True)


def memory(name, what, **content):
    return Work(f'memory-{name}', f'64 connections, {what}', (Corpus('memory', **content),), connections=64)


def push(work, **changes):
    """Archives with that content, pushed into an empty registry."""
    return dataclasses.replace(work, name='push-' + work.name, what='push: ' + work.what, command='batch-deserialize',
                               beside_synced=False, **changes)


def into(destination, work):
    return dataclasses.replace(work, name=f'{work.name}-{destination}', what=f'{work.what}; into {INTO[destination]}',
                               destination=destination)


ROWS = (rows(1_000, ('ace-dt', 'reference')), rows(10_000, ('ace-dt',)), rows(100_000, ('ace-dt',)))
LARGE = (Corpus('large', blobs=12),)
TEXT = (Corpus('text', blobs=8, size='25MB', kind='text'),)
LARGE_PLAIN = Work('large', '1.2 GB: 1 artifact, 12 blobs of 100 MB', LARGE, EVERYBODY, beside_synced=True)
SHARED_PLAIN = Work('shared', '1.8 GB: 60 artifacts in three families that share base layers',
                 tuple(Corpus(f'family{i}', artifacts=20, shared=5, blobs=4, size='1MB-22MB') for i in (1, 2, 3)),
                 EVERYBODY, beside_synced=True)
SMALL_PLAIN = Work('small', '32 MB: 400 artifacts, 8000 blobs of 4 kB',
                (Corpus('small', artifacts=400, blobs=20, size='4kB'),), EVERYBODY)
LARGE_ZSTD = Work('large-zstd', 'large, random bytes, with --compression zstd', LARGE, WITHOUT_PEERS,
                  ('--compression', 'zstd'), beside_plain=True)
MEMORY_20MB = memory('20MB', '64 blobs of 20 MB', blobs=64, size='20MB')
SHARDS = Work('shards', f'320 MB: 64 artifacts of 5 MB, {SHARD_RATE} MB/s for each process',
              (Corpus('shards', artifacts=64, size='5MB'),), ('ace-dt',), shards=8)
PUSH_LARGE = push(LARGE_PLAIN)
# A peer that pushes one archive needs all that the archive refers to in it.
PUSH_SHARED = push(SHARED_PLAIN, programs=WITHOUT_PEERS)
PUSH_SMALL = push(SMALL_PLAIN)

WORKS = {work.name: work for work in (
    LARGE_PLAIN, far(LARGE_PLAIN), SHARED_PLAIN, far(SHARED_PLAIN), SMALL_PLAIN, far(SMALL_PLAIN),
    far(Work('one', '1 GB: 1 blob', (Corpus('one', size='1GB'),), EVERYBODY), ranges=8),
    Work('tls', 'large, over TLS', LARGE, tls=True),
    LARGE_ZSTD, far(LARGE_ZSTD, programs=('ace-dt',)),
    Work('text-zstd', '200 MB of text in 8 blobs, with --compression zstd', TEXT, WITHOUT_PEERS,
         ('--compression', 'zstd')),
    Work('text-gzip', '200 MB of text in 8 blobs, with --compression gzip', TEXT, WITHOUT_PEERS,
         ('--compression', 'gzip')),
    Work('threads', 'large, on fewer processors', LARGE, ('ace-dt',), each_cpu=True),
    Work('threads-zstd', 'text-zstd, on fewer processors', TEXT, ('ace-dt',), ('--compression', 'zstd'), each_cpu=True),
    *ROWS, *(in_memory(work) for work in ROWS),
    Work('start', '1 small artifact into an empty folder', (Corpus('start', size='1kB'),), ('ace-dt',)),
    Work('ledger', '1 small artifact into a folder whose archives have 1 000 000 digests',
         (Corpus('start', size='1kB'),), ('ace-dt',), ledger=1_000_000),
    memory('1kB', '16000 blobs of 1 kB', artifacts=16, blobs=1000, size='1kB'),
    MEMORY_20MB,
    SHARDS, far(SHARDS, programs=('ace-dt',)),
    memory('5GB', '1 blob of 5 GB (only with --huge)', size='5GB'),
    PUSH_LARGE, into('docker', PUSH_LARGE), into('zot', PUSH_LARGE),
    PUSH_SHARED, into('docker', PUSH_SHARED), into('zot', PUSH_SHARED),
    PUSH_SMALL, into('docker-memory', PUSH_SMALL), into('zot', PUSH_SMALL), far(PUSH_SMALL),
    dataclasses.replace(PUSH_SMALL, name='push-again', programs=('ace-dt',), again=True,
                        what='push-small, again with all done, and again with --ignore-record'),
    push(memory('1kB', '20000 blobs of 1 kB', artifacts=20, blobs=1000, size='1kB')), push(MEMORY_20MB),
    dataclasses.replace(SHARED_PLAIN, name='verify-full', command='verify', programs=('ace-dt', 'limit'),
                        beside_synced=False, what='the archives of shared, checked with --full'),
)}
HUGE = ('memory-5GB',)


def write_ledger(folder, digests):
    """A sync folder that says of itself that archives with so many digests were made and carried away.

    The formats are those of include/acedt/sync/ledger.hpp and tracker.hpp.
    """
    generator = random.Random(1)
    per_archive = 1000
    os.mkdir(os.path.join(folder, '.ace-dt'))
    with open(os.path.join(folder, '.ace-dt', 'ledger'), 'w', encoding='utf-8') as ledger, \
            open(os.path.join(folder, 'record-keeping.csv'), 'w', encoding='utf-8') as tracker:
        ledger.write('ace-dt ledger 1\n')
        tracker.write('sync_name,artifact,digest\n')
        for number in range(1, digests // per_archive + 1):
            archive = f'{number:06}-old{number}.tar'
            ledger.write(f'archive {per_archive * 4096} "{archive}"\n')
            for i in range(per_archive):
                ledger.write(f'blob sha256:{generator.randbytes(32).hex()} 2048 {i * 4096 + 512} 0\n')
            ledger.write(f'end {per_archive}\n')
            tracker.write(f'{archive},registry.example/old/{number}:v1,sha256:{generator.randbytes(32).hex()}\n')
