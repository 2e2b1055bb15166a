#!/usr/bin/env python3
"""Tests of coroutines.py and layers.py."""

import pathlib
import unittest

import coroutines
import documents
import layers
import sources

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


if __name__ == '__main__':
    unittest.main()
