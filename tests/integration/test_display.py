"""The live display on a terminal, and what is written elsewhere. What it looks like is in tests/ui/view_test.cpp."""

import json
import re

import support
from content import image, noise
from screen import Terminal

PERCENT = re.compile(r'(?m)^ *(~?)([0-9.]+)% ')
COLOUR = re.compile('\x1b\\[[0-9;]*m')


class OnATerminal(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry('--rate', '1MB')
        self.rows = [('x', self.source.push('a/x', image(noise(1_500_000, 1)))),
                     ('y', self.source.push('a/y', image(noise(3_000_000, 2))))]

    def run_in_terminal(self, *options, columns=80, **more):
        command = self.command(self.rows, ['--dedup', 'name', *options], None)
        terminal = Terminal(command, columns, self.environment, self.directory, **more)
        self.assertEqual(terminal.code, 0, terminal.written)
        return terminal

    def check_last(self, terminal):
        """Nothing is left of the display below the lines."""
        lines = COLOUR.sub('', terminal.last).splitlines()
        self.assertEqual(lines[0], 'Started ↦ 2 artifacts, 0 of them already archived')
        self.assertRegex(lines[1], r'^000001-x\.tar ↦ Completed ')
        self.assertRegex(lines[2], r'^000002-y\.tar ↦ Completed ')
        self.assertRegex(lines[3], '^Completed ↦ 2 archives in ')

    def test_percent_rate_and_the_transfers_are_drawn_below_the_lines_and_cleared_at_the_end(self):
        for columns in (40, 80, 200):
            with self.subTest(columns=columns):
                self.folder = self.directory / f'sync-{columns}'
                terminal = self.run_in_terminal(columns=columns)
                self.check_last(terminal)
                shown = [drawing.split('already archived\n')[1].splitlines() for drawing in terminal.drawings]
                display = max(shown, key=len)
                self.assertTrue(any(re.match(' *[0-9.]+%  +[0-9.]+ [kM]?B/s', row) for row in display), display)
                self.assertTrue(any(re.search(r'^  000002-y\.tar .* [0-9]+%  +[0-9.]+ [kM]?B/s', row)
                                    for row in display), display)
                for rows in shown:
                    self.assertLess(max(len(row) for row in rows if '↦' not in row), columns)

    def test_percent_never_goes_backwards(self):
        terminal = self.run_in_terminal('--connections', '1')
        percents = [float(PERCENT.search(drawing).group(2)) for drawing in terminal.drawings]
        self.assertEqual(percents, sorted(percents))
        self.assertGreater(percents[-1], percents[0])

    def test_it_is_drawn_anew_when_the_window_is_resized(self):
        def narrower(terminal, number):
            if number == 2:
                terminal.resize(30)
        terminal = self.run_in_terminal(columns=200, on_drawing=narrower)
        self.check_last(terminal)
        rows = terminal.drawings[-1].splitlines()
        self.assertLess(max(len(row) for row in rows if '↦' not in row), 30)

    def test_the_log_on_the_same_terminal_does_not_disturb_it(self):
        terminal = self.run_in_terminal('-v', 'debug')
        rows = [row for row in terminal.last.splitlines() if not row.startswith('{')]
        terminal.last = '\n'.join(rows)
        self.check_last(terminal)

    def test_colours_are_those_that_the_environment_allows(self):
        cases = (({}, True), ({'NO_COLOR': '1'}, False), ({'TERM': 'dumb'}, False),
                 ({'NO_COLOR': '1', 'CLICOLOR_FORCE': '1'}, False), ({'TERM': 'dumb', 'CLICOLOR_FORCE': '1'}, True))
        for number, (variables, coloured) in enumerate(cases):
            with self.subTest(variables=variables):
                self.folder = self.directory / f'sync-{number}'
                self.rows = [('x', self.source.push('a/x', image(noise(1000, 1))))]
                before, self.environment = self.environment, {**self.environment, **variables}
                terminal = self.run_in_terminal()
                self.environment = before
                self.assertEqual(bool(COLOUR.search(terminal.written)), coloured, terminal.written)
                if 'TERM' in variables:
                    self.assertEqual(terminal.drawings, [])


class ElsewhereThanOnATerminal(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        layers = [noise(1000 + number, number) for number in range(40)]
        self.rows = [('x', self.source.push('a/b', image(*layers)))]

    def test_a_registry_that_is_down_gives_a_line_and_its_return_another(self):
        self.source.fault('GET */blobs/* 30 status 503 retry-after 0')
        out = self.mirror(self.rows, '--connections', '32').out
        lines = [line for line in out.splitlines() if line.startswith(f'{self.source.host} ↦ ')]
        self.assertLessEqual(len(lines), 4, out)  # on a slow machine, the registry may seem to fail twice
        self.assertRegex(lines[0], '503 Service Unavailable[^;]*; blob sha256:[0-9a-f]{64} is tried again in ')
        self.assertRegex(lines[-1], 'answers again after .* and [0-9]+ failed attempts$')

    def test_each_failed_attempt_is_in_the_trace_and_in_the_log_at_level_debug(self):
        self.source.fault('GET */blobs/* 30 status 503 retry-after 0')
        result = self.mirror(self.rows, '-v', 'debug')
        records = [json.loads(line) for line in result.err.splitlines()]
        self.assertEqual([record['msg'] for record in records].count('attempt failed'), 30)
        self.source.fault('GET */blobs/* 30 status 503 retry-after 0')
        self.mirror(self.rows, '--debug', 'trace', folder=self.directory / 'other')
        kinds = [json.loads(line)['event'] for line in (self.directory / 'trace/events.jsonl').read_text().splitlines()]
        self.assertEqual(kinds.count('retrying'), 30)
        self.assertIn('host_recovered', kinds)

    def test_a_pause_that_the_registry_asks_for_gives_one_line(self):
        self.source.fault('GET */blobs/* 8 status 429 retry-after 1')
        lines = self.mirror(self.rows, '--connections', '8').out.splitlines()
        # On a slow machine, the failure of another request may be told first.
        self.assertRegex(lines[1], rf'^{self.source.host} ↦ (asks for a pause of 1s; until then, no requests|429 )')
        self.assertLessEqual(len(lines), 5, lines)

    def test_the_end_says_how_many_rows_are_done_failed_and_left(self):
        rows = [*self.rows, ('y', self.source.host + '/no/such:v1'), ('z', self.rows[0][1])]
        result = self.run_mirror(rows, '--keep-going')
        self.assertRegex(result.out, '(?m)^y ↦ Failed: 404[^\n]* \\([^\n]*GET http[^\n]*\\)$')
        self.assertRegex(result.out, '(?m)^Incomplete ↦ 2 archives, 1 failed, 0 left, in ')
        result = self.run_mirror(rows[1:], folder=self.directory / 'other')
        self.assertRegex(result.out, '(?m)^Incomplete ↦ 0 archives, 1 failed, 1 left, in ')

    def test_colours_can_be_forced(self):
        self.environment['CLICOLOR_FORCE'] = '1'
        self.assertRegex(self.mirror(self.rows).out, '(?m)^\x1b\\[32mCompleted\x1b\\[0m ↦ 1 archive in ')


if __name__ == '__main__':
    support.main()
