#!/usr/bin/env python3
"""Refuses C++ files that clang-format would change; --fix changes them.

Releases of clang-format differ in what they make of one .clang-format, so only release 16 is asked.
"""

import re
import shutil
import subprocess
import sys

import sources

RELEASE = 16
SKIPPED = 77  # to Meson


def formatter():
    for name in (f'clang-format-{RELEASE}', 'clang-format'):
        path = shutil.which(name)
        if path and re.search(rf'version {RELEASE}\.', subprocess.run([path, '--version'], capture_output=True,
                                                                      text=True, check=True).stdout):
            return path
    return None


def main(arguments):
    path = formatter()
    if not path:
        print(f'format: skipped, as clang-format {RELEASE} is not installed')
        return SKIPPED
    mode = ['-i'] if arguments == ['--fix'] else ['--dry-run', '-Werror']
    files = sources.cpp_files()
    found = subprocess.run([path, *mode, *map(str, files)], stderr=subprocess.PIPE, text=True)
    wrong = sorted(set(re.findall(r'^(/.*?:\d+):.*clang-format-violations', found.stderr, re.M)))
    print('\n'.join([f'{where}: not as clang-format writes it' for where in wrong] +
                    [f'format: {len(wrong)} findings in {len(files)} files']))
    return 1 if wrong else found.returncode


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
