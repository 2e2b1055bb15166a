"""The documents: every block of README.md and docs/ is run, or is one of the few that cannot be.

What a block is for stands behind its fence. `sh` is run and must succeed. `text` must be among what the last `sh`
said, line by line, with … for anything; times differ. Any other with a file name (`yaml config.yaml`) is written
there. A fence without a word is a picture. The blocks of a document are run in their order, in a directory of its own
that is HOME too; those of STAND_ALONE have such a directory for each section.

Hosts of SERVERS are started where the blocks name them, and their names replaced by where they listen. Slurm is started
where a block runs sbatch; a host that it gives to ssh is a folder beside the others.
"""

import os
import re
import shutil
import unittest

import nginx
import servers
import slurm
import support
import trip
from content import AMD64, blob, image, index, layer, noise
from documents import DOCUMENTS, ROOT, Block, Program, blocks, commands_in, indented, sections
from proxies import HttpProxy

STAND_ALONE = ('many-machines.md', 'registries.md')
USER, PASSWORD = 'ada', 'correct-horse'  # as the documents have them

# A block with a line that begins with one of these is not run. What it does is tested elsewhere; here, only that the
# files and options that it names exist.
NOT_RUN = {
    'tools/install-packages': 'tools/test',
    'meson': 'tools/test',
    'dpkg-buildpackage': 'test_debian.py',
    'tools/portable': 'test_portable.py and test_image.py',
    'c++': 'test_install.py',
    'kubectl': 'test_kubernetes.py',
    'systemctl': 'test_automation.py',
}
# A document that uses one that is not installed is skipped. Of cosign, which Debian does not have, only the block is.
PROGRAMS = ('cosign', 'jq', 'parallel', 'rsync', 'skopeo', 'time')


def app(case, *options, host=None, **access):
    """A registry with dev/app:v1, and a signature of it."""
    source = case.registry(*options, **access)
    root = image(noise(1000, str(options)))
    source.push('dev/app', root)
    source.push('dev/app', image(blob(b'signature')), root.digest.replace(':', '-') + '.sig')
    return host or source.host


def self_signed(case):
    certificate, key = servers.self_signed(case.directory)
    return app(case, '--tls-cert', certificate, '--tls-key', key, certificate=certificate)


def signed_by_an_authority(case):
    certificate, key = servers.self_signed(case.directory)
    shutil.copy(certificate, case.directory / 'our-authority.crt')
    return app(case, '--tls-cert', certificate, '--tls-key', key, certificate=certificate)


def for_clients(case):
    if not shutil.which('nginx'):
        case.skipTest('nginx is not installed')
    certificate, key = servers.self_signed(case.directory)
    shutil.copy(certificate, case.directory / 'their-authority.crt')
    (case.directory / 'mine').mkdir()
    for file, name in zip(servers.self_signed(case.directory / 'mine'), ('my.cert', 'my.key')):
        shutil.copy(file, case.directory / name)
    return case.enterContext(nginx.Nginx(
        case.directory, app(case), certificate, key,
        server=f'ssl_client_certificate {case.directory}/my.cert; ssl_verify_client on;')).host


def private(case):
    return app(case, '--auth', 'bearer', '--user', f'{USER}:{PASSWORD}', login=f'{USER}:{PASSWORD}')


def low_side(case):
    """alpine for two platforms, and two versions of tools that share a layer with it and are signed."""
    source = case.registry()
    base = layer('base', 3_000_000)
    platforms = [image(base).described(platform=AMD64),
                 image(layer('arm64', 2_900_000)).described(platform={**AMD64, 'architecture': 'arm64'})]
    source.push('alpine', index(*platforms), '3.20.3')
    for version, size in (('v3.3.1', 20_000_000), ('v3.4.0', 21_000_000)):
        tools = image(base, layer(version, size))
        source.push('dev-tools', tools, version)
        case.sign(source, 'dev-tools', tools)
    return source.host


def high_side(case):
    host = case.registry().host
    case.write('.config/containers/registries.conf', f'[[registry]]\nlocation = "{host}"\ninsecure = true\n')
    case.write('.config/containers/policy.json', '{"default": [{"type": "insecureAcceptAnything"}]}')
    return host


