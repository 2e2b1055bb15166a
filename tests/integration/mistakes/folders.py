"""Disks, the sync folder, archives, and what checks them."""

from content import image, noise

from . import MIRROR, Mistake, as_another_user, in_namespaces, registry, sh, synced

V = 'ace-dt mirror verify sync'
ARCHIVE = 'sync/000001-app.tar'


def on_tmpfs(size):
    def set_up(world):
        in_namespaces('-m')(world)
        world.directory.joinpath('disk').mkdir()
        world.prefix += ['sh', '-c', f'mount -t tmpfs -o {size} tmpfs disk && "$@"', 'sh']
    return set_up


SYNC2 = 'ace-dt mirror batch-serialize more.csv sync --retries 0'
MORE = {'more.csv': 'name,artifact\nmore,REGISTRY/a/b:v1\n'}


def large(world):
    source = world.registry()
    source.push('a/b', image(noise(3_000_000, 'big')))
    world.names['REGISTRY'] = source.host


MISTAKES = [
    Mistake('a full disk', MIRROR.replace('sync', 'disk/sync'), 8, '''
Error: disk/sync: 3.0 MB is needed for the next artifact, but only 1.0 MB is free
hint: free some space, or use a folder on another disk; no blob has been fetched yet
''', [large, on_tmpfs('size=1m')]),
    Mistake('a disk without inodes', MIRROR.replace('sync', 'disk/sync'), 8, '''
Error: make directory disk/sync/.ace-dt/partial: No space left on device
hint: free space there and run the same command again
''', [registry(), on_tmpfs('nr_inodes=3')]),
    Mistake('a read-only disk', MIRROR.replace('sync', 'disk/sync'), 1, '''
Error: make directory disk/sync: Read-only file system
hint: the file system is mounted read-only: use a folder on another one, or mount it for writing
''', [registry(), on_tmpfs('ro')]),
    Mistake('a folder that may not be written', MIRROR, 1, '''
Error: make directory sync: Permission denied
hint: run it as a user who may do that, or change the permissions of the path and the folders above it
''', [registry(), as_another_user]),
    Mistake('a folder of root', MIRROR, 1, '''
Error: open sync/.ace-dt/lock: Permission denied
hint: run it as a user who may do that, or change the permissions of the path and the folders above it
''', [synced, registry(), as_another_user]),
    Mistake('a folder in a file', MIRROR.replace('sync', 'list.csv/sync'), 1, '''
Error: make directory list.csv: File exists
hint: a file of this name is in the way: move it, or choose another name
''', [registry()]),
    Mistake('a folder that is a file', MIRROR, 1, '''
Error: make directory sync: File exists
hint: a file of this name is in the way: move it, or choose another name
''', [registry(), sh('touch sync')]),
    Mistake('a folder with a long name', MIRROR.replace('sync', 'x' * 300), 1, '''
Error: stat xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx/.ace-dt: File name too long
hint: use a shorter path
''', [registry()]),
    Mistake('a folder that is a broken link', MIRROR, 1, '''
Error: make directory sync: File exists
hint: a file of this name is in the way: move it, or choose another name
''', [registry(), sh('ln -s nowhere sync')]),
    Mistake('a private folder that is a link', MIRROR, 1, '''
Error: sync/.ace-dt: is a symbolic link, which is not followed
hint: remove the link; put the sync folder itself where there is room
''', [registry(), sh('mkdir sync other; ln -s ../other sync/.ace-dt')]),
    Mistake('a private folder that is a file', MIRROR, 1, '''
Error: make directory sync/.ace-dt: File exists
hint: a file of this name is in the way: move it, or choose another name
''', [registry(), sh('mkdir sync; touch sync/.ace-dt')]),
    Mistake('a tracker that is a folder', MIRROR, 1, '''
Error: sync/record-keeping.csv: not a regular file
hint: it is a folder, a FIFO, a device or a socket: name another file, or move it away
''', [registry(), sh('mkdir -p sync/record-keeping.csv')]),
    Mistake('a tracker that is damaged', SYNC2, 2, '''
Error: sync/record-keeping.csv:3: "nonsense" is not the name of an archive
hint: correct or remove the line; a row looks like 000001-tools.tar,ghcr.io/example/tools:v1,sha256:…, with a number up to 999999999
''', [synced, registry(), sh('echo nonsense >> sync/record-keeping.csv')], MORE),
    Mistake('a tracker with a bad quote', SYNC2, 2, '''
Error: sync/record-keeping.csv:3: a quote is never closed
hint: close it on the same line
''', [synced, registry(), sh("echo '000002-x.tar,\"a' >> sync/record-keeping.csv")], MORE),
    Mistake('a tracker without an artifact', SYNC2, 2, '''
Error: sync/record-keeping.csv:3: "000002-x.tar" has no artifact
hint: remove the line: the archive will be made again under a new number
''', [synced, registry(), sh('echo 000002-x.tar >> sync/record-keeping.csv')], MORE),
    Mistake('a ledger of a newer version', SYNC2, 1, '''
Error: sync/.ace-dt/ledger: version "99" of the ledger is unknown: only 1 to 3 are known
hint: use the newer ace-dt that wrote it, or delete the file: it is rebuilt from the archives
''', [synced, registry(), sh('sed -i "1s/.*/ace-dt ledger 99/" sync/.ace-dt/ledger')], MORE),
    Mistake('a lock that is held', 'flock sync/.ace-dt/lock ' + SYNC2, 10, '''
Error: sync: another process is using this folder
hint: wait until it is done, or use another folder
''', [synced, registry(), sh(': > sync/.ace-dt/lock')], MORE),
    # verify
    Mistake('verify nothing', 'ace-dt mirror verify nosuch', 2, '''
Error: no such folder or file: nosuch
hint: name the folder with the archives, or one archive
'''),
    Mistake('verify a damaged archive', V + ' --full', 9, '''
Error: sync is damaged: see the findings above
hint: copy the damaged archives again; each finding says what to do
''', [synced, sh(f'printf XXXX | dd of={ARCHIVE} bs=1 seek=3000 conv=notrunc status=none')]),
    Mistake('verify a cut archive', V, 9, '''
Error: sync is damaged: see the findings above
hint: copy the damaged archives again; each finding says what to do
''', [synced, sh(f'truncate -s 2000 {ARCHIVE}')]),
    Mistake('verify no archive', 'ace-dt mirror verify list.csv', 9, '''
Error: list.csv is damaged: see the findings above
hint: copy the damaged archives again; each finding says what to do
'''),
    Mistake('verify a truncated zstd', 'ace-dt mirror verify bad.tar.zst', 9, '''
Error: bad.tar.zst is damaged: see the findings above
hint: copy the damaged archives again; each finding says what to do
''', [sh("printf '\\050\\265\\057\\375\\000rubbish' > bad.tar.zst")]),
    Mistake('verify a bad gzip', 'ace-dt mirror verify bad.tar.gz', 9, '''
Error: bad.tar.gz is damaged: see the findings above
hint: copy the damaged archives again; each finding says what to do
''', [sh("printf '\\037\\213\\010\\000rubbishrubbishrubbish' > bad.tar.gz")]),
    Mistake('verify a bad zstd', 'ace-dt mirror verify bad.tar.zst', 9, '''
Error: bad.tar.zst is damaged: see the findings above
hint: copy the damaged archives again; each finding says what to do
''', [sh("head -c 3000 /dev/zero | tr '\\0' x > bad.tar.zst")]),
    Mistake('verify from empty standard input', 'ace-dt mirror verify - < /dev/null', 9, '''
Error: standard input is damaged: see the findings above
hint: copy the damaged archives again; each finding says what to do
'''),
    Mistake('verify against without repository', V + ' --against REGISTRY', 2, '''
Error: DESTINATION: got "REGISTRY", want REGISTRY/REPOSITORY without a tag
hint: write host[:port]/repository: each archive NNN-NAME gets the tag NAME
''', [registry(), synced]),
    Mistake('verify against scheme', V + ' --against http://REGISTRY/to', 2, '''
Error: reference "http://REGISTRY/to": starts with a scheme
hint: write host[:port]/repository[:tag] or host[:port]/repository@digest, without scheme, user and password
''', [registry(), synced]),
    Mistake('verify against nobody', V + ' --against 127.0.0.1:1/to --retries 0', 6, '''
Error: connect to 127.0.0.1: Connection refused (GET https://127.0.0.1:1/v2/)
hint: check that the server is up and listens on this port, that no firewall is between, and whether this machine needs a proxy (HTTPS_PROXY)
''', [synced]),
    Mistake('verify against one that lacks all', V + ' --against REGISTRY/to --retries 0', 5, '''
Error: sync is incomplete: see the findings above
hint: bring what is missing; each finding says what to do
''', [registry(), synced]),
    Mistake('verify against with one archive', 'ace-dt mirror verify sync/000001-app.tar --against REGISTRY/to', 2, '''
Error: --against: sync/000001-app.tar is not a folder
hint: name the folder with the archives
''', [registry(), synced]),
    Mistake('verify checksums of one archive', 'ace-dt mirror verify sync/000001-app.tar --checksums check', 2, '''
Error: --checksums: sync/000001-app.tar is not a folder
hint: name the folder with the archives
''', [synced]),
    Mistake('verify checksums without a file', V + ' --checksums check', 1, '''
Error: open sync/checksums.csv: No such file or directory
hint: check the path: a folder or file in it does not exist
''', [synced]),
    Mistake('verify checksums bad', V + ' --checksums check', 2, '''
Error: sync/checksums.csv:1: a row is not filename,size,sha256
hint: write the file again where the archives are known to be good: `ace-dt mirror verify --checksums write`
''', [synced, sh('echo nonsense > sync/checksums.csv')]),
    Mistake('verify checksums wrong', V + ' --checksums check', 9, '''
Error: sync is damaged: see the findings above
hint: copy the damaged archives again; each finding says what to do
''', [synced, sh(f'{V} -q --checksums write || {V} --checksums write; truncate -s +512 {ARCHIVE}')]),
    Mistake('verify assume missing', V + ' --assume nosuch', 1, '''
Error: open nosuch: No such file or directory
hint: check the path: a folder or file in it does not exist
''', [synced]),
    Mistake('verify assume rubbish', V + ' --assume list.csv', 2, '''
Error: list.csv:1: digest "name,artifact": not of the form algorithm:hex
hint: want successful-syncs.csv, a ledger, a report of mirror verify, or a list of digests, one per line
''', [synced]),
    Mistake('verify shards of checksums', V + ' --checksums check --shard 1/2', 2, '''
Error: --shard: not with --checksums or --against
hint: run them once, without --shard
''', [synced]),
    Mistake('verify report is an archive', V + ' --report sync/000002-a.tar', 2, '''
Error: --report: 000002-a.tar has the name of an archive
hint: choose another file name
''', [synced]),
    Mistake('ls nothing', 'ace-dt mirror ls nosuch', 2, '''
Error: no such folder: nosuch
hint: name the folder with the archives
'''),
    Mistake('ls a file', 'ace-dt mirror ls list.csv', 2, '''
Error: no such folder: list.csv
hint: name the folder with the archives
'''),
    Mistake('ls unreadable', 'ace-dt mirror ls secret', 1, '''
Error: list secret: Permission denied
hint: run it as a user who may do that, or change the permissions of the path and the folders above it
''', [sh('mkdir -m 0 secret'), as_another_user]),
]
