#!/usr/bin/env python3
"""Refuses headers that do not compile alone.

A header that some .cpp includes before anything else is proved by the build; only the others are compiled here, with
the flags of the program's main.cpp.

usage: headers.py BUILD     BUILD being a build folder with its compile_commands.json
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import sources

FIRST_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+["<]([^">]+)', re.M)


def first_includes():
    found = (FIRST_INCLUDE.search(path.read_text(encoding='utf-8'))
             for path in sources.cpp_files('src', 'tests', suffixes=('.cpp',)))
    return {include.group(1) for include in found if include}


def unproved():
    """What to write after #include for each header that no .cpp starts with."""
    names = [str(path.relative_to(sources.ROOT / root)) for root in ('include', 'src')
             for path in sources.cpp_files(root, suffixes=('.hpp',))]
    return sorted(set(names) - first_includes())


def compiler(build):
    commands = json.loads((build / 'compile_commands.json').read_text(encoding='utf-8'))
    command = next(shlex.split(entry['command']) for entry in commands if entry['file'].endswith('src/cli/main.cpp'))
    flags = re.compile(r'-(I|D|isystem|std=|pthread)')
    program = command[1] if command[0].endswith('ccache') else command[0]
    return [program, *filter(flags.match, command)]


def failure(command, build, name):
    """What the compiler says against the header, or ''."""
    result = subprocess.run([*command, '-fsyntax-only', '-x', 'c++', '-'], input=f'#include "{name}"\n', cwd=build,
                            capture_output=True, text=True)
    return result.stderr if result.returncode else ''


def main(build):
    command, names = compiler(build), unproved()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [text for text in pool.map(lambda name: failure(command, build, name), names) if text]
    print('\n'.join(found + [f'headers: {len(found)} of {len(names)} do not compile alone']))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(pathlib.Path(sys.argv[1])))
