"""Commands, flags and arguments."""

from . import MIRROR, Mistake, registry, sh, synced

B = 'ace-dt mirror batch-serialize'
MISTAKES = [
    Mistake('an unknown command', 'ace-dt miror', 2, '''
Error: unknown command "miror" for ace-dt
hint: did you mean ace-dt mirror? see ace-dt --help
'''),
    Mistake('an unknown command of a group', 'ace-dt mirror batch-serialise list.csv sync', 2, '''
Error: unknown command "batch-serialise" for ace-dt mirror
hint: did you mean ace-dt mirror batch-serialize? see ace-dt mirror --help
'''),
    Mistake('a command without its group', 'ace-dt batch-serialize list.csv sync', 2, '''
Error: unknown command "batch-serialize" for ace-dt
hint: did you mean ace-dt mirror batch-serialize? see ace-dt --help
'''),
    Mistake('a command that is like none', 'ace-dt frobnicate', 2, '''
Error: unknown command "frobnicate" for ace-dt
hint: see ace-dt --help
'''),
    Mistake('an unknown flag', B + ' list.csv sync --compresion zstd', 2, '''
Error: unknown flag: --compresion
hint: did you mean --compression? see ace-dt mirror batch-serialize --help
'''),
    Mistake('an unknown flag with a value', B + ' list.csv sync --keep-goin=true', 2, '''
Error: unknown flag: --keep-goin
hint: did you mean --keep-going? see ace-dt mirror batch-serialize --help
'''),
    Mistake('a flag of another command', 'ace-dt mirror ls sync --full', 2, '''
Error: unknown flag: --full
hint: it is a flag of ace-dt mirror verify, and follows all words of the command; see ace-dt mirror ls --help
'''),
    Mistake('a flag that is like none', B + ' list.csv sync --frobnicate', 2, '''
Error: unknown flag: --frobnicate
hint: see ace-dt mirror batch-serialize --help
'''),
    Mistake('an unknown letter', B + ' list.csv sync -x', 2, '''
Error: unknown flag: -x
hint: see ace-dt mirror batch-serialize --help
'''),
    Mistake('a long flag with one hyphen', B + ' list.csv sync -retries 3', 2, '''
Error: unknown flag: -retries
hint: did you mean --retries? see ace-dt mirror batch-serialize --help
'''),
    Mistake('a shard with one hyphen', B + ' --plan gather.plan -shard 5/4 sync', 2, '''
Error: unknown flag: -shard
hint: did you mean --shard? see ace-dt mirror batch-serialize --help
'''),
    Mistake('a flag without its value', B + ' list.csv sync --retries', 2, '''
Error: --retries needs a value
hint: write --retries N; see ace-dt mirror batch-serialize --help
'''),
    Mistake('a flag that eats an argument', B + ' --report list.csv sync', 2, '''
Error: SYNC-DIRECTORY is required
hint: see ace-dt mirror batch-serialize --help
'''),
    Mistake('a switch with a value that is none', B + ' list.csv sync --keep-going=maybe', 2, '''
Error: --keep-going: got "maybe", want true or false
hint: choose one of these
'''),
    Mistake('a switch with a value', B + ' list.csv sync --dry-run=maybe', 2, '''
Error: --dry-run: got "maybe", want true or false
hint: choose one of these
'''),
    Mistake('no list', B, 2, '''
Error: BATCH-LIST is required
hint: see ace-dt mirror batch-serialize --help
'''),
    Mistake('no folder', B + ' list.csv', 2, '''
Error: SYNC-DIRECTORY is required
hint: see ace-dt mirror batch-serialize --help
'''),
    Mistake('a surplus argument', B + ' list.csv sync more', 2, '''
Error: unexpected argument "more"
hint: batch-serialize takes two arguments, BATCH-LIST and SYNC-DIRECTORY; see ace-dt mirror batch-serialize --help
'''),
    Mistake('an empty argument', B + ' list.csv ""', 2, '''
Error: SYNC-DIRECTORY is empty
hint: give a path; in a script, check the variable that it comes from
'''),
    Mistake('no argument for ls', 'ace-dt mirror ls', 2, '''
Error: SYNC-DIRECTORY is required
hint: see ace-dt mirror ls --help
'''),
    Mistake('no argument for verify', 'ace-dt mirror verify', 2, '''
Error: PATH is required
hint: see ace-dt mirror verify --help
'''),
    Mistake('no destination', 'ace-dt mirror batch-deserialize sync', 2, '''
Error: DESTINATION is required
hint: see ace-dt mirror batch-deserialize --help
'''),
    Mistake('list and folder the wrong way round', B + ' sync list.csv', 2, '''
Error: sync is a folder where the list is expected
hint: give BATCH-LIST first, a CSV file, and then SYNC-DIRECTORY
''', [sh('mkdir sync')]),
    Mistake('a list for a folder', B + ' list.csv list.csv', 1, '''
Error: make directory list.csv: File exists
hint: a file of this name is in the way: move it, or choose another name
'''),
    Mistake('folder and destination the wrong way round', 'ace-dt mirror batch-deserialize registry.invalid/to sync', 2, '''
Error: no such folder: registry.invalid/to
hint: give the folder with the archives first, then the destination; mirror deserialize pushes one archive
''', [sh('mkdir sync')]),
    Mistake('archive and destination the wrong way round', 'ace-dt mirror deserialize registry.invalid/to app.tar', 1, '''
Error: to: open registry.invalid/to: No such file or directory
hint: check the path: a folder or file in it does not exist
''', [sh('touch app.tar')]),
    Mistake('number out of range', B + ' list.csv sync --connections 5000', 2, '''
Error: --connections: got "5000", want a number from 1 to 1024
hint: choose a number in this range, without a unit
'''),
    Mistake('number that is none', B + ' list.csv sync --connections many', 2, '''
Error: --connections: got "many", want a number from 1 to 1024
hint: choose a number in this range, without a unit
'''),
    Mistake('negative retries', B + ' list.csv sync --retries -1', 2, '''
Error: --retries: got "-1", want a number from 0 to 1000
hint: choose a number in this range, without a unit
'''),
    Mistake('a size without a unit of bytes', B + ' list.csv sync --memory 48m', 2, '''
Error: --memory: got "48m", want a size such as 48MiB or 1GB
hint: write a number and a unit: kB, MB, GB, KiB, MiB or GiB
'''),
    Mistake('a rate per second', B + ' list.csv sync --max-rate 10MB/s', 2, '''
Error: --max-rate: got "10MB/s", want a size such as 48MiB or 1GB
hint: write a number and a unit: kB, MB, GB, KiB, MiB or GiB
'''),
    Mistake('a rate too low', B + ' list.csv sync --max-rate 1', 2, '''
Error: --max-rate: got "1", want 10KiB or more
hint: choose a higher rate, with a unit such as MB
'''),
    Mistake('too little memory', B + ' list.csv sync --memory 1MB', 2, '''
Error: --memory: got 1000000 bytes, but 26214400 are needed with 64 connections
hint: give more, or use fewer --connections
'''),
    Mistake('a time without a unit', B + ' list.csv sync --stall-timeout 30', 2, '''
Error: --stall-timeout: got "30", want a time such as 500ms, 30s or 2m
hint: write a number and a unit: ms, s, m or h
'''),
    Mistake('a time of zero', B + ' list.csv sync --stall-timeout 0s', 2, '''
Error: --stall-timeout: got "0s", want a time above zero, such as 30s
hint: choose a longer time
'''),
    Mistake('an unknown compression', B + ' list.csv sync --compression zst', 2, '''
Error: --compression: got "zst", want zstd, gzip or none
hint: did you mean zstd?
'''),
    Mistake('a level without compression', B + ' list.csv sync --compression-level 3', 2, '''
Error: --compression-level without --compression
hint: add --compression zstd or --compression gzip, or omit the level
'''),
    Mistake('a level out of range', B + ' list.csv sync --compression zstd --compression-level 30', 2, '''
Error: --compression-level for zstd: got "30", want a number from 1 to 19
hint: choose a number in this range, without a unit
'''),
    Mistake('a level for gzip that is a word', B + ' list.csv sync --compression gzip --compression-level high', 2, '''
Error: --compression-level for gzip: got "high", want a number from 1 to 12
hint: choose a number in this range, without a unit
'''),
    Mistake('an unknown dedup', B + ' list.csv sync --dedup folders', 2, '''
Error: --dedup: got "folders", want folder, name or none
hint: did you mean folder?
'''),
    Mistake('an unknown log level', B + ' list.csv sync -v=debgu', 2, '''
Error: -v: "debgu" is not a level
hint: did you mean debug? use error, warn, info, debug or a number such as 0, 4, 8, 12
'''),
    Mistake('an unknown log level as the next word', B + ' list.csv sync -v debgu', 2, '''
Error: unexpected argument "debgu"
hint: did you mean -v debug? batch-serialize takes two arguments, BATCH-LIST and SYNC-DIRECTORY; see ace-dt mirror batch-serialize --help
'''),
    Mistake('an unknown log level by its variable', B + ' list.csv sync', 2, '''
Error: ACE_DT_VERBOSITY: "verbose" is not a level
hint: use error, warn, info, debug or a number such as 0, 4, 8, 12
''', environment={'ACE_DT_VERBOSITY': 'verbose'}),
    Mistake('a tracker that is a path', B + ' list.csv sync --tracker-filename a/b.csv', 2, '''
Error: tracker "a/b.csv": there is no folder sync/a
hint: create it, or name a file in the sync folder itself
'''),
    Mistake('a tracker that is an archive', B + ' list.csv sync --tracker-filename 000001-a.tar', 2, '''
Error: tracker "000001-a.tar" is not the name of a file in the sync folder
hint: name a file in it or in a sub-folder, such as record-keeping.csv
'''),
    Mistake('an unknown format of ls', 'ace-dt mirror ls sync -o yml', 2, '''
Error: --output: got "yml", want table, json or csv
hint: choose one of these
''', [synced]),
    Mistake('an unknown format of a plan', MIRROR + ' --dry-run -o jsn', 2, '''
Error: --output: got "jsn", want table or json
hint: did you mean json?
'''),
    Mistake('a format without dry-run', MIRROR + ' -o json', 2, '''
Error: --output needs --dry-run
hint: for the outcome of a run, use --report FILE
'''),
    Mistake('dry-run with report', MIRROR + ' --dry-run --report r', 2, '''
Error: --dry-run writes no --report, no --debug and no --metrics
hint: print the plan with -o json
'''),
    Mistake('a shard without a plan', MIRROR + ' --shard 1/2', 2, '''
Error: --shard and --shards need --plan
hint: make a plan with ace-dt mirror plan
'''),
    Mistake('a plan for a dry run', B + ' --plan p --dry-run sync', 2, '''
Error: --plan and --dry-run exclude each other
hint: print a plan with ace-dt mirror plan --show PLAN
'''),
    Mistake('a plan with a list', B + ' --plan gather.plan --shard 1/2 list.csv sync', 2, '''
Error: --plan takes one argument, SYNC-DIRECTORY: the list is in the plan
hint: leave the list out; see ace-dt mirror batch-serialize --help
'''),
    Mistake('a shard above the count', 'ace-dt mirror verify sync --shard 5/4', 2, '''
Error: --shard: "5/4" is not a shard: want I/N, with I from 1 to N and N up to 10000
hint: number the parts from 1: --shard 1/4, 2/4, 3/4 and 4/4 are all of four
''', [synced]),
    Mistake('a shard of zero', 'ace-dt mirror verify sync --shard 0/4', 2, '''
Error: --shard: "0/4" is not a shard: want I/N, with I from 1 to N and N up to 10000
hint: number the parts from 1: --shard 1/4, 2/4, 3/4 and 4/4 are all of four
''', [synced]),
    Mistake('a shard that is none', 'ace-dt mirror verify sync --shard one', 2, '''
Error: --shard: "one" is not a shard: want I/N, with I from 1 to N and N up to 10000
hint: number the parts from 1: --shard 1/4, 2/4, 3/4 and 4/4 are all of four
''', [synced]),
    Mistake('shard auto outside of a job', 'ace-dt mirror verify sync --shard auto', 2, '''
Error: --shard auto: this process is not an element of a job array
hint: start it as an array of Slurm, Kubernetes, PBS, SGE or LSF, or give --shard I/N
''', [synced]),
    Mistake('shards that are none', 'ace-dt mirror verify sync --shard auto --shards x', 2, '''
Error: --shards: got "x", want a number from 1 to 10000
hint: give the number of all parts
''', [synced]),
    Mistake('plan without out', 'ace-dt mirror plan list.csv sync', 2, '''
Error: --out or --show is required
hint: make a plan with --out PLAN, or print one with --show PLAN
'''),
    Mistake('plan with both', 'ace-dt mirror plan list.csv sync --out p --show q', 2, '''
Error: --out and --show exclude each other
hint: make a plan with --out PLAN, or print one with --show PLAN
'''),
    Mistake('plan show with list', 'ace-dt mirror plan list.csv --show q', 2, '''
Error: --show takes no BATCH-LIST, SYNC-DIRECTORY and --shards
hint: leave them out: the plan has them
'''),
    Mistake('plan output with out', 'ace-dt mirror plan list.csv sync --out p -o json', 2, '''
Error: --output needs --show
hint: make the plan first, then print it with --show PLAN
'''),
    Mistake('checksums unknown', 'ace-dt mirror verify sync --checksums wrte', 2, '''
Error: --checksums: got "wrte", want write or check
hint: did you mean write?
''', [synced]),
    Mistake('completion of an unknown shell', 'ace-dt completion basch', 2, '''
Error: SHELL: got "basch", want bash, zsh or fish
hint: did you mean bash?
'''),
    Mistake('help for an unknown command', 'ace-dt help mirror verfy', 2, '''
Error: unknown command "verfy" for ace-dt mirror
hint: did you mean ace-dt mirror verify? see ace-dt mirror --help
'''),
    Mistake('a tag-as without tag', 'ace-dt mirror batch-deserialize sync registry.invalid/to --tag-as app', 2, '''
Error: --tag-as: got "app", want NAME=TAG
hint: to push the archive 000001-app.tar as v1, give --tag-as app=v1
''', [synced]),
    Mistake('only without archive', 'ace-dt mirror batch-deserialize sync registry.invalid/to --only "nosuch*"', 2, '''
Error: --only: no archive has a name like "nosuch*"
hint: patterns are of whole file names, such as "*-tools.tar"
''', [synced]),
    Mistake('block size', 'ace-dt mirror deserialize sync/000001-app.tar registry.invalid/to --block-size 2GiB', 2, '''
Error: --block-size: got "2GiB", want a size up to 1GiB
hint: write a number and a unit, such as 256KiB
''', [synced]),
    Mistake('version with an argument', 'ace-dt version now', 2, '''
Error: unexpected argument "now"
hint: version takes no arguments; see ace-dt version --help
'''),
    Mistake('a flag before the command', 'ace-dt --recursive mirror batch-serialize list.csv sync', 2, '''
Error: unknown flag: --recursive
hint: it is a flag of ace-dt mirror batch-serialize, and follows all words of the command; see ace-dt mirror batch-serialize --help
'''),
    Mistake('ca-file missing', MIRROR + ' --ca-file no.pem', 1, '''
Error: open no.pem: No such file or directory
hint: check the path: a folder or file in it does not exist
'''),
    Mistake('ca-file without certificate', MIRROR + ' --ca-file list.csv', 2, '''
Error: list.csv: no certificate in it
hint: it is to be in PEM form, with lines of -----BEGIN CERTIFICATE-----
'''),
    Mistake('ca-file is a folder', MIRROR + ' --ca-file .', 1, '''
Error: read .: Is a directory
hint: name a file: this is a folder
'''),
]
