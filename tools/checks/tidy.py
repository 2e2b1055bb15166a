#!/usr/bin/env python3
"""Runs clang-tidy over the project's .cpp files, as many at once as there are cores, and says each finding once.

usage: tidy.py BUILD CLANG_TIDY [REVISION]
BUILD is a build folder for clang. With a git revision, only files that differ from it are checked, and those that
include a header that does. BUILD/tidy-clean remembers the files in which nothing was found: clang-tidy reads a file again
only if its preprocessed text, the checks or clang-tidy changed.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import sources

FINDING = re.compile(r'^(?=\S+:\d+:\d+: (?:warning|error):)', re.M)


def compiled(build):
    """The project's own files among those that the build compiles, each with its command."""
    entries = json.loads((build / 'compile_commands.json').read_text(encoding='utf-8'))
    commands = {pathlib.Path(os.path.normpath(build / entry['file'])): shlex.split(entry['command']) for entry in entries}
    own = set(sources.cpp_files())
    return {path: commands[path] for path in sorted(commands) if path in own and sources.TRAPS not in path.parents}


def git(*arguments):
    return subprocess.run(['git', *arguments], cwd=sources.ROOT, stdout=subprocess.PIPE, text=True,
                          check=True).stdout.splitlines()


def touched(files, revision):
    changed = set(git('diff', '--name-only', '--relative', revision) + git('ls-files', '--others', '--exclude-standard'))
    headers = [name.removeprefix('include/').removeprefix('src/').removeprefix('tests/')
               for name in changed if name.endswith('.hpp')]
    includes_changed = re.compile('|'.join(f'#include "{re.escape(header)}"' for header in headers) or r'(?!)')
    return [path for path in files if str(path.relative_to(sources.ROOT)) in changed or
            includes_changed.search(path.read_text(encoding='utf-8'))]


def mark_of_clean(tidy, build, command):
    """The file that exists if nothing was found in this text, comments (NOLINT) included. Its name is a hash."""
    output = command.index('-o')
    preprocess = command[:output] + command[output + 2:] + ['-E', '-C']
    text = subprocess.run(preprocess, cwd=build, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    version = subprocess.run([tidy, '--version'], stdout=subprocess.PIPE, check=True).stdout
    checks = (sources.ROOT / '.clang-tidy').read_bytes()
    return build / 'tidy-clean' / hashlib.sha256(b'\0'.join([version, checks, text])).hexdigest()


def findings(tidy, build, path, command):
    mark = mark_of_clean(tidy, build, command)
    if mark.exists():
        return []
    found = findings_of_run(tidy, build, path)
    if not found:
        mark.touch()
    return found


def findings_of_run(tidy, build, path):
    result = subprocess.run([tidy, '-p', str(build), '--quiet', str(path)], capture_output=True, text=True)
    from_root = re.compile(rf'^({re.escape(str(sources.ROOT))}|{re.escape(os.path.relpath(sources.ROOT, build))})/', re.M)
    found = FINDING.split(from_root.sub('', result.stdout))[1:]
    if result.returncode and not found:
        return [result.stdout + result.stderr]
    # The analyzer follows coroutines into Asio, and takes what it cannot follow there for a fault.
    return [text for text in found if not text.startswith('/') or 'clang-diagnostic' in text]


def main(build, tidy, revision=None):
    build = pathlib.Path(build).resolve()
    (build / 'tidy-clean').mkdir(exist_ok=True)
    commands, seen = compiled(build), set()
    files = touched(commands, revision) if revision else list(commands)
    print(f'tidy: {len(files)} files, {os.cpu_count()} at once', flush=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda path: findings(tidy, build, path, commands[path]), files):
            for text in found:
                if text not in seen:
                    print(text.rstrip(), flush=True)
                seen.add(text)
    print(f'tidy: {len(seen)} findings in {len(files)} files')
    return 1 if seen else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
