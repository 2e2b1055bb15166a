"""Runs ace-dt in a folder of its own, and looks at what it leaves there."""

import base64
import contextlib
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from dataclasses import dataclass, field

import secret
import servers
from content import MANIFESTS

SKIPPED = 77  # to Meson
ARCHIVES = ('.tar', '.tar.zst', '.tar.gz')
TRACKER = 'record-keeping.csv'
FAILURES = range(1, 11)  # exit codes
NEEDS = 'vnd.ace-dt.data.needs'


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def text(self):
        return self.out + self.err


@dataclass
class Archive:
    """What is in one."""
    file: str
    names: list = field(default_factory=list)      # of its entries, in their order
    blobs: dict = field(default_factory=dict)      # digest -> content, verified
    documents: dict = field(default_factory=dict)  # oci-layout, index.json (the last), manifest.json

    @property
    def number(self):
        return int(self.file.partition('-')[0])

    @property
    def needs(self):
        return json.loads(self.documents['index.json']['annotations'].get(NEEDS, '[]'))


class Case(unittest.TestCase):
    """A test with a directory of its own; `self.folder` is its sync folder."""

    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder = self.directory / 'sync'
        self.environment = {name: value for name, value in os.environ.items()
                            if name == 'PATH' or name.endswith('SAN_OPTIONS')}
        self.environment.update(HOME=str(self.directory), TMPDIR=str(self.directory))
        self.prefix = []  # of the command, such as a program that limits what it may do
        self.secrets = {secret.STORAGE_SIGNATURE}  # that no run may show

    def registry(self, *options, **access):
        self.secrets |= secret.in_options(options)
        return self.enterContext(servers.TestRegistry(self.directory, *options, **access))

    def write(self, name, text):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def log_in(self, host, login):
        auth = base64.b64encode(login.encode()).decode()
        self.secrets |= {auth, login.partition(':')[2]}
        file = self.write('docker/config.json', json.dumps({'auths': {host: {'auth': auth}}}))
        self.environment['DOCKER_CONFIG'] = str(file.parent)

    def configure(self, text):
        self.environment['ACE_DT_CONFIG'] = str(self.write('config.yaml', text))

    def command(self, rows, options, folder, words=('mirror', 'batch-serialize')):
        """`rows`: pairs of name and artifact, or the text of the list."""
        if not isinstance(rows, (str, bytes)):
            rows = 'name,artifact\n' + ''.join(f'{name},{artifact}\n' for name, artifact in rows)
        return [*self.prefix, os.environ['ACE_DT'], *words, self.write('list.csv', rows), folder or self.folder,
                *options]

    def run_mirror(self, rows, *options, folder=None):
        return self.execute(self.command(rows, options, folder), folder or self.folder)

    def execute(self, command, *places, text=''):
        """Runs it, with `text` as its input. Nothing that it says, or writes in `places` or anywhere new, may have a
        secret in it."""
        before = set(self.directory.iterdir())
        done = subprocess.run(command, env=self.environment, cwd=self.directory, capture_output=True,
                              input=text.encode(), timeout=2 * servers.LONG_ENOUGH)
        self.check_secrets(done.stdout + done.stderr, {*self.directory.iterdir()} - before | {*places})
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def check_secrets(self, said, places):
        secrets = self.secrets | secret.in_environment(self.environment)
        shown = secret.shown(secrets, {'what it said': said, **secret.texts(places, without=ARCHIVES)})
        self.assertEqual(shown, [], 'secrets were shown')

    def mirror(self, rows, *options, folder=None):
        """A run that must succeed."""
        result = self.run_mirror(rows, *options, folder=folder)
        self.assertEqual(result.code, 0, result.text)
        return result

    def refused(self, rows, *options, folder=None, code=None):
        """A run that must fail, with `code` or another of its own; what it said on stderr."""
        result = self.run_mirror(rows, *options, folder=folder)
        self.assertIn(result.code, [code] if code else FAILURES, result.text)
        self.assertRegex(result.err, '(?m)^Error: ')
        return result.err

    def run_push(self, destination, *options, folder=None):
        """batch-deserialize into `destination`, HOST/REPOSITORY."""
        command = [*self.prefix, os.environ['ACE_DT'], 'mirror', 'batch-deserialize', folder or self.folder,
                   destination, *options]
        return self.execute(command, folder or self.folder)

    def push(self, destination, *options, folder=None):
        """A push that must succeed."""
        result = self.run_push(destination, *options, folder=folder)
        self.assertEqual(result.code, 0, result.text)
        return result

    def not_pushed(self, destination, *options, code, folder=None):
        """A push that must fail with `code`; what it said on stderr."""
        result = self.run_push(destination, *options, folder=folder)
        self.assertEqual(result.code, code, result.text)
        self.assertRegex(result.err, '(?m)^Error: ')
        return result.err

    def reference(self, *command, host):
        """Runs `mirror` of ace-dt-go, the program that ace-dt stands in for, which must succeed. `host` has no TLS."""
        config = self.write('reference.yaml', json.dumps({
            'apiVersion': 'config.dt.act3-ace.io/v1alpha1', 'kind': 'Configuration',
            'registryConfig': {'registries': {host: {'endpoints': [f'http://{host}']}}}}))
        done = subprocess.run(['ace-dt-go', 'mirror', *command, '--config', config], env=self.environment,
                              cwd=self.directory, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def mirror_by_reference(self, rows, *options):
        """The sync folder as it makes it of `rows`, pairs of name and artifact, all of one host."""
        list_file = self.write('reference.csv', 'name,artifact\n' + ''.join(','.join(row) + '\n' for row in rows))
        self.folder.mkdir()
        self.reference('batch-serialize', list_file, self.folder, *options, host=rows[0][1].partition('/')[0])

    def check_pushed(self, registry, repository, root):
        """The repository has `root` and all below it, by digest, manifests by their type."""
        for content in {one.digest: one for one in root.walk() if one.pushed}.values():
            kind = 'manifests' if content.media_type in MANIFESTS else 'blobs'
            fields = {'Accept': content.media_type} if kind == 'manifests' else {}
            answer, text = registry.ask('GET', f'/v2/{repository}/{kind}/{content.digest}', fields=fields)
            self.assertEqual(text, content.data)
            if kind == 'manifests':
                self.assertEqual(answer['Content-Type'], content.media_type)

    def check_tag(self, registry, repository, tag, root):
        """`tag` names `root`."""
        fields = {'Accept': root.media_type}
        self.assertEqual(registry.ask('GET', f'/v2/{repository}/manifests/{tag}', fields=fields)[1], root.data)

    def mirroring(self, rows, *options):
        return self.running(self.command(rows, options, None))

    @contextlib.contextmanager
    def running(self, command):
        """A run that goes on during the `with` block, and is killed at its end if it still does."""
        process = subprocess.Popen(command, env=self.environment, cwd=self.directory, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        try:
            yield process
        finally:
            process.kill()
            self.check_secrets(b''.join(process.communicate()), {self.folder})

    def archives(self, folder=None):
        """The names of the archives in the sync folder, in order."""
        return sorted(path.name for path in (folder or self.folder).glob('*-*') if path.name.endswith(ARCHIVES))

    def read(self, file, folder=None):
        return read_archive((folder or self.folder) / file)

    def tracker(self, name=TRACKER):
        file = self.folder / name
        return file.read_text() if file.exists() else ''

    def done(self):
        """The archives that the tracker names."""
        return [line.split(',')[0] for line in self.tracker().splitlines()[1:]]

    def snapshot(self, folder=None):
        """All that a folder gives away: names and digests of contents."""
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in (folder or self.folder).iterdir() if path.is_file()}

    def check_folder(self, folder=None):
        """The archives of the folder, after a look whether each has what it needs in itself or in earlier ones."""
        held, archives = {}, [self.read(file, folder) for file in self.archives(folder)]
        for archive in archives:
            for digest in archive.blobs:
                held.setdefault(digest, archive.file)
            for digest in referenced(archive):
                self.assertIn(digest, held, f'{archive.file} refers to it')
                own = digest in archive.blobs or held[digest] in archive.needs
                self.assertTrue(own, f'{archive.file} does not say that it needs {held[digest]} for {digest}')
        return archives


def can_mount():
    words = ['unshare', '-m', '-r', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']
    return bool(shutil.which('unshare')) and subprocess.run(words, capture_output=True).returncode == 0


needs_mounts = unittest.skipUnless(can_mount(), 'no file system can be mounted here')


def on_tmpfs(folder, size, then=''):
    """What to put before a command that is to find a file system of `size` at `folder`. `then`: shell commands for
    afterwards, in which "$@" is the command; what the command itself ended with counts."""
    folder.mkdir()
    script = f'mount -t tmpfs -o size={size} tmpfs {folder} && {{ "$@"; code=$?; {then} exit $code; }}'
    return ['unshare', '-m', '-r', 'sh', '-c', script, 'sh']


def plain(path):
    """The tar in an archive, decompressed by the usual program."""
    program = {'.zst': 'zstd', '.gz': 'gzip'}.get(path.suffix)
    if not program:
        return path.read_bytes()
    return subprocess.run([program, '-dcq', path], check=True, capture_output=True).stdout


def read_archive(path):
    archive = Archive(path.name)
    with tarfile.open(fileobj=io.BytesIO(plain(path))) as tar:
        for entry in tar:
            archive.names.append(entry.name)
            if not entry.isfile():
                continue
            content = tar.extractfile(entry).read()
            if entry.name.startswith('blobs/'):
                _, algorithm, name = entry.name.split('/')
                assert hashlib.new(algorithm, content).hexdigest() == name, f'{path.name}: {entry.name} is another blob'
                assert f'{algorithm}:{name}' not in archive.blobs, f'{path.name}: {entry.name} is there twice'
                archive.blobs[f'{algorithm}:{name}'] = content
            else:
                archive.documents[entry.name] = json.loads(content)
    return archive


def referenced(archive):
    """Every digest that can be reached from the root manifest, and its own."""
    found, left = {}, [archive.documents['index.json']['manifests'][0]]
    while left:
        descriptor = left.pop()
        if descriptor['digest'] in found:
            continue
        found[descriptor['digest']] = descriptor
        if descriptor['mediaType'] in MANIFESTS:
            left += children(json.loads(archive.blobs[descriptor['digest']]))
    return found


def children(manifest):
    single = [manifest[name] for name in ('subject', 'config') if name in manifest]
    return single + [one for name in ('layers', 'manifests', 'blobs') for one in manifest.get(name, [])]


def main():
    """Runs the tests of the file. Ends with SKIPPED where none could run."""
    program = unittest.main(exit=False, verbosity=2)
    result = program.result
    all_skipped = result.testsRun == len(result.skipped)
    sys.exit(1 if not result.wasSuccessful() else SKIPPED if all_skipped else 0)
