"""What `meson install` puts where: the program, its manual, completion and documents; a library with an example."""

import os
import pathlib
import re
import shlex
import subprocess
import unittest

import servers
import support
from content import image, noise

EXAMPLE = pathlib.Path(__file__).parents[2] / 'docs' / 'example' / 'mirror.cpp'


class Installed(support.Case):

    def setUp(self):
        super().setUp()
        done = subprocess.run(['meson', 'install', '-C', os.environ['BUILD'], '--no-rebuild', '--skip-subprojects',
                               '--destdir', self.directory / 'root'], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.prefix = next((self.directory / 'root').rglob('bin/ace-dt')).parents[1]
        self.program = self.prefix / 'bin' / 'ace-dt'

    def pages(self):
        return sorted((self.prefix / 'share' / 'man').rglob('*.[15]'))

    def text(self, page):
        return re.sub(r'\\f[BIR]', '', page.read_text()).replace('\\-', '-')

    def test_files(self):
        for file in ('share/man/man1/ace-dt.1', 'share/man/man1/ace-dt-mirror-batch-serialize.1',
                     'share/man/man5/ace-dt-config.5', 'share/bash-completion/completions/ace-dt',
                     'share/zsh/site-functions/_ace-dt', 'share/fish/vendor_completions.d/ace-dt.fish',
                     'share/doc/ace-dt/LICENSE', 'share/doc/ace-dt/README.md', 'share/doc/ace-dt/docs/registries.md',
                     'include/acedt/serialize/run.hpp'):
            self.assertTrue((self.prefix / file).is_file(), file)
        result = self.execute([self.program, 'completion', 'bash'])
        self.assertEqual(result.out, (self.prefix / 'share/bash-completion/completions/ace-dt').read_text())

    def test_each_page_has_what_the_help_of_its_command_has(self):
        for page in self.pages():
            if page.suffix == '.5':
                continue
            title = re.search('(?m)^.SH SYNOPSIS\n(.*?) \\[', self.text(page))[1]
            result = self.execute([self.program, *title.split()[1:], '--help'])
            wanted = re.findall(r'(?m)^  (?:-\w,)?(--[a-z-]+)', result.out)
            self.assertIn('--help', wanted, title)
            for flag in wanted:
                self.assertRegex(self.text(page), f'(?m)^(-\\w, )?{flag}\\b', title)

    def test_the_page_of_the_configuration_file_has_every_key_of_the_sample(self):
        page = self.text(self.prefix / 'share/man/man5/ace-dt-config.5')
        keys = re.findall(r'(?m)^#(\w+): ', self.execute([self.program, 'config', '--sample']).out)
        self.assertGreater(len(keys), 10)
        for key in keys:
            if key != 'registryAuthFile':
                self.assertRegex(page, f'(?m)^\\.TP\n{key}$')

    def lint(self, *command):
        for page in self.pages():
            with self.subTest(page.name):
                done = subprocess.run([*command, page], capture_output=True, text=True,
                                      env={**os.environ, 'LC_ALL': 'C.UTF-8', 'MANROFFSEQ': '', 'MANWIDTH': '80'})
                self.assertEqual((done.returncode, done.stderr), (0, ''))
                if command[0] == 'mandoc':
                    self.assertEqual(done.stdout, '')

    @servers.needs('man', 'groff')
    def test_man_finds_nothing_wrong(self):
        self.lint('man', '--warnings', '-E', 'UTF-8', '-Tutf8', '-Z', '-l')

    @servers.needs('mandoc')
    def test_mandoc_finds_nothing_wrong(self):
        self.lint('mandoc', '-T', 'lint', '-W', 'warning')

    @servers.needs('pkg-config')
    @unittest.skipIf('SANITIZED' in os.environ, 'the library needs the flags of its sanitizer')
    def test_the_example_is_built_with_the_library_and_mirrors(self):
        source = self.registry()
        artifact = source.push('dev/app', image(noise(1000, 1)))
        pc = next(self.prefix.rglob('acedt.pc'))
        found = subprocess.run(['pkg-config', f'--define-variable=prefix={self.prefix}', '--cflags', '--libs', 'acedt'],
                               env={**os.environ, 'PKG_CONFIG_PATH': str(pc.parent)}, check=True, capture_output=True,
                               text=True)
        program = self.directory / 'mirror'
        built = subprocess.run([*shlex.split(os.environ['CXX']), '-std=c++20', '-Wall', '-Werror', EXAMPLE,
                                *shlex.split(found.stdout), '-o', program], capture_output=True, text=True)
        self.assertEqual(built.returncode, 0, built.stderr)
        result = self.execute([program, self.write('list.csv', f'name,artifact\napp,{artifact}\n'), self.folder])
        self.assertRegex(result.text, f'^000001-app.tar {re.escape(artifact)} sha256:')
        self.check_folder()


if __name__ == '__main__':
    support.main()
