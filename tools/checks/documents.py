#!/usr/bin/env python3
"""Refuses what does not exist: a name of a file in docs/architecture.md that no file has (`serialize/run`,
`tests/fuzz`), and a link to a file or a heading that is not there, in any document."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENTS = ('docs/architecture.md', 'docs/failures.md', 'docs/many-machines.md', 'CONTRIBUTING.md')
LINKED = ('*.md', 'docs/*.md', 'bench/*.md')
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


def anchors(text):
    """What a link may have after its #: the headings, as GitHub and GitLab name them."""
    headings = re.findall(r'(?m)^#+ (.*)$', re.sub(r'(?ms)^```.*?^```$', '', text))
    return {re.sub(r'[^\w -]', '', heading.lower()).replace(' ', '-') for heading in headings}


def broken(document, text, root=ROOT):
    """The links and pictures in `text`, the document at this path, that lead nowhere, with their lines."""
    for number, line in enumerate(text.splitlines(), 1):
        for link in re.findall(r'\]\(([^)\s]+)\)', line):
            file, _, anchor = link.partition('#')
            target = root / document.parent / file if file else None
            if '://' in link:
                continue
            if target and not target.exists():
                yield number, link
            elif anchor and anchor not in anchors(target.read_text() if target else text):
                yield number, link


def main():
    findings = [f'{document}:{line}: there is no file {name}' for document in DOCUMENTS
                for line, name in missing((ROOT / document).read_text())]
    linked = sorted(path.relative_to(ROOT) for pattern in LINKED for path in ROOT.glob(pattern))
    findings += [f'{document}:{line}: the link {link} leads nowhere' for document in linked
                 for line, link in broken(document, (ROOT / document).read_text())]
    print(*findings, sep='\n', end='\n' if findings else '')
    print(f'documents: {len(findings)} findings in {len(linked)} files')
    return bool(findings)


if __name__ == '__main__':
    sys.exit(main())
