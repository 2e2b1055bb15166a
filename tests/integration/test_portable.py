"""The program that tools/portable makes: one file that needs nothing but libc."""

import os
import re
import subprocess

import support
from content import image, noise

MAX_SIZE = 16 << 20  # what docs/install.md says, in bytes


class Portable(support.Case):

    def test_it_needs_nothing_but_libc(self):
        said = subprocess.run(['ldd', os.environ['ACE_DT']], check=True, capture_output=True, text=True).stdout
        needed = set(re.findall(r'(?m)^\s*(?:\S*/)?([\w.+-]+\.so[.\d]*)', said))
        self.assertLessEqual({name.partition('.')[0] for name in needed}, {'libc', 'libm', 'ld-linux-x86-64',
                                                                           'ld-linux-aarch64', 'linux-vdso'})

    def test_it_is_as_small_as_the_readme_says(self):
        stripped = self.directory / 'ace-dt'
        subprocess.run(['strip', '-o', stripped, os.environ['ACE_DT']], check=True)
        print(f'{stripped.stat().st_size} bytes')
        self.assertLess(stripped.stat().st_size, MAX_SIZE)

    def test_it_mirrors(self):
        source = self.registry()
        self.mirror([('app', source.push('dev/app', image(noise(1000, 1))))], '--compression', 'zstd')
        self.assertEqual(self.archives(), ['000001-app.tar.zst'])


if __name__ == '__main__':
    support.main()
