"""The programs that are compared: how each is told to do a work, how it is run, and what it leaves on disk."""
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import tarfile
from typing import Callable

from works import SHARD_RATE

CONNECTIONS = 64  # that ace-dt opens to one registry unless told otherwise
REPOSITORY = 'bench/pushed'  # the destination of pushes


@dataclasses.dataclass(frozen=True)
class Job:
    """A work, as one program is to do it."""
    work: object
    registry: object  # the source of a mirror, the destination of a push
    folder: str       # for archives that are made, or with archives
    scratch: str      # a folder for what is not the outcome
    connections: int  # of ace-dt and the limit; 0: as ace-dt does by itself
    flags: tuple      # of ace-dt and the reference
    synced: bool = False  # the limit is done when all is on disk
    listing: str = ''     # for the limit of pushes: what the archives have
    plan: str = ''        # that processes of ace-dt share out among them

    def items(self):
        """What a program that copies one artifact at a time is told of each."""
        if self.work.command == 'batch-serialize':
            return [{'ref': artifact, 'out': self.folder} for artifact in self.registry.artifacts]
        return [{'ref': destination(self), 'archive': path, 'digest': root_of(path)} for path in archives(self.folder)]

    def script(self, line):
        """A shell script with a line for each artifact, as a user would write it."""
        path = os.path.join(self.scratch, 'script.sh')
        with open(path, 'w', encoding='utf-8') as file:
            for number, item in enumerate(self.items(), 1):
                file.write(line.format(**item, tag=f'a{number}', host=self.registry.address) + '\n')
        return ['sh', '-e', path]


@dataclasses.dataclass(frozen=True, eq=False)
class Program:
    executable: str
    commands: dict       # by the command of ace-dt that does the same
    content: Callable    # of a folder: digest and size of each manifest and blob in it
    version: tuple = ()  # arguments that make it say so

    def say_version(self):
        if not self.version:
            return ''
        said = subprocess.run([self.executable, *self.version], capture_output=True, text=True, check=False)
        return said.stdout.partition('\n')[0].strip()


def files(folder):
    return [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]


def size_on_disk(folder):
    return sum(os.path.getsize(path) for path in files(folder))


def archives(folder):
    return sorted(path for path in files(folder) if '.tar' in os.path.basename(path) and '.ace-dt' not in path)


def in_archive(path):
    """Fails unless tar can read all of it."""
    listing = subprocess.run(['tar', '--list', '--verbose', '--file', path], text=True, check=True,
                             stdout=subprocess.PIPE, env={**os.environ, 'LC_ALL': 'C'}).stdout
    entries = [line.split(maxsplit=5) for line in listing.splitlines()]
    return {os.path.basename(entry[5]): int(entry[2]) for entry in entries if entry[5].startswith('blobs/sha256/')}


def in_archives(folder):
    found = {}
    for path in archives(folder):
        found.update(in_archive(path))
    return found


def in_layout(folder):
    return {os.path.basename(path): os.path.getsize(path) for path in files(os.path.join(folder, 'blobs', 'sha256'))}


def root_of(archive):
    """The digest of its root manifest."""
    with tarfile.open(archive) as tar:
        return json.load(tar.extractfile('index.json'))['manifests'][0]['digest']


def destination(job):
    return f'{job.registry.address}/{REPOSITORY}'


def batch(executable, job):
    """What ace-dt and the reference have in common."""
    is_push = job.work.command == 'batch-deserialize'
    places = [job.folder, destination(job)] if is_push else [job.registry.list, job.folder]
    return [executable, 'mirror', job.work.command, *places, *job.flags]


def ours(executable, job):
    command = batch(executable, job) + ['--quiet']
    if job.work.shards:
        command += ['--max-rate', f'{SHARD_RATE}MB']
    if job.connections:
        command += ['--connections', str(job.connections), '--connections-per-host', str(job.connections)]
    return command


def plan(executable, job):
    return [executable, 'mirror', 'plan', job.registry.list, job.folder, '--out', job.plan]


def commit(executable, job):
    return [executable, 'mirror', 'commit', job.plan, job.folder]


def shards(executable, job):
    """Does what is planned. A shard is a process; the limits are those of all."""
    count = job.work.shards
    command = [executable, 'mirror', 'batch-serialize', '--plan', job.plan, '--shard', f'{{}}/{count}', job.folder,
               '--max-rate', f'{count * SHARD_RATE}MB', '--quiet']
    return ['parallel', '--will-cite', '--jobs', str(count), '--halt', 'now,fail=1', *command, ':::',
            *map(str, range(1, count + 1))]


