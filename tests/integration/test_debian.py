"""The Debian package: built, looked at by lintian, installed over a copy of this system, run, and removed."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

import servers
import support

SOURCE = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ['BUILD']) / 'debian'

# Installs the packages in "$@" into a root folder whose changes are kept in memory; with what Debian has of them.
TRIAL = '''
set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
mkdir -p /mnt/root/tmp/trial
cp "$@" /mnt/root/tmp/trial
mount -t proc proc /mnt/root/proc
exec chroot /mnt/root sh -ec '
  cd /
  dpkg -i /tmp/trial/*.deb
  ace-dt version
  ace-dt help mirror verify >/dev/null
  pkg-config --exists acedt && echo "library there"
  man -w ace-dt-mirror-verify
  dpkg -r ace-dt libacedt-dev
  test ! -e /usr/bin/ace-dt
  dpkg -l ace-dt libacedt-dev 2>/dev/null | grep "^ii" || echo "nothing left"
'
'''


def build():
    """Builds the packages from a copy of the source. Where nothing has changed, the compiler's cache has most of it."""
    tree = BUILD / 'ace-dt'
    shutil.rmtree(tree, ignore_errors=True)
    for old in BUILD.glob('*.*deb'):
        old.unlink()
    shutil.copytree(SOURCE, tree, symlinks=True, ignore=lambda folder, names: [
        name for name in names if name in {'.git', '__pycache__'} or (folder == str(SOURCE) and name.startswith('build'))])
    cache = shutil.which('ccache')
    environment = {'DEB_BUILD_OPTIONS': f'nocheck noautodbgsym parallel={os.cpu_count()}', 'LC_ALL': 'C.UTF-8'}
    if cache:
        environment.update(CC=f'{cache} gcc', CXX=f'{cache} g++',
                           CCACHE_DIR=os.environ.get('CCACHE_DIR', os.path.expanduser('~/.cache/ccache')))
    with open(BUILD / 'build.log', 'wb') as log:
        subprocess.run(['dpkg-buildpackage', '-us', '-uc', '-b', '-Pnocheck'], cwd=tree, check=True,
                       env={**os.environ, **environment}, stdout=log, stderr=subprocess.STDOUT)
    return sorted(BUILD.glob('*.deb'))


def cannot_build():
    if not shutil.which('dpkg-buildpackage') or not shutil.which('dh'):
        return 'dpkg-dev or debhelper is not installed'
    done = subprocess.run(['dpkg-checkbuilddeps', '-Pnocheck', SOURCE / 'debian' / 'control'], capture_output=True,
                          text=True)
    return done.stderr.strip()


@unittest.skipIf(cannot_build(), cannot_build())
class Package(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        BUILD.mkdir(exist_ok=True)
        cls.packages = build()

    def contents(self, name):
        package = next(one for one in self.packages if one.name.startswith(name + '_'))
        print(f'{package.name}: {package.stat().st_size} bytes')
        said = subprocess.run(['dpkg-deb', '-c', package], check=True, capture_output=True, text=True).stdout
        return [line.split()[5].removeprefix('.') for line in said.splitlines()]

    def test_the_version_is_the_program_s(self):
        self.assertEqual({one.name.split('_')[1] for one in self.packages}, {os.environ['VERSION']})

    def test_what_is_in_which_package(self):
        program, library = self.contents('ace-dt'), self.contents('libacedt-dev')
        for file in ('/usr/bin/ace-dt', '/usr/share/man/man1/ace-dt-mirror-batch-serialize.1.gz',
                     '/usr/share/man/man5/ace-dt-config.5.gz', '/usr/share/bash-completion/completions/ace-dt',
                     '/usr/share/zsh/vendor-completions/_ace-dt', '/usr/share/fish/vendor_completions.d/ace-dt.fish',
                     '/usr/share/doc/ace-dt/copyright', '/usr/share/doc/ace-dt/README.md',
                     '/usr/share/doc/ace-dt/docs/automation.md', '/usr/share/doc/ace-dt/docs/report.schema.json',
                     '/usr/share/doc/ace-dt/docs/automation/alerts.yaml',
                     '/usr/share/doc/ace-dt/docs/automation/ace-dt-mirror.service'):
            self.assertIn(file, program)
        self.assertIn('/usr/include/acedt/serialize/run.hpp', library)
        self.assertTrue(any(re.fullmatch(r'/usr/lib/\S+/libacedt\.a', file) for file in library))

    def test_it_needs_to_build_what_the_list_of_packages_says(self):
        control = (SOURCE / 'debian' / 'control').read_text()
        needed = set(re.findall(r'[\w.+-]+', re.search(r'(?s)Build-Depends:(.*?)\n\n', control)[1]))
        listed = (SOURCE / 'tools' / 'packages.txt').read_text()
        build = re.search(r'(?s)\[build\]\n(.*?)\n\n', listed)[1]
        self.assertLessEqual(set(re.findall(r'[\w.+-]+', build)) - {'g++'}, needed)
        package = re.search(r'(?s)\[package\]\n(.*?)\n\n', listed)[1]
        self.assertIn('build-essential', package.split(), 'dpkg-buildpackage needs it, whatever debian/control says')

    @servers.needs('lintian')
    def test_lintian_finds_nothing_wrong(self):
        done = subprocess.run(['lintian', '--allow-root', '--fail-on', 'error,warning', *BUILD.glob('*.changes')],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ''), done.stderr)

    @unittest.skipUnless(os.getuid() == 0, 'only root can install packages')
    @support.needs_mounts
    def test_it_is_installed_run_and_removed(self):
        done = subprocess.run(['unshare', '--mount', 'sh', '-c', TRIAL, 'sh', *self.packages], capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f'ace-dt {os.environ["VERSION"]}\n', done.stdout)
        self.assertIn('library there\n', done.stdout)
        self.assertTrue(done.stdout.endswith('nothing left\n'), done.stdout)


if __name__ == '__main__':
    support.main()