# The host that a document names -> what starts a server, and returns where it listens.
SERVERS = {
    'authority.example:5000': signed_by_an_authority,
    'clients.example:5000': for_clients,
    'docker.io': low_side,
    'http://outside.example:5000': app,  # only the proxy knows it
    'private.example:5000': private,
    'reg.example.com': low_side,
    'registry.example:5000': app,
    'registry.high.example': high_side,
    'selfsigned.example:5000': self_signed,
    'storage.example:5000': lambda case: app(case, '--redirect-blobs'),
}


# Runs the command in the folder of the host, which is that host's HOME.
SSH = '''#!/bin/sh
[ "$1" != -n ] || shift
mkdir -p "$HOME/$1" && cd "$HOME/$1" && shift && HOME=$PWD exec sh -c "$*"
'''


def carried(case):
    """What is there at the end of using.md: the folder of two runs."""
    host = case.hosts['reg.example.com']
    for version in ('v3.3.1', 'v3.4.0'):
        rows = [('alpine', f'{host}/alpine:3.20.3'), ('tools', f'{host}/dev-tools:{version}')]
        case.mirror(rows, '--recursive', folder=case.directory / 'sync/data')


BEFORE = {'other-side.md': carried}  # what a document begins with


class Documents(support.Case):

    def setUp(self):
        super().setUp()
        tools = self.directory / 'bin'
        tools.mkdir()
        for name, variable in (('ace-dt', 'ACE_DT'), ('acedt-registry', 'ACEDT_REGISTRY')):
            (tools / name).symlink_to(os.environ[variable])
        self.write('bin/ssh', SSH).chmod(0o755)
        (self.directory / 'tools').mkdir()
        (self.directory / 'tools' / 'slurm').symlink_to(ROOT / 'tools' / 'slurm')
        self.environment.update(PATH=f'{tools}:{self.environment["PATH"]}', COSIGN_PASSWORD='')
        self.secrets.add(PASSWORD)
        self.hosts, self.said = {}, ''

    def sign(self, source, repository, root):
        """With cosign if it is there, else with what looks like it."""
        if not shutil.which('cosign'):
            source.push(repository, trip.cosign_signature(root.digest), root.digest.replace(':', '-') + '.sig')
            return
        if not (self.directory / 'cosign.key').exists():
            self.check_succeeds('cosign generate-key-pair')
        self.check_succeeds('cosign sign --key cosign.key --tlog-upload=false --use-signing-config=false --yes '
                            f'--new-bundle-format=false {source.host}/{repository}@{root.digest}')

    def check_succeeds(self, script):
        result = self.execute(['sh', '-euc', script], self.folder)
        self.assertEqual(result.code, 0, f'{script}\n{result.text}')
        self.said = result.text

    def start_servers(self, text):
        for name, start in SERVERS.items():
            if name in text:
                started = [other for other in self.hosts if SERVERS[other] == start]
                self.hosts[name] = self.hosts[started[0]] if started and start == low_side else start(self)
        if outside := self.hosts.pop('http://outside.example:5000', None):
            self.hosts['proxy.example:3128'] = self.enterContext(HttpProxy(outside)).host

    def start_slurm(self, text):
        if 'sbatch' in text:
            if reason := slurm.reason_to_skip():
                self.skipTest(reason)
            self.environment.update(self.enterContext(slurm.Cluster()).environment, PATH=self.environment['PATH'])

    def with_hosts(self, text):
        for name, host in self.hosts.items():
            text = text.replace(name, host)
        return text

    def run_blocks(self, found, before=lambda case: None):
        text = ''.join(block.text for block in found)
        self.start_servers(text)
        self.start_slurm(text)
        before(self)
        for block in found:
            if block.language == 'sh':
                self.said = None
                if not self.is_run_elsewhere(block.text) and not self.lacks_cosign(block.text):
                    self.check_succeeds(self.with_hosts(block.text))
            elif block.language == 'text':
                if self.said is not None:
                    self.check_said(self.with_hosts(block.text))
            elif block.language:
                self.assertTrue(block.file, f'a block that is neither run nor a file: {block.text}')
                self.write(block.file, self.with_hosts(block.text))
            else:
                self.assertNotRegex(block.text, r'(?m)^ *ace-dt ', 'commands need a fence with sh')

    def is_run_elsewhere(self, text):
        """Whether the block is one of NOT_RUN. If so, what it names must exist."""
        first = {line.split()[0] for line in text.splitlines() if line.strip()}
        if not first & NOT_RUN.keys():
            return False
        self.assertNotIn('ace-dt', first, 'a block with a command of ace-dt must be run')
        for file in re.findall(r'(?<![\w/.])(?:tools|docs|debian)/[\w./-]+', text):
            self.assertTrue((ROOT / file).exists(), f'{file} does not exist')
        for option in re.findall(r'-D(\w+)=', text):
            self.assertIn(f"option('{option}'", (ROOT / 'meson_options.txt').read_text())
        return True

    def lacks_cosign(self, text):
        """Whether the block needs cosign in vain. Skips the test where it needs another program in vain."""
        missing = [name for name in PROGRAMS if re.search(fr'\b{name} ', text) and not shutil.which(name)]
        if missing and missing != ['cosign']:
            self.skipTest(f'not installed: {", ".join(missing)}')
        if missing:
            with self.subTest(text):
                self.skipTest('not installed: cosign')
        return bool(missing)

    def check_said(self, text):
        for line in text.splitlines():
            pattern = '.*'.join(re.escape(part) for part in line.split('…'))
            pattern = re.sub(r'\bin\\ \d[\w.\\]*', r'in\\ \\d[\\w.]*', pattern)  # "in 52ms"
            self.assertRegex(self.said, f'(?m)^{pattern}$')


