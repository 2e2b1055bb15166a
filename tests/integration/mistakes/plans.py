"""Plans, shards, commit."""

from . import MIRROR, Mistake, registry, sh

MAKE = 'ace-dt mirror plan list.csv sync --out gather.plan --shards 2'
def planned(world):
    world.files({'list.csv': 'name,artifact\napp,REGISTRY/a/b:v1\n'})
    world.must('mkdir sync; ' + MAKE)
PART = 'ace-dt mirror batch-serialize --plan gather.plan --shard 1/2 sync --retries 0'
SETUP = [registry(), planned]
MISTAKES = [
    Mistake('a plan that is missing', PART, 1, '''
Error: open gather.plan: No such file or directory
hint: check the path: a folder or file in it does not exist
'''),
    Mistake('a plan that is a folder', PART, 1, '''
Error: gather.plan: not a regular file
hint: it is a folder, a FIFO, a device or a socket: name another file, or move it away
''', [sh('mkdir gather.plan')]),
    Mistake('a plan that is none', PART.replace('gather.plan', 'list.csv'), 9, '''
Error: list.csv: zstd: the data is damaged
hint: name the file that ace-dt mirror plan --out made; if it is that, make it again
'''),
    Mistake('a plan that is empty', PART, 9, '''
Error: gather.plan: the plan is damaged or incomplete
hint: make it again with ace-dt mirror plan
''', [sh('touch gather.plan')]),
    Mistake('a plan that is cut', PART, 9, '''
Error: gather.plan: the plan is damaged or incomplete
hint: make it again with ace-dt mirror plan
''', SETUP + [sh('truncate -s -30 gather.plan')]),
    Mistake('a plan without shard', PART.replace('--shard 1/2 ', ''), 2, '''
Error: --plan needs --shard
hint: add --shard I/N, for part I of N, or --shard auto in a job array
''', SETUP),
    Mistake('another number of shards', PART.replace('1/2', '1/3'), 2, '''
Error: --shard 1/3: the number of parts is 2
hint: give --shard I/2, or make another plan
''', SETUP),
    Mistake('shard above the count', PART.replace('1/2', '5/4'), 2, '''
Error: --shard: "5/4" is not a shard: want I/N, with I from 1 to N and N up to 10000
hint: number the parts from 1: --shard 1/4, 2/4, 3/4 and 4/4 are all of four
''', SETUP),
    Mistake('other options', PART + ' --compression zstd', 2, '''
Error: --compression differs from the plan's: none
hint: omit it, or make another plan
''', SETUP),
    Mistake('the folder has changed', 'ace-dt mirror commit gather.plan sync', 2, '''
Error: sync: the plan does not fit: tracker or ledger are not those that it was made for
hint: make a new plan; what was fetched for this one is in .ace-dt/shards
''', SETUP + [sh('sed s/app/other/ list.csv > other.csv; ace-dt mirror batch-serialize other.csv sync -q')]),
    Mistake('commit without parts', 'ace-dt mirror commit gather.plan sync', 3, '''
Error: 1 archive missing, the first of them 000001-app.tar
hint: run these parts again, then this command: --shard 1/2
''', SETUP),
    Mistake('commit without a folder', 'ace-dt mirror commit gather.plan', 2, '''
Error: SYNC-DIRECTORY is required
hint: see ace-dt mirror commit --help
''', SETUP),
    Mistake('commit the wrong way round', 'ace-dt mirror commit sync gather.plan', 1, '''
Error: sync: not a regular file
hint: it is a folder, a FIFO, a device or a socket: name another file, or move it away
''', SETUP),
    Mistake('commit with a shard folder that is missing', 'ace-dt mirror commit gather.plan sync nosuch', 2, '''
Error: no such folder: nosuch
hint: name the folders in which parts were carried out, as they are here
''', SETUP),
    Mistake('a plan of a row that fails', MAKE, 5, '''
Error: 404 Not Found: manifest_unknown: manifest unknown: v1 (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: check the repository and the tag; some registries answer this to anonymous clients: log in with `ace-dt login REGISTRY`
''', [registry(push=False), sh('mkdir sync')]),
    Mistake('a plan of a row that fails, keep-going', MAKE + ' --keep-going', 3, '''
Error: 404 Not Found: manifest_unknown: manifest unknown: v1 (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: the plan does not include this row
''', [registry(push=False), sh('mkdir sync')]),
    Mistake('a plan into a folder', MAKE.replace('--out gather.plan', '--out sync'), 2, '''
Error: --out: sync is a folder
hint: name another file
''', [registry(), sh('mkdir sync')]),
    Mistake('a plan into a folder that is missing', MAKE.replace('--out gather.plan', '--out no/such.plan'), 1, '''
Error: create no/such.plan.new: No such file or directory
hint: check the path: a folder or file in it does not exist
''', [registry(), sh('mkdir sync')]),
    Mistake('a plan over the list', MAKE.replace('--out gather.plan', '--out list.csv'), 2, '''
Error: --out: list.csv is the list
hint: name another file
''', [registry(), sh('mkdir sync')]),
    Mistake('show of a plan that is none', 'ace-dt mirror plan --show list.csv', 9, '''
Error: list.csv: zstd: the data is damaged
hint: name the file that ace-dt mirror plan --out made; if it is that, make it again
'''),
    Mistake('a dry run that fails', MIRROR + ' --dry-run', 5, '''
Error: 404 Not Found: manifest_unknown: manifest unknown: v1 (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: check the repository and the tag; some registries answer this to anonymous clients: log in with `ace-dt login REGISTRY`
''', [registry(push=False)]),
    Mistake('a dry run that fails keep-going', MIRROR + ' --dry-run --keep-going', 3, '''
Error: 404 Not Found: manifest_unknown: manifest unknown: v1 (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: the plan does not include this row
''', [registry(push=False)]),
]