def our_verify(executable, job):
    return [executable, 'mirror', 'verify', '--full', job.folder]


def reference(executable, job):
    """It speaks plain HTTP only where its configuration says so."""
    path = os.path.join(job.scratch, 'reference.yaml')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'registryConfig: {{registries: {{"{job.registry.address}": '
                   f'{{endpoints: ["http://{job.registry.address}"]}}}}}}\n')
    return batch(executable, job) + ['--config', path]


def limit(executable, job):
    flags = ['--tls'] * job.work.tls + ['--sync'] * job.synced
    connections = job.work.ranges if job.work.ranges > 1 else job.connections or CONNECTIONS
    return [executable, *flags, '--ranges', str(job.work.ranges), job.registry.list, job.folder, str(connections)]


def push_limit(executable, job):
    return [executable + '_push', 'push', job.listing, destination(job), str(job.connections or CONNECTIONS)]


def push_check(executable, job):
    """Fails unless everything arrived."""
    return [executable + '_push', 'check', job.listing, destination(job), str(CONNECTIONS)]


def hash_limit(executable, job):
    return [executable + '_push', 'hash', job.listing, str(os.cpu_count())]


def crane(executable, job):
    return [executable, 'pull', '--format=oci', '--insecure', *job.registry.artifacts, job.folder]


def scripted(executable, lines, *version):
    """For a program that copies one artifact at a time: `lines` is what follows its name, by the command."""
    def script(executable, job):
        return job.script(f'{executable} {lines[job.work.command]}')
    return Program(executable, dict.fromkeys(lines, script), in_layout, version)


def others(options):
    """By the names that --peers takes. One OCI layout for all artifacts, so that a blob need be fetched only once."""
    return {
        'reference': Program(options.reference, {'batch-serialize': reference, 'batch-deserialize': reference},
                             in_archives, ('--version',)),
        'skopeo': scripted('skopeo', {
            'batch-serialize': '--insecure-policy copy --quiet --preserve-digests --src-tls-verify=false '
                               'docker://{ref} oci:{out}:{tag}',
            'batch-deserialize': '--insecure-policy copy --quiet --all --preserve-digests --dest-tls-verify=false '
                                 'oci-archive:{archive} docker://{ref}:{tag}'}, '--version'),
        'crane': Program('crane', {'batch-serialize': crane}, in_layout, ('version',)),
        'regctl': scripted('regctl', {
            'batch-serialize': '--host reg={host},tls=disabled image copy {ref} ocidir://{out}:{tag}'},
                           'version', '--format', '{{.VCSTag}}'),
        'oras': scripted('oras', {
            'batch-serialize': 'copy --no-tty --from-plain-http --to-oci-layout {ref} {out}:{tag}',
            'batch-deserialize': 'copy --no-tty --to-plain-http --from-oci-layout {archive}@{digest} {ref}:{tag}'},
                         'version'),
    }


def programs(options):
    """Name, and program, of all that take part."""
    found = {
        'ace-dt': Program(os.path.join(options.build, 'src', 'ace-dt'),
                          {'batch-serialize': ours, 'batch-deserialize': ours, 'verify': our_verify}, in_archives,
                          ('--version',)),
        'limit': Program(os.path.join(options.build, 'bench', 'limit'),
                         {'batch-serialize': limit, 'batch-deserialize': push_limit, 'verify': hash_limit}, None),
    }
    known = others(options)
    lists = {'all': list(known), 'none': []}
    for name in lists[options.peers] if options.peers in lists else options.peers.split(','):
        if name not in known:
            raise SystemExit(f'--peers: {name} is none of {", ".join(known)}')
        if shutil.which(known[name].executable):
            found[name] = known[name]
        else:
            print(f'{known[name].executable} is not on PATH: left out', flush=True)
    return found


def cache_of_reference(options):
    return os.path.join(options.scratch, 'cache')


def forget_cache(options):
    shutil.rmtree(cache_of_reference(options), ignore_errors=True)


def measure(options, registry, command, env):
    """What it took, and what the registry, if any, saw of it."""
    before = registry.counts() if registry else {}
    result = run(options, command, env)
    after = registry.counts() if registry else {}
    return {**result, **{key: after[key] - before[key] for key in after}}


def run(options, command, env):
    """Runs it to its end, which must be a good one, or until patience ends."""
    path = os.path.join(options.scratch, 'measured.json')
    env = {**os.environ, 'ACE_DT_CACHE_PATH': cache_of_reference(options), **env}
    os.sync()
    with subprocess.Popen([os.path.join(options.build, 'bench', 'measure'), path, *command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env,
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
