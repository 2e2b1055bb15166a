#!/usr/bin/env python3
"""Refuses a header that promises `Throws Error(kind)` for a kind that its functions cannot throw.

A kind must be thrown, as ErrorKind::kind or by a function that is known to throw it, in a source file of the module that
includes the header, or in one behind the headers of the module that those files include; or a header of another module
that they include must promise it. The search is textual: it finds kinds that are certainly wrong, not all that are.
"""

import re
import sys

import sources

PROMISE = re.compile(r'\bError\((\w+)\)')
KIND = re.compile(r'(?<!case )(?<!== )(?<!!= )ErrorKind::(\w+)')  # not those that are compared with
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
THROWERS = {'throw_errno(': {'storage', 'no_space'}}


def promises(text):
    """The line and the kind of each promise in the comments of a header."""
    return [(number, kind) for number, line in enumerate(text.splitlines(), 1) if line.lstrip().startswith('///')
            for kind in PROMISE.findall(line)]


def kinds(text):
    """The kinds that a source file throws, or at least names."""
    called = [thrown for call, thrown in THROWERS.items() if call in text]
    return set(KIND.findall(text)).union(*called)


def module_of(name):
    return name.removeprefix('acedt/').split('/')[0]


class Tree:
    """The headers and source files, each by the name by which it is included."""

    def __init__(self, texts):
        self.includes = {name: set(INCLUDE.findall(text)) for name, text in texts.items()}
        self.kinds = {name: kinds(text) for name, text in texts.items()}
        self.promised = {name: {kind for _, kind in promises(text)} for name, text in texts.items()}
        self.users = {}
        for name, included in self.includes.items():
            for header in included:
                self.users.setdefault(header, set()).add(name)

    def definitions(self, header):
        """The header itself, and the source files of its module that include it, directly or by a private header."""
        module = module_of(header)
        own = {name for name in self.users.get(header, ()) if name.startswith(module + '/')}
        indirect = {name for user in own for name in self.users.get(user, ()) if name.startswith(module + '/')}
        return {header} | own | indirect

    def thrown(self, header):
        """The kinds that the functions of a header throw, or pass on."""
        near = self.definitions(header)
        included = set().union(*(self.includes.get(name, set()) for name in near)) - {header}
        own = {name for name in included if module_of(name) == module_of(header)}
        files = near.union(*(self.definitions(name) for name in own))
        return set().union(*(self.kinds.get(name, set()) for name in files),
                           *(self.promised.get(name, set()) for name in included - own))


def findings(texts):
    tree = Tree(texts)
    return [(name, number, kind) for name, text in texts.items() if name.endswith('.hpp')
            for number, kind in promises(text) if kind not in tree.thrown(name)]


def main():
    paths = {str(path.relative_to(sources.ROOT / root)): path for root in ('include', 'src')
             for path in sources.cpp_files(root)}
    texts = {name: path.read_text(encoding='utf-8') for name, path in paths.items()}
    found = [f'{paths[name].relative_to(sources.ROOT)}:{number}: promises Error({kind}), which is not thrown there'
             for name, number, kind in findings(texts)]
    print('\n'.join(found + [f'contracts: {len(found)} findings in {len(texts)} files']))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
