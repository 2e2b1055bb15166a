#!/usr/bin/env python3
"""Refuses an #include that layers.txt, beside this file, does not grant."""

import dataclasses
import fnmatch
import pathlib
import re
import sys

import sources

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"]+)[>"]', re.M)


@dataclasses.dataclass
class Grants:
    modules: dict  # module -> the modules that it may include
    outside: dict  # pattern of a header -> the places that may include it


def parse(text):
    grants = Grants({}, {})
    for line in (line.partition('#')[0].strip() for line in text.splitlines()):
        if not line:
            continue
        names, _, places = line.partition(':')
        if names.startswith('<'):
            grants.outside.update({name.strip('<>'): set(places.split()) for name in names.split()})
            continue
        before = set(grants.modules)
        granted = before if places.split() == ['*'] else set(places.split())
        if not granted <= before:
            raise SystemExit(f'layers.txt: {names} is granted {", ".join(granted - before)}, which must stand before it')
        grants.modules[names] = granted
    return grants


def module_of(path, grants):
    """include/acedt/oci/x.hpp, src/oci/x.cpp and tests/oci/x_test.cpp belong to oci; the rest to its first folder."""
    folders = path.parts[1:] if path.parts[:2] == ('include', 'acedt') else path.parts
    inside = len(folders) > 2 and folders[0] != 'tools' and folders[1] in grants.modules
    return folders[1] if inside else folders[0]


def granted_outside(path, module, header, grants):
    places = set()
    for pattern, granted in grants.outside.items():
        if fnmatch.fnmatch(header, pattern):
            places |= granted
    if path.parts[0] in {'tests', 'bench'} and module in {place.removeprefix('src/').split('/')[0] for place in places}:
        return True  # a test may use what any file of its module may
    return not places.isdisjoint({'*', module, f'{module}/{path.stem}', *map(str, path.parents)})


def refusal(path, kind, header, grants):
    """Why the file at `path` may not include `header`, or None."""
    module = module_of(path, grants)
    if kind == '<':
        if re.fullmatch(r'\w+', header) or granted_outside(path, module, header, grants):
            return None
        return f'layers.txt does not grant <{header}> to {path.with_suffix("")}'
    if header.startswith('acedt/'):
        used = header.split('/')[1]
        return None if used == module or used in grants.modules[module] else f'{module} may not include {used}'
    if '/' not in header:
        return f'"{header}" must be written from the root, as "{module}/{header}"'
    if path.parts[0] == 'include':
        return f'a public header may not include "{header}", which is private'
    if path.parts[:2] == ('tests', 'fuzz'):
        return None  # a target may be about what is private to its module
    used = 'support' if path.parts[0] == 'tests' and header.startswith('support/') else header.split('/')[0]
    shared = {'support', 'tools'} if path.parts[0] == 'tests' else set()  # the registry is made for tests
    return None if used in shared | {module} else f'"{header}" is private to {used}'


def main():
    grants = parse(pathlib.Path(__file__).with_name('layers.txt').read_text(encoding='utf-8'))
    found, paths = [], [path for path in sources.cpp_files() if sources.TRAPS not in path.parents]
    for path in paths:
        text, place = path.read_text(encoding='utf-8'), path.relative_to(sources.ROOT)
        for include in INCLUDE.finditer(text):
            why = refusal(place, *include.groups(), grants)
            if why:
                found.append(f'{place}:{text.count(chr(10), 0, include.start()) + 1}: {why}')
    print('\n'.join(found + [f'layers: {len(found)} findings in {len(paths)} files']))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
