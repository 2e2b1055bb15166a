"""What users do wrong, and all that they then read on standard error.

Each file here has the mistakes of one area, as a list MISTAKES. A command is for sh, in a folder of its own, which has
list.csv. In commands, files and texts, DIRECTORY is that folder, and REGISTRY is where the set-up started a registry.
"""

import os
import shutil
import socketserver
import subprocess
import unittest
from dataclasses import dataclass, field

import proxies
import servers
import support
from content import image, noise
from scripted import ScriptedRegistry

LIST = 'name,artifact\napp,REGISTRY/a/b:v1\n'
LAYER = noise(1000, 'layer')
IMAGE = image(LAYER)
CONFIG = IMAGE.children[0]
MIRROR = 'ace-dt mirror batch-serialize list.csv sync --retries 0'
PUSH = 'ace-dt mirror batch-deserialize sync REGISTRY/mirror --retries 0'
LOGIN = 'ada:correct-horse'


@dataclass
class Mistake:
    about: str           # what is wrong
    command: str
    code: int            # exit status
    says: str            # all of standard error
    setup: list = field(default_factory=list)  # functions of a World, in their order
    files: dict = field(default_factory=dict)  # written after the set-up
    environment: dict = field(default_factory=dict)


class World(support.Case):
    """Where a mistake is made. To set it up, functions use what tests have."""

    def runTest(self):
        pass

    def setUp(self):
        super().setUp()
        self.names = {'DIRECTORY': str(self.directory)}
        self.environment['PATH'] = f'{os.path.dirname(os.environ["ACE_DT"])}:{self.environment["PATH"]}'
        self.secrets |= {'correct-horse', 'wrong-horse'}

    def with_values(self, text):
        for name, value in {'REGISTRY': 'registry.invalid', **self.names}.items():
            text = text.replace(name, value) if isinstance(text, str) else text
        return text

    def with_names(self, text):
        for name, value in self.names.items():
            text = text.replace(value, name)
        return text

    def files(self, files):
        for name, text in files.items():
            self.write(name, self.with_values(text))

    def sh(self, command):
        return self.execute([*self.prefix, 'sh', '-c', self.with_values(command)], self.folder)

    def must(self, command):
        result = self.sh(command)
        assert result.code == 0, f'{command}: {result.text}'


def outcome(mistake):
    """Makes the mistake. Returns the exit status, and standard error with the names of what differs between runs.
    Throws SkipTest if it cannot be made here."""
    world = World()
    world.setUp()
    try:
        for step in mistake.setup:
            step(world)
        world.files({'list.csv': LIST, **mistake.files})
        world.environment |= {name: world.with_values(value) for name, value in mistake.environment.items()}
        result = world.sh(mistake.command)
        return result.code, world.with_names(result.err)
    finally:
        world.doCleanups()


# Set-ups

def registry(*options, faults=(), login=None, push=True, name='REGISTRY'):
    """acedt-registry, with IMAGE as a/b:v1."""
    def set_up(world):
        source = world.registry(*options, login=login)
        world.names[name] = source.host
        if push:
            source.push('a/b', IMAGE)
        if faults:
            source.fault(*faults)
    return set_up


def scripted(*quirks, root=IMAGE):
    """A registry that answers as `quirks` say; see scripted.py."""
    def set_up(world):
        source = world.enterContext(ScriptedRegistry(*quirks))
        source.push(root)
        world.names['REGISTRY'] = source.host
    return set_up


def synced(world):
    """The folder `sync`, with one archive."""
    source = world.registry()
    source.push('a/b', IMAGE)
    world.files({'list.csv': f'name,artifact\napp,{source.host}/a/b:v1\n'})
    world.must('ace-dt mirror batch-serialize list.csv sync -q')
    world.names['SOURCE'] = source.host


def sh(command):
    """A command that prepares the mistake."""
    return lambda world: world.must(command)


def as_another_user(world):
    """The command is run by a user that is not root."""
    if os.geteuid() != 0 or not shutil.which('setpriv'):
        raise unittest.SkipTest('only root can become another user')
    world.directory.chmod(0o755)
    world.prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all']
    if subprocess.run([*world.prefix, os.environ['ACE_DT'], 'version'], capture_output=True).returncode != 0:
        raise unittest.SkipTest('another user may not run the program here')


def in_namespaces(*flags):
    """The command is run in namespaces of its own."""
    def set_up(world):
        prefix = ['unshare', '-r', *flags]
        if not shutil.which('unshare') or subprocess.run([*prefix, 'true'], capture_output=True).returncode != 0:
            raise unittest.SkipTest('there can be no namespaces here')
        world.prefix = prefix
    return set_up


def proxy(kind=proxies.HttpProxy, login=None):
    """A proxy that leads to REGISTRY."""
    def set_up(world):
        world.names['PROXY'] = world.enterContext(kind(world.names['REGISTRY'], login)).host
    return set_up


def tls(names='IP:127.0.0.1', until='20990101000000Z', trusted=False):
    """A registry with TLS, and a certificate for `names`."""
    def set_up(world):
        certificate, key = certified(world.directory, names, until)
        source = world.registry('--tls-cert', certificate, '--tls-key', key)
        world.names['REGISTRY'] = source.host
        if trusted:
            world.environment['SSL_CERT_FILE'] = str(certificate)
    return set_up


OPENSSL_CA = '''[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
'''


def certified(directory, names, until):
    """Files with a self-signed certificate from 2020, and its key."""
    folder = directory / 'certificate'
    folder.mkdir()
    (folder / 'ca.cnf').write_text(OPENSSL_CA)
    (folder / 'index.txt').touch()
    for command in (['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                     '-subj', '/CN=registry', '-addext', f'subjectAltName={names}', '-keyout', 'key', '-out', 'request'],
                    ['ca', '-batch', '-selfsign', '-config', 'ca.cnf', '-keyfile', 'key', '-in', 'request',
                     '-out', 'certificate', '-startdate', '20200101000000Z', '-enddate', until, '-notext']):
        subprocess.run(['openssl', *command], cwd=folder, check=True, capture_output=True)
    return folder / 'certificate', folder / 'key'


class Silent(servers.InThread):
    """Something that is no registry: sends `greeting`, and closes."""

    def __init__(self, greeting):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.request.recv(65536)
                self.wfile.write(greeting)

        self.server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.host = '{}:{}'.format(*self.server.server_address)


def no_registry(greeting):
    def set_up(world):
        world.names['REGISTRY'] = world.enterContext(Silent(greeting)).host
    return set_up
