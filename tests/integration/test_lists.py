"""What a batch list may look like, and what is refused before anything is done."""

import json
import os

import support
from content import image, noise


class ListsThatAreRead(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.one = self.source.push('a/one', image(noise(100, 1)))
        self.two = self.source.push('a/two', image(noise(100, 2)))

    def names(self):
        return [line.split(',')[:2] for line in self.tracker().splitlines()[1:]]

    def test_columns_may_have_any_names_and_blanks_around_them(self):
        self.mirror(f'image name , reference\n  tools ,  {self.one}  \n')
        self.assertEqual(self.names(), [['000001-tools.tar', self.one]])

    def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_list(self):
        self.mirror(f'\ufeffname,artifact\r\ntools,{self.one}\r\nother,{self.two}\r\n')
        self.assertEqual(self.names(), [['000001-tools.tar', self.one], ['000002-other.tar', self.two]])

    def test_a_byte_order_mark_before_a_comment_is_no_part_of_the_list(self):
        self.mirror(f'\ufeff# from Tuesday\nname,artifact\ntools,{self.one}\n')
        self.assertEqual(self.names(), [['000001-tools.tar', self.one]])

    def test_remarks_and_blank_lines_are_skipped(self):
        self.mirror(f'# first\n\nname,artifact\n   \n  # indented\n\ntools, {self.one}   # behind a row\n')
        self.assertEqual(self.names(), [['000001-tools.tar', self.one]])

    def test_fields_may_be_quoted_and_further_columns_are_ignored(self):
        self.mirror(f'"name","artifact","owner"\n"tools" , "{self.one}","me, you"\n')
        self.assertEqual(self.names(), [['000001-tools.tar', self.one]])

    def test_of_a_name_that_occurs_several_times_the_last_row_counts_and_the_others_are_reported(self):
        rows = [('tools', self.one + 'nothing'), ('other', self.two), ('tools', self.one)]
        result = self.mirror(rows, '--report', 'report.json')
        self.assertRegex(result.out, r'Warning ↦ .*list\.csv:2: row dropped: name "tools" occurs again on line 4')
        report = json.loads((self.directory / 'report.json').read_text())
        dropped = {'name': 'tools', 'artifact': self.one + 'nothing', 'state': 'dropped', 'line': 2, 'kept_line': 4}
        self.assertEqual([row for row in report['rows'] if row['state'] != 'done'], [dropped])
        self.assertEqual(self.names(), [['000001-other.tar', self.two], ['000002-tools.tar', self.one]])

    def from_standard_input(self, text, command='batch-serialize', *options):
        return self.execute([os.environ['ACE_DT'], 'mirror', command, '-', self.folder, *options], self.folder, text=text)

    def test_a_list_may_come_from_standard_input(self):
        self.assertEqual(self.from_standard_input(f'name,artifact\ntools,{self.one}\n').code, 0)
        self.assertEqual(self.names(), [['000001-tools.tar', self.one]])

    def test_a_plan_of_a_list_from_standard_input(self):
        text = f'name,artifact\ntools,{self.one}\nother,{self.two}-gone\n'
        result = self.from_standard_input(text, 'plan', '--out', 'gather.plan', '--keep-going')
        self.assertIn('standard input:3: other: ', result.text)

    def test_what_is_wrong_with_a_list_from_standard_input_is_said_of_standard_input(self):
        for text, message in [('name,artifact\ntools\n', 'standard input:2: '), ('', 'standard input: '),
                              (f'name,artifact\ntools,{self.one}-gone\n', '404 Not Found')]:
            with self.subTest(text):
                result = self.from_standard_input(text)
                self.assertNotEqual(result.code, 0)
                self.assertIn(f'Error: {message}', result.err)

    def test_archives_are_numbered_in_the_order_of_the_list(self):
        names = ['zebra', 'ape', 'mole', 'bee', 'yak']
        self.mirror([(name, self.one) for name in names])
        self.assertEqual(self.archives(), [f'00000{i}-{name}.tar' for i, name in enumerate(names, 1)])

    def test_a_list_without_rows_leaves_a_tracker_and_no_archive_and_is_warned_of(self):
        result = self.mirror('name,artifact\n')
        self.assertRegex(result.out, r'Warning ↦ .*list\.csv:1: a header without rows')
        self.assertEqual(self.tracker(), 'sync_name,artifact,digest\n')
        self.assertEqual(self.archives(), [])

    def test_what_spreadsheets_and_shells_save_is_read(self):
        text = f'name;artifact\ntools;{self.one}\n;\nother;{self.two}\n;;\n'
        commas, tabs = text.replace(';', ','), text.replace(';', '\t')
        for number, saved in enumerate((text, tabs.encode('utf-16'), commas.encode('utf-16-be'),
                                        commas.replace('\n', '\r'), 'sep=,\r\n' + commas.replace('\n', '\r\n'))):
            with self.subTest(saved=saved):
                folder = self.directory / f'folder-{number}'
                self.mirror(saved, folder=folder)
                self.assertEqual(self.archives(folder), ['000001-tools.tar', '000002-other.tar'])

    def test_names_with_a_dash_or_a_dot_work_with_a_warning_and_are_done_once(self):
        rows = [('dev-tools', self.one), ('v1.2', self.two)]
        result = self.mirror(rows)
        self.assertEqual(self.archives(), ['000001-dev-tools.tar', '000002-v1.2.tar'])
        for name in ('dev-tools', 'v1.2'):
            self.assertRegex(result.out, rf'Warning ↦ .*"{name}": ace-dt mirror batch-deserialize accepts only')
        before = self.snapshot()
        self.source.forget_requests()
        self.mirror(rows)
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(self.source.requests(), [])


class ListsThatAreRefused(support.Case):
    """Before any request, and before a folder is made."""

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.good = self.source.push('a/one', image(noise(100, 1)))
        self.source.forget_requests()

    def refused_at_once(self, rows, *options):
        error = self.refused(rows, *options)
        self.assertEqual(self.source.requests(), [])
        self.assertFalse(self.folder.exists())
        return error

    def test_a_list_without_a_header_is_refused(self):
        error = self.refused_at_once(f'tools,{self.good}\n')
        self.assertRegex(error, r'list\.csv:1: the first line is not a header')
        self.assertIn('hint: the first line must be a header such as "name,artifact"', error)

    def test_a_list_that_says_nothing_is_refused(self):
        for text in ('', '\ufeff', '\n\n', '# name,artifact\n', ',,\n,,\n', 'sep=,\n'):
            with self.subTest(text=text):
                error = self.refused_at_once(text)
                self.assertIn('list.csv: the list is empty', error)
                self.assertRegex(error, '(?m)^hint: a list begins with the header')

    def test_characters_that_cannot_be_seen_are_refused_with_their_line(self):
        for row in ('too\u200bls,{}', 'tools,{}\ufeff', 'tools,\u201c{}\u201d', 'tools\0,{}', 'tools,{}\u2028'):
            with self.subTest(row=row):
                row = row.format(self.good)
                self.assertRegex(self.refused_at_once(f'name,artifact\nfine,{self.good}\n{row}\n'), r'list\.csv:3: ')

    def test_a_row_of_one_column_is_refused_with_its_line(self):
        error = self.refused_at_once(f'name,artifact\nfirst,{self.good}\ntools\n')
        self.assertRegex(error, r'list\.csv:3: the row has one field')
        self.assertIn('hint: write each row as name,artifact', error)

    def test_names_that_are_no_part_of_a_file_name_are_refused(self):
        for name in ('a/b', '/../../esc', '..', '.', '', '"a\nb"', 'a\x01b', 'a\x7fb', 'n' * 201):
            with self.subTest(name=name):
                error = self.refused_at_once(f'name,artifact\nfine,{self.good}\n{name},{self.good}\n')
                self.assertRegex(error, r'list\.csv:3: ')
                self.assertRegex(error, '(?m)^hint: ')
                self.assertNotRegex(error, '[\x00-\x09\x0b-\x1f\x7f]')

    def test_artifacts_that_are_no_reference_are_refused_with_their_line(self):
        for artifact in ('', 'http://reg.example.com/a:v1', 'reg.example.com/A:v1', 'reg.example.com/a:',
                         'reg.example.com/a@sha256:12', 'reg.example.com/../a:v1'):
            with self.subTest(artifact=artifact):
                error = self.refused_at_once(f'name,artifact\nfine,{self.good}\ntools,{artifact}\n')
                self.assertRegex(error, r'list\.csv:3: ')

    def test_a_quote_that_is_never_closed_is_refused_with_its_line(self):
        self.assertRegex(self.refused_at_once(f'name,artifact\n"tools,{self.good}\n'), r'list\.csv:2: ')

    def test_an_unknown_compression_is_refused(self):
        for compression in ('gz', 'ZSTD', 'xz'):
            with self.subTest(compression=compression):
                error = self.refused_at_once([('tools', self.good)], '--compression', compression)
                self.assertIn(f'"{compression}"', error)

    def test_flags_with_values_out_of_range_are_refused(self):
        for flags in (['--connections', '0'], ['--connections', '1025'], ['--dedup', 'all'],
                      ['--compression-level', '3'], ['--compression', 'zstd', '--compression-level', '20'],
                      ['--tracker-filename', '../x.csv'], ['--tracker-filename', '000001-x.tar'],
                      ['--no-such-flag'], ['a-third-argument'], ['-v=loud']):
            with self.subTest(flags=flags):
                self.refused_at_once([('tools', self.good)], *flags)


if __name__ == '__main__':
    support.main()
