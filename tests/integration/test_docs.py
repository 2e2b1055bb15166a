"""docs/registries.md and docs/many-machines.md: every block of them is run.

A section is a test: its blocks in their order, in a directory of its own that is HOME too. What a block is for stands
behind its fence: `sh` is run and must succeed; `text` must be among what the last `sh` said, line by line, with … for
anything; any other with a file name (`yaml config.yaml`) is written there. Hosts of SERVERS are started where a section
names them, with an image at dev/app:v1, and their names replaced by where they listen. Slurm is started where a section
runs sbatch; a host that it gives to ssh is a folder beside the others.
"""

import json
import os
import pathlib
import re
import shutil
import unittest

import nginx
import servers
import slurm
import support
from content import blob, image, noise
from proxies import HttpProxy

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENTS = [ROOT / 'docs' / name for name in ('registries.md', 'many-machines.md')]
USER, PASSWORD = 'ada', 'correct-horse'  # as the document has them


def plain(case):
    return case.registry()


def private(case):
    return case.registry('--auth', 'bearer', '--user', f'{USER}:{PASSWORD}', login=f'{USER}:{PASSWORD}')


def redirecting(case):
    return case.registry('--redirect-blobs')


def self_signed(case):
    certificate, key = servers.self_signed(case.directory)
    return case.registry('--tls-cert', certificate, '--tls-key', key, certificate=certificate)


def signed_by_an_authority(case):
    certificate, key = servers.self_signed(case.directory)
    shutil.copy(certificate, case.directory / 'our-authority.crt')
    return case.registry('--tls-cert', certificate, '--tls-key', key, certificate=certificate)


def for_clients(case):
    if not shutil.which('nginx'):
        case.skipTest('nginx is not installed')
    source = case.registry()
    certificate, key = servers.self_signed(case.directory)
    shutil.copy(certificate, case.directory / 'their-authority.crt')
    (case.directory / 'mine').mkdir()
    for file, name in zip(servers.self_signed(case.directory / 'mine'), ('my.cert', 'my.key')):
        shutil.copy(file, case.directory / name)
    front = case.enterContext(nginx.Nginx(
        case.directory, source.host, certificate, key,
        server=f'ssl_client_certificate {case.directory}/my.cert; ssl_verify_client on;'))
    case.hosts['clients.example:5000'] = front.host
    return source


def behind_a_proxy(case):
    source = case.registry()
    case.hosts['proxy.example:3128'] = case.enterContext(HttpProxy(source.host)).host
    return source


SERVERS = {
    'authority.example:5000': signed_by_an_authority,
    'clients.example:5000': for_clients,
    'http://outside.example:5000': behind_a_proxy,
    'registry.example:5000': plain,
    'private.example:5000': private,
    'storage.example:5000': redirecting,
    'selfsigned.example:5000': self_signed,
}


# Runs the command in the folder of the host, which is that host's HOME.
SSH = '''#!/bin/sh
[ "$1" != -n ] || shift
mkdir -p "$HOME/$1" && cd "$HOME/$1" && shift && HOME=$PWD exec sh -c "$*"
'''


class Block:

    def __init__(self, info, text):
        self.language, _, self.file = info.strip().partition(' ')
        self.text = text


def sections(document):
    """Title and blocks of each section."""
    for section in re.split('(?m)^## ', document)[1:]:
        title, _, body = section.partition('\n')
        yield title, [Block(*found) for found in re.findall('(?ms)^```([^\n]*)\n(.*?)^```$', body)]


class Sections(support.Case):

    def setUp(self):
        super().setUp()
        bin_directory = self.directory / 'bin'
        bin_directory.mkdir()
        (bin_directory / 'ace-dt').symlink_to(os.environ['ACE_DT'])
        self.environment['PATH'] = f'{bin_directory}:{self.environment["PATH"]}'
        self.secrets.add(PASSWORD)
        self.hosts, self.said = {}, ''

    def start_servers(self, text):
        for name, start in SERVERS.items():
            if name in text:
                source = start(self)
                app = image(noise(1000, name))
                source.push('dev/app', app)
                source.push('dev/app', image(blob(b'signature')), app.digest.replace(':', '-') + '.sig')
                if not name.startswith('http'):  # else only the proxy knows it
                    self.hosts.setdefault(name, source.host)

    def start_machines(self, text):
        (self.directory / 'tools').mkdir()
        (self.directory / 'tools' / 'slurm').symlink_to(ROOT / 'tools' / 'slurm')
        if 'sbatch' in text:
            if reason := slurm.reason_to_skip():
                self.skipTest(reason)
            self.environment.update(self.enterContext(slurm.Cluster()).environment, PATH=self.environment['PATH'])
        for program in ('parallel', 'rsync'):
            if f'{program} -' in text and not shutil.which(program):
                self.skipTest(f'{program} is not installed')
        self.write('bin/ssh', SSH).chmod(0o755)

    def with_hosts(self, text):
        for name, host in self.hosts.items():
            text = text.replace(name, host)
        return text

    def run_section(self, blocks):
        text = ''.join(block.text for block in blocks)
        self.start_servers(text)
        self.start_machines(text)
        for block in blocks:
            text = self.with_hosts(block.text)
            if block.language == 'sh':
                result = self.execute(['sh', '-euc', text], self.folder)
                self.assertEqual(result.code, 0, f'{text}\n{result.text}')
                self.said = result.text
            elif block.language == 'text':
                for line in text.splitlines():
                    pattern = '.*'.join(re.escape(part) for part in line.split('…'))
                    self.assertRegex(self.said, f'(?m)^{pattern}$')
            else:
                self.assertTrue(block.file, f'a block that is neither run nor a file: {block.text}')
                self.write(block.file, text)


def test_of(title, blocks):
    def test(self):
        self.run_section(blocks)
    test.__name__ = test.__qualname__ = 'test_' + re.sub(r'\W+', '_', title.lower())
    return test


class Documentation(Sections):
    """A test for each section."""


for document in DOCUMENTS:
    for title, blocks in sections(document.read_text()):
        test = test_of(title, blocks)
        assert not hasattr(Documentation, test.__name__), f'two sections have the title {title}'
        if blocks:
            setattr(Documentation, test.__name__, test)


class BlocksThatDoNotHold(Sections):
    """That a block that is wrong fails its test."""

    def check_fails(self, *blocks):
        with self.assertRaises(AssertionError):
            self.run_section([Block(info, text) for info, text in blocks])

    def test_a_command_that_fails(self):
        self.check_fails(('sh', 'true\nfalse\ntrue\n'))

    def test_a_line_that_is_not_said(self):
        self.check_fails(('sh', 'echo one\n'), ('text', 'two\n'))

    def test_a_block_of_no_known_kind(self):
        self.check_fails(('yaml', 'a: 1\n'))

    def test_a_secret_that_is_shown(self):
        self.check_fails(('sh', f'echo {PASSWORD}\n'))


if __name__ == '__main__':
    support.main()
