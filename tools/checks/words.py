#!/usr/bin/env python3
"""Refuses identifiers that have a better name: each pattern below was replaced by the name beside it."""

import re
import sys

import sources

NAMES = {
    'UnderWay': 'PendingArchive',
    'Turn': 'Priority',
    'Pursuit': 'Failover',
    'Places': 'Mirrors',
    'Outages': 'HostHealth',
    'Width': 'ConcurrencyLimit',
    'Paces': 'StragglerDetector',
    'Patience': 'Timeouts',
    'Gates?': 'RetryAfterGate',
    'distrust': 'certificate_error',
    'Race': 'happy_eyeballs',
    'Spoilt': 'MustRebuild',
    'Ongoing': 'BlobTransfer',
    'Keep': 'Retain',
    'TokenWish': 'TokenRequest',
    'Grant': 'AccessToken',
    'Means': 'AuthMethod',
    'Words': 'Flags',
    'spread': 'jitter',
    'Stretch': 'Extent, Piece or Segment',
    '(most|largest|longest)_.+': 'max_...',
    '(least|smallest|shortest)_.+': 'min_...',
    'usual_.+': 'default_...',
}
PATTERN = re.compile('|'.join(f'(?:{pattern})' for pattern in NAMES))

# What is no identifier: comments and literals, which are left out with all but their line ends.
OTHER = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
IDENTIFIER = re.compile(r'[A-Za-z_]\w*')


def findings(text):
    """The line of each old name, and what is wrong with it."""
    code = OTHER.sub(lambda other: '\n' * other.group().count('\n'), text)
    found = []
    for number, line in enumerate(code.splitlines(), 1):
        for word in IDENTIFIER.findall(line):
            if PATTERN.fullmatch(word):
                better = next(name for pattern, name in NAMES.items() if re.fullmatch(pattern, word))
                found.append((number, f'"{word}" has a better name: {better}'))
    return found


def main():
    paths = sources.cpp_files('include', 'src')
    found = [f'{path.relative_to(sources.ROOT)}:{line}: {why}'
             for path in paths for line, why in findings(path.read_text(encoding='utf-8'))]
    print('\n'.join(found + [f'words: {len(found)} findings in {len(paths)} files']))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