def test_of(title, found, before=lambda case: None):
    def test(self):
        self.run_blocks(found, before)
    test.__name__ = test.__qualname__ = 'test_' + re.sub(r'\W+', '_', title.lower())
    return test


class Documentation(Documents):
    """A test for each document; for each section of those of STAND_ALONE."""

    def test_blocks_are_fenced(self):
        for document in DOCUMENTS:
            self.assertEqual(indented(document.read_text()), [], document.name)

    def test_flags_are_known_to_the_program(self):
        program = Program()
        for document in DOCUMENTS:
            for code in commands_in(document.read_text()):
                self.assertEqual(program.unknown(code), [], f'{document.name}: {code}')


for document in DOCUMENTS:
    text = document.read_text()
    if document.name in STAND_ALONE:
        tests = [test_of(title, found) for title, found in sections(text) if found]
    else:
        before = BEFORE.get(document.name, lambda case: None)
        tests = [test_of(document.stem, blocks(text), before)] if blocks(text) else []
    for test in tests:
        assert not hasattr(Documentation, test.__name__), f'two tests have the name {test.__name__}'
        setattr(Documentation, test.__name__, test)


class BlocksThatDoNotHold(Documents):
    """That a block that is wrong fails its test."""

    def check_fails(self, *found):
        with self.assertRaises(AssertionError):
            self.run_blocks([Block(info, text) for info, text in found])

    def test_a_command_that_fails(self):
        self.check_fails(('sh', 'true\nfalse\ntrue\n'))

    def test_a_line_that_is_not_said(self):
        self.check_fails(('sh', 'echo one\n'), ('text', 'two\n'))

    def test_a_block_of_no_known_kind(self):
        self.check_fails(('yaml', 'a: 1\n'))

    def test_a_command_in_a_picture(self):
        self.check_fails(('', 'ace-dt version\n'))

    def test_a_secret_that_is_shown(self):
        self.check_fails(('sh', f'echo {PASSWORD}\n'))

    def test_what_is_not_run_names_what_does_not_exist(self):
        for text in ('tools/portable tools/nothing\n', 'meson setup x -Dnothing=1\n', 'kubectl\nace-dt version\n'):
            self.check_fails(('sh', text))

    def test_an_indented_block(self):
        self.assertEqual(indented('a\n\n    ace-dt version\n\nb'), ['    ace-dt version'])

    def test_flags_that_the_program_does_not_know(self):
        program = Program()
        for code in ('ace-dt mirror verify x --fulll', 'x; ace-dt mirror ls --full x', '--fulll',
                     'verify --compression zstd', '--fulll FILE'):
            self.assertEqual(len(program.unknown(code)), 1, code)
        for code in ('ace-dt mirror verify x --full', 'sbatch --wait', '--full', 'verify --full # --fulll', '-vv',
                     'ace-dt mirror batch-serialize a b --connections=3 && tar --list', '-r', 'ls -l',
                     "sh --wrap 'ace-dt mirror ls x'"):
            self.assertEqual(program.unknown(code), [], code)


if __name__ == '__main__':
    support.main()
