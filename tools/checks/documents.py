#!/usr/bin/env python3
"""Refuses a name of a file in docs/architecture.md that no file has: `serialize/run`, `tests/fuzz`, `tools/checks/layers.py`."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENTS = ('docs/architecture.md', 'docs/failures.md', 'docs/many-machines.md', 'CONTRIBUTING.md')
NAME = re.compile(r'`([a-z_]+/[a-z_/.]*[a-z_])/?`')
PLACES = ('{}', 'src/{}', 'include/acedt/{}', 'src/{}.cpp', 'src/{}.hpp', 'include/acedt/{}.hpp')


def missing(text, root=ROOT):
    """The names in `text` that no file has, with their lines. Names of media types and the like have no such folder."""
    for number, line in enumerate(text.splitlines(), 1):
        for name in NAME.findall(line):
            first = name.partition('/')[0]
            is_ours = any((root / place.format(first)).is_dir() for place in PLACES[:3])
            if is_ours and not any((root / place.format(name)).exists() for place in PLACES):
                yield number, name


def main():
    findings = [f'{document}:{line}: there is no file {name}' for document in DOCUMENTS
                for line, name in missing((ROOT / document).read_text())]
    print(*findings, sep='\n', end='\n' if findings else '')
    print(f'documents: {len(findings)} findings in {len(DOCUMENTS)} files')
    return bool(findings)


if __name__ == '__main__':
    sys.exit(main())
