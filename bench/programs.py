"""The programs that are compared: how each is told to do a work, and what it leaves on disk."""
import dataclasses
import os
import shutil
import subprocess
from typing import Callable

CONNECTIONS = 64  # that ace-dt opens to one registry unless told otherwise


@dataclasses.dataclass(frozen=True)
class Job:
    """A work, as one program is to do it."""
    work: object
    registry: object
    out: str
    scratch: str      # a folder for what is not the outcome
    connections: int  # of ace-dt and the limit; 0: as ace-dt does by itself
    synced: bool      # the limit is done when all is on disk

    def script(self, line):
        """A shell script with a line for each artifact, as a user would write it."""
        path = os.path.join(self.scratch, 'script.sh')
        with open(path, 'w', encoding='utf-8') as file:
            for number, artifact in enumerate(self.registry.artifacts, 1):
                file.write(line.format(ref=artifact, tag=f'a{number}', out=self.out, host=self.registry.address) + '\n')
        return ['sh', '-e', path]


@dataclasses.dataclass(frozen=True)
class Program:
    executable: str
    command: Callable
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


def batch_serialize(executable, job):
    return [executable, 'mirror', 'batch-serialize', job.registry.list, job.out, *job.work.flags]


def ours(executable, job):
    command = batch_serialize(executable, job) + ['--quiet']
    if job.connections:
        command += ['--connections', str(job.connections), '--connections-per-host', str(job.connections)]
    return command


def reference(executable, job):
    """It speaks plain HTTP only where its configuration says so."""
    path = os.path.join(job.scratch, 'reference.yaml')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'registryConfig: {{registries: {{"{job.registry.address}": '
                   f'{{endpoints: ["http://{job.registry.address}"]}}}}}}\n')
    return batch_serialize(executable, job) + ['--config', path]


def limit(executable, job):
    flags = ['--tls'] * job.work.tls + ['--sync'] * job.synced
    connections = job.work.ranges if job.work.ranges > 1 else job.connections or CONNECTIONS
    return [executable, *flags, '--ranges', str(job.work.ranges), job.registry.list, job.out, str(connections)]


def crane(executable, job):
    return [executable, 'pull', '--format=oci', '--insecure', *job.registry.artifacts, job.out]


def scripted(executable, line, *version):
    """For a program that copies one artifact at a time: `line` is what follows its name."""
    return Program(executable, lambda _, job: job.script(f'{executable} {line}'), in_layout, version)


def others(options):
    """By the names that --peers takes. One OCI layout for all artifacts, so that a blob need be fetched only once."""
    return {
        'reference': Program(options.reference, reference, in_archives, ('--version',)),
        'skopeo': scripted('skopeo', '--insecure-policy copy --quiet --preserve-digests --src-tls-verify=false '
                           'docker://{ref} oci:{out}:{tag}', '--version'),
        'crane': Program('crane', crane, in_layout, ('version',)),
        'regctl': scripted('regctl', '--host reg={host},tls=disabled image copy {ref} ocidir://{out}:{tag}',
                           'version', '--format', '{{.VCSTag}}'),
        'oras': scripted('oras', 'copy --no-tty --from-plain-http --to-oci-layout {ref} {out}:{tag}', 'version'),
    }


def programs(options):
    """Name, and program, of all that take part."""
    found = {
        'ace-dt': Program(os.path.join(options.build, 'src', 'ace-dt'), ours, in_archives, ('--version',)),
        'limit': Program(os.path.join(options.build, 'bench', 'limit'), limit, None),
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
