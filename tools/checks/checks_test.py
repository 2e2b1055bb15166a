#!/usr/bin/env python3
"""Tests of contracts.py, coroutines.py, layers.py and words.py."""

import pathlib
import unittest

import contracts
import coroutines
import documents
import layers
import sources
import words

GRANTS = layers.parse("""
base:
oci: base
http: base
cli: *
tests: *
<asio/*>: http tests/support
<zlib.h>: oci/blob
<llhttp.h>: src/http
<doctest/*>: tests
<unistd.h>: *
""")


class Coroutines(unittest.TestCase):
    def test_finds_every_trap_and_nothing_else(self):
        for path in sources.TRAPS.iterdir():
            text = path.read_text(encoding='utf-8')
            traps = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith('// TRAP')]
            with self.subTest(path.name):
                self.assertEqual([line for line, _ in coroutines.findings(text)], traps)


class Documents(unittest.TestCase):
    def test_finds_names_of_files_that_are_not_there(self):
        text = 'see `plan/graph`, `tests/fuzz/`, `text/html` and `tools/lint`\nand `plan/grahp`, `src/cli/main.cpp`'
        self.assertEqual(list(documents.missing(text)), [(2, 'plan/grahp')])

    def test_finds_links_that_lead_nowhere(self):
        text = ('# One: `two` and 3\n[a](#one-two-and-3) [b](#one) [c](../README.md#install) [d](../README.md#nowhere)\n'
                '```\n# No heading\n```\n[e](#no-heading) [f](nothing.md) ![g](display.svg) [h](https://example.com/x)\n')
        self.assertEqual(list(documents.broken(pathlib.Path('docs/x.md'), text)),
                         [(2, '#one'), (2, '../README.md#nowhere'), (6, '#no-heading'), (6, 'nothing.md')])


class Layers(unittest.TestCase):
    def refused(self, path, include):
        return layers.refusal(pathlib.Path(path), include[0], include[1:-1], GRANTS)

    def test_lets_through_what_is_granted(self):
        for path, include in [
                ('src/oci/blob.cpp', '"acedt/base/text.hpp"'), ('src/oci/blob.cpp', '"acedt/oci/blob.hpp"'),
                ('src/oci/blob.cpp', '"oci/private.hpp"'), ('src/cli/main.cpp', '"acedt/http/url.hpp"'),
                ('include/acedt/oci/blob.hpp', '"acedt/base/text.hpp"'), ('tests/oci/blob_test.cpp', '"oci/private.hpp"'),
                ('tests/oci/blob_test.cpp', '"support/failure.hpp"'), ('tests/oci/other_test.cpp', '<zlib.h>'),
                ('tests/support/main.cpp', '<doctest/doctest.h>'), ('tests/support/main.cpp', '<asio/post.hpp>'),
                ('src/oci/blob.cpp', '<zlib.h>'), ('include/acedt/http/url.hpp', '<asio/post.hpp>'),
                ('src/http/reader.hpp', '<llhttp.h>'), ('src/base/file.cpp', '<unistd.h>'),
                ('src/base/file.cpp', '<vector>')]:
            self.assertIsNone(self.refused(path, include), f'{path} {include}')

    def test_refuses_what_is_not(self):
        for path, include in [
                ('src/base/file.cpp', '"acedt/oci/blob.hpp"'), ('include/acedt/oci/blob.hpp', '"acedt/http/url.hpp"'),
                ('tests/oci/blob_test.cpp', '"acedt/http/url.hpp"'), ('src/oci/blob.cpp', '"acedt/unheard/of.hpp"'),
                ('src/cli/main.cpp', '"oci/private.hpp"'), ('include/acedt/oci/blob.hpp', '"oci/private.hpp"'),
                ('src/oci/blob.cpp', '"private.hpp"'), ('src/oci/other.cpp', '<zlib.h>'),
                ('include/acedt/http/reader.hpp', '<llhttp.h>'), ('src/oci/blob.cpp', '<doctest/doctest.h>'),
                ('tests/oci/blob_test.cpp', '<asio/post.hpp>'), ('src/base/file.cpp', '<curl/curl.h>')]:
            self.assertIsNotNone(self.refused(path, include), f'{path} {include}')

    def test_refuses_a_grant_of_a_module_that_stands_after(self):
        with self.assertRaises(SystemExit):
            layers.parse('base: oci\noci: base\n')


class Words(unittest.TestCase):
    def test_finds_old_names_in_code(self):
        for line, name in [('class UnderWay {', 'UnderWay'), ('int most_bytes = 1;', 'most_bytes'), ('Spoilt(3);', 'Spoilt'),
                           ('auto least_size_ = 1;', 'least_size_'), ("x('\\'', Gate{});", 'Gate')]:
            with self.subTest(line):
                found = [(number, why.split('"')[1]) for number, why in words.findings(f'\n{line}\n')]
                self.assertEqual(found, [(2, name)])

    def test_leaves_other_words_alone(self):
        for line in ['// the most_ common Turn', '/* Race\n Width */', 'say("Spoilt \\" Keep");', 'R"(Places "Turn)"',
                     'almost_done, RaceTrack, keep, at_least(1)']:
            with self.subTest(line):
                self.assertEqual(words.findings(line), [])


class Contracts(unittest.TestCase):
    HEADER = '/// Throws Error(usage),\n/// or Error(storage).\nvoid f();\n'

    def findings(self, **sources_of):
        includes = '#include "acedt/oci/a.hpp"\n'
        texts = {'acedt/base/disk.hpp': '/// Throws Error(storage).',
                 'base/disk.cpp': '#include "acedt/base/disk.hpp"\nthrow_errno("open");',
                 'acedt/oci/a.hpp': self.HEADER, 'http/url.cpp': includes + 'throw Error(ErrorKind::usage, "");'}
        texts.update({f'oci/{name}.cpp': includes + text for name, text in sources_of.items()})
        return contracts.findings(texts)

    def test_accepts_a_kind_of_the_module_or_of_a_lower_one(self):
        self.assertEqual(self.findings(a='#include "acedt/base/disk.hpp"\nthrow Error(ErrorKind::usage, "");'), [])
        self.assertEqual(self.findings(b='throw_errno("read");', c='return ErrorKind::usage;'), [])

    def test_finds_a_kind_that_is_not_thrown(self):
        usage, storage = ('acedt/oci/a.hpp', 1, 'usage'), ('acedt/oci/a.hpp', 2, 'storage')
        self.assertEqual(self.findings(a=''), [usage, storage])
        self.assertEqual(self.findings(a='#include "acedt/base/disk.hpp"'), [usage])
        self.assertEqual(self.findings(a='throw Error(ErrorKind::usage, "");'), [storage])
        self.assertEqual(self.findings(a='case ErrorKind::usage: throw_errno(""); x == ErrorKind::usage;'), [usage])


if __name__ == '__main__':
    unittest.main()
