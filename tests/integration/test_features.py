"""docs/features.md: what it says of this program has a test, and its counts are those of its tables. (test_docs.py
looks at the flags.)"""

import collections
import re
import unittest

import support
from documents import ROOT

DOCUMENT = (ROOT / 'docs' / 'features.md').read_text()
MARKS = ('yes', 'part', 'no', '?')


def tables(text):
    """The rows of each table that has a column `ours`, as dictionaries."""
    for table in re.findall(r'(?m)(?:^\|.*\n)+', text):
        head, _, *rows = [[cell.strip() for cell in line.strip('|\n').split('|')] for line in table.splitlines()]
        if 'ours' in head:
            yield [dict(zip(head, row, strict=True)) for row in rows]


def counts(text):
    """The table of how often each program has each mark."""
    rows = [row for table in tables(text) for row in table]
    found = {'ours': collections.Counter('yes' if row['test'] else 'no' for row in rows)}
    for name in list(rows[0])[3:]:
        found[name] = collections.Counter(row[name] for row in rows)
    lines = [f'| {name} | ' + ' | '.join(str(count[mark]) for mark in MARKS) + ' |' for name, count in found.items()]
    return '| program | ' + ' | '.join(MARKS) + ' |\n|---|---:|---:|---:|---:|\n' + '\n'.join(lines) + '\n'


class Features(unittest.TestCase):

    def test_every_answer_is_one_of_four(self):
        for row in (row for table in tables(DOCUMENT) for row in table):
            for name in list(row)[3:]:
                self.assertIn(row[name], MARKS, f'{row["feature"]}: {name}')

    def test_what_there_is_has_a_test_and_what_is_missing_has_none(self):
        for row in (row for table in tables(DOCUMENT) for row in table):
            self.assertEqual(row['ours'] == 'no', not row['test'], row['feature'])
            for path in re.findall('`([^`]*)`', row['test']):
                self.assertTrue((ROOT / path).is_file(), path)

    def test_the_counts_are_those_of_the_tables(self):
        self.assertIn(counts(DOCUMENT), DOCUMENT, f'docs/features.md must end with:\n{counts(DOCUMENT)}')

    def test_a_table_with_a_cell_too_few_is_refused(self):
        with self.assertRaises(ValueError):
            list(tables('| feature | ours |\n|---|---|\n| a |\n'))


if __name__ == '__main__':
    support.main()
