"""Where output cannot go."""

from . import MIRROR, Mistake, as_another_user, registry, sh, synced

MISTAKES = [
    Mistake('standard output is full', 'ace-dt mirror ls sync > /dev/full', 8, '''
Error: write to standard output: No space left on device
hint: free space there and run the same command again
''', [synced]),
    Mistake('standard output is full while it mirrors', MIRROR + ' > /dev/full', 8, '''
Error: the run is done, but not all of its output was written: write to standard output: No space left on device
hint: free space there and run the same command again
''', [registry()]),
    Mistake('report into a folder', MIRROR + ' --report .', 2, '''
Error: --report: . is a folder
hint: name another file
''', [registry()]),
    Mistake('report into a folder that is missing', MIRROR + ' --report no/such.json', 1, '''
Error: open no/such.json.unfinished: No such file or directory
hint: check the path: a folder or file in it does not exist
''', [registry()]),
    Mistake('report over the list', MIRROR + ' --report list.csv', 2, '''
Error: --report: list.csv is the list
hint: name another file
''', [registry()]),
    Mistake('report over the tracker', MIRROR + ' --report sync/record-keeping.csv', 2, '''
Error: --report: sync/record-keeping.csv is the tracker
hint: name another file
''', [registry()]),
    Mistake('report and debug to the same file', MIRROR + ' --report r --debug r', 2, '''
Error: DIRECTORY/r: is a folder
hint: name a file
''', [registry()]),
    Mistake('report to a full device', MIRROR + ' --report /dev/full', 8, '''
Error: the run is done, but not all of its output was written: write to /dev/full: No space left on device
hint: free space there and run the same command again
''', [registry()]),
    Mistake('report without permission', MIRROR.replace('sync', '/proc/x') + ' --report DIRECTORY/r', 1, '''
Error: open DIRECTORY/r.unfinished: Permission denied
hint: run it as a user who may do that, or change the permissions of the path and the folders above it
''', [registry(), as_another_user]),
    Mistake('debug into a file', MIRROR + ' --debug list.csv', 1, '''
Error: create list.csv: Not a directory
hint: a part of the path is a file where a folder is needed: check the path
''', [registry()]),
    Mistake('debug to a full device', MIRROR + ' --debug /dev/full', 1, '''
Error: create /dev/full: Not a directory
hint: a part of the path is a file where a folder is needed: check the path
''', [registry()]),
    Mistake('debug to a pipe', MIRROR + ' --debug pipe', 1, '''
Error: create pipe: Not a directory
hint: a part of the path is a file where a folder is needed: check the path
''', [registry(), sh('mkfifo pipe')]),
    Mistake('report to a pipe nobody reads', MIRROR + ' --report pipe', 2, '''
Error: DIRECTORY/pipe: no process reads from it, or there is no such device
hint: start the reader first
''', [registry(), sh('mkfifo pipe')]),
    Mistake('push report into a folder', 'ace-dt mirror batch-deserialize sync REGISTRY/to --report .', 2, '''
Error: --report: . is a folder
hint: name another file
''', [registry(), synced]),
    Mistake('map-out into a folder', 'ace-dt mirror batch-deserialize sync REGISTRY/to --map-out .', 2, '''
Error: --map-out: . is a folder
hint: name another file
''', [registry(), synced]),
    Mistake('verify report into a missing folder', 'ace-dt mirror verify sync --report no/such.json', 1, '''
Error: open no/such.json: No such file or directory
hint: check the path: a folder or file in it does not exist
''', [synced]),
]
