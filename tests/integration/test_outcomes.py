"""How a run ends: the exit status, --keep-going, and what --report says of each row."""

import json
import pathlib
import signal
import unittest

import servers
import support
from content import image, noise

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMA = pathlib.Path(__file__).parents[2] / 'docs' / 'report.schema.json'
SOON = '--retries', '0'


class Outcomes(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.big = noise(3_000_000, 'big')
        self.one = self.source.push('a/one', image(noise(100, 1)))
        self.two = self.source.push('a/two', image(noise(100, 2), self.big))
        self.gone = self.one + 'x'

    def stalled(self):
        """A run that has got to the middle of a blob."""
        self.source.fault(f'GET */blobs/{self.big.digest} * stall 500000')
        run = self.enterContext(self.mirroring([('one', self.one), ('two', self.two)]))
        servers.wait_until(lambda: self.big.digest in self.source.blobs_asked_for(), 'a request for the large blob')
        servers.wait_until(lambda: len(self.done()) == 1, 'the first row of the tracker')
        return run


class ExitStatus(Outcomes):

    def ends_with(self, code, rows, *options):
        result = self.run_mirror(rows, *options)
        self.assertEqual(result.code, code, result.text)

    def fails_with(self, code, rule):
        self.source.fault(rule)
        self.ends_with(code, [('one', self.one)], *SOON)
        self.source.heal()

    def test_0_all_done(self):
        self.ends_with(0, [('one', self.one)])
        self.ends_with(0, [('one', self.one)])

    def test_1_another_error(self):
        self.fails_with(1, 'GET */blobs/* * status 418')
        self.write('a-file', '')
        result = self.run_mirror([('one', self.one)], folder=self.directory / 'a-file')
        self.assertEqual(result.code, 1, result.text)

    def test_2_usage_or_list(self):
        self.ends_with(2, [('one', self.one)], '--no-such-flag')
        self.ends_with(2, [('one', self.one)], '--compression', 'rar')
        for rows in ('name,artifact\na\n', [('../x', self.one)], [('x', 'no reference:')]):
            with self.subTest(rows=rows):
                self.ends_with(2, rows)

    def test_3_some_rows_failed(self):
        self.ends_with(3, [('gone', self.gone), ('one', self.one)], '--keep-going')
        self.assertEqual(self.archives(), ['000001-one.tar'])

    def test_4_credentials(self):
        self.fails_with(4, 'GET */blobs/* * status 401')
        self.fails_with(4, 'GET */blobs/* * status 403')

    def test_5_not_found(self):
        self.ends_with(5, [('gone', self.gone)])
        self.fails_with(5, 'GET */blobs/* * status 404')

    def test_6_network(self):
        self.ends_with(6, [('one', '127.0.0.1:1/a/b:v1')], *SOON)
        self.fails_with(6, 'GET */blobs/* * drop')
        self.fails_with(6, 'GET */blobs/* * status 503')

    def test_7_rate_limit(self):
        self.fails_with(7, 'GET */blobs/* * status 429')

    @support.needs_mounts
    def test_8_no_space(self):
        self.prefix = support.on_tmpfs(self.folder, '1m')
        self.ends_with(8, [('two', self.two)])

    def test_9_integrity(self):
        self.fails_with(9, 'GET */blobs/* * flip 5')

    def test_10_locked(self):
        self.stalled()
        self.ends_with(10, [('one', self.one)])

    def interrupted(self, number):
        run = self.stalled()
        run.send_signal(number)
        out, err = run.communicate(timeout=2)  # what the user may count on
        self.assertRegex(err.decode(), '(?m)^hint: run the same command again to continue$')
        self.assertIn('1 archive', out.decode() + err.decode())
        return run.returncode

    def test_130_interrupted(self):
        self.assertEqual(self.interrupted(signal.SIGINT), 130)

    def test_143_terminated(self):
        self.assertEqual(self.interrupted(signal.SIGTERM), 143)


class Report(Outcomes):

    def report(self, code, rows, *options):
        """What a run that ends with `code` reports: all of it, and each row by its name."""
        result = self.run_mirror(rows, '--report', 'report.json', *options)
        self.assertEqual(result.code, code, result.text)
        report = json.loads((self.directory / 'report.json').read_text())
        if jsonschema:
            jsonschema.validate(report, json.loads(SCHEMA.read_text()))
        return report, {row['name']: row for row in report['rows']}

    @unittest.skipUnless(jsonschema, 'python3-jsonschema is not there')
    def test_the_schema_is_one_and_refuses_what_is_no_report(self):
        schema = json.loads(SCHEMA.read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        report, _ = self.report(0, [('one', self.one)])
        for change in ({'version': 2}, {'rows': [{'name': 'x'}]}, {'more': 1},
                       {'rows': [{**report['rows'][0], 'state': 'failed'}]}, {'rows': [{**report['rows'][0], 'size': -1}]}):
            with self.assertRaises(jsonschema.ValidationError, msg=change):
                jsonschema.validate({**report, **change}, schema)

    def test_of_rows_that_are_done_failed_and_skipped(self):
        self.mirror([('one', self.one)])
        self.source.fault(f'GET */blobs/{self.big.digest} 1 cut 2000000')
        report, rows = self.report(3, [('one', self.one), ('two', self.two), ('gone', self.gone)], '--keep-going')
        self.assertEqual({name: row['state'] for name, row in rows.items()},
                         {'one': 'skipped', 'two': 'done', 'gone': 'failed'})
        self.assertEqual(rows['one']['archive'], '000001-one.tar')
        two = rows['two']
        self.assertEqual(two['archive'], '000002-two.tar')
        self.assertEqual(two['size'], (self.folder / '000002-two.tar').stat().st_size)
        self.assertEqual(two['attempts'], 2)
        self.assertGreaterEqual(two['fetched'], 3_000_100)
        self.assertLess(two['fetched'], 3_100_000)
        self.assertEqual(rows['gone']['error']['class'], 'not-found')
        self.assertIn(self.gone, rows['gone']['error']['text'])
        self.assertEqual((report['complete'], report['archives'], report['failed']), (False, 1, 1))

    def test_what_other_archives_have_is_saved(self):
        rows = [('two', self.two), ('again', self.source.push('a/again', image(self.big)))]
        _, by_name = self.report(0, rows)
        self.assertGreaterEqual(by_name['again']['saved'], 3_000_000)
        self.assertLess(by_name['again']['fetched'], 10_000)

    def test_of_a_run_that_stops_at_a_row(self):
        report, rows = self.report(5, [('one', self.one), ('gone', self.gone), ('two', self.two)])
        self.assertEqual({name: row['state'] for name, row in rows.items()},
                         {'one': 'done', 'gone': 'failed', 'two': 'left'})
        self.assertEqual(report['error']['class'], 'not-found')
        self.assertEqual(report['error']['text'], rows['gone']['error']['text'])

    def test_of_a_run_that_never_began_says_why(self):
        self.write('report.json', 'an older one')
        report, rows = self.report(2, 'name,artifact\na\n')
        self.assertEqual((rows, report['complete'], report['exit_status']), ({}, False, 2))
        self.assertEqual((report['error']['class'], report['totals']['failures']), ('usage', {'usage': 1}))
        self.assertFalse((self.directory / 'report.json.unfinished').exists())

    def test_of_an_interrupted_run_says_what_is_left(self):
        self.source.fault(f'GET */blobs/{self.big.digest} * stall 500000')
        with self.mirroring([('one', self.one), ('two', self.two)], '--report', 'report.json') as run:
            servers.wait_until(lambda: len(self.done()) == 1, 'the first row of the tracker')
            run.send_signal(signal.SIGTERM)
            run.communicate(timeout=servers.LONG_ENOUGH)
        report = json.loads((self.directory / 'report.json').read_text())
        self.assertEqual([(row['name'], row['state']) for row in report['rows']], [('one', 'done'), ('two', 'left')])
        self.assertEqual((report['exit_status'], report['error']['class']), (143, 'interrupted'))
        totals = report['totals']
        self.assertEqual((totals['done'], totals['left'], totals['failures']), (1, 1, {'interrupted': 1}))


if __name__ == '__main__':
    support.main()
