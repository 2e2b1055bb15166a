"""What is said, where, and what must never be."""

import base64
import json
import os
import re
import subprocess

import servers
import support
from content import image, noise

LOGIN = 'me:correct-horse'
SIGNATURE = 'not-for-logs'  # in the URLs of the test registry's storage


class WhereThingsAreSaid(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.image = image(noise(1000, 1), noise(100_000, 2))
        self.rows = [('x', self.source.push('a/b', self.image))]

    def test_each_archive_has_a_line_and_the_run_a_summary(self):
        out = self.mirror(self.rows).out
        lines = [line for line in out.splitlines() if not line.startswith('status ↦')]
        self.assertEqual(lines[0], 'Started ↦ 1 artifact, 0 of them already archived')
        self.assertRegex(lines[1], rf'^000001-x\.tar ↦ Completed {re.escape(self.rows[0][1])} \(.* kB\)$')
        self.assertRegex(lines[2], '^Completed ↦ 1 archive in .*; fetched 10. kB with .* requests; 0 B shared')

    def test_nothing_moves_where_the_output_is_no_terminal(self):
        self.assertNotRegex(self.mirror(self.rows).text, '[\r\x1b]')

    def test_quiet_says_nothing_on_stdout_and_errors_on_stderr(self):
        for flag in ('-q', '--quiet'):
            self.assertEqual(self.mirror(self.rows, flag).text, '')
        result = self.run_mirror([('y', self.source.host + '/no/such:v1')], '-q')
        self.assertEqual((result.code, result.out), (5, ''))
        self.assertRegex(result.err, r'^Error: .*list\.csv:2: y: ')

    def test_debug_writes_all_events_as_json_lines_and_nothing_to_stdout(self):
        self.source.fault('GET */blobs/* 1 status 503 retry-after 0')
        result = self.mirror(self.rows, '--debug', 'traces/today')
        self.assertEqual(result.out, '')
        lines = (self.directory / 'traces/today/events.jsonl').read_text().splitlines()
        events = [json.loads(line) for line in lines]
        kinds = [event['event'] for event in events]
        self.assertEqual((kinds[0], kinds[-1]), ('run_started', 'run_finished'))
        for kind, count in (('artifact_resolved', 1), ('blob_stored', 3), ('retrying', 1), ('archive_committed', 1)):
            self.assertEqual(kinds.count(kind), count, kind)
        times = [event['time'] for event in events]
        self.assertEqual(times, sorted(times))
        self.assertEqual(events[-1]['complete'], True)

    def test_the_log_says_more_with_each_level_and_is_json(self):
        self.mirror(self.rows)  # rows that are skipped are what level info tells
        for flags in (['-v', 'info'], ['-v=8'], ['-vv'], ['--verbosity', '8'], ['--verbosity=info'], ['-v8']):
            with self.subTest(flags=flags):
                records = [json.loads(line) for line in self.mirror(self.rows, *flags).err.splitlines()]
                self.assertIn(('INFO', 'already archived'), [(one['level'], one['msg']) for one in records])
        for flags in ([], ['-v', 'warn'], ['-v=error']):
            self.assertEqual(self.mirror(self.rows, *flags).err, '', flags)

    def test_the_environment_gives_the_usual_level(self):
        self.environment['ACE_DT_VERBOSITY'] = 'info'
        self.assertIn('"msg":"started"', self.mirror(self.rows).err.replace('": "', '":"'))
        self.assertEqual(self.mirror(self.rows, '-v=error').err, '')

    def test_what_a_registry_says_cannot_control_the_terminal(self):
        self.source.fault('* */manifests/* * status 403')
        self.assertNotRegex(self.refused(self.rows), '[\x00-\x09\x0b-\x1f]')


class WhatCannotBeWritten(support.Case):
    """Is an error at the end, and costs no archive."""

    def setUp(self):
        super().setUp()
        self.rows = [('x', self.registry().push('a/b', image(noise(1000, 1), noise(100_000, 2))))]

    def run_with(self, command, **streams):
        """How it ends, with `streams` instead of pipes that are read."""
        streams = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, **streams}
        done = subprocess.run(command, env=self.environment, cwd=self.directory, timeout=servers.LONG_ENOUGH, **streams)
        return done.returncode, (done.stderr or b'').decode()

    def check_archive(self):
        self.assertEqual(self.done(), ['000001-x.tar'])
        self.check_folder()

    def test_standard_output_that_is_full(self):
        with open('/dev/full', 'wb') as full:
            for words in (['--help'], ['config'], ['config', '--sample']):
                code, error = self.run_with([os.environ['ACE_DT'], *words], stdout=full)
                self.assertIn(code, support.FAILURES, words)
                self.assertIn('write to standard output: No space left on device', error)
            code, error = self.run_with(self.command(self.rows, [], None), stdout=full)
        self.assertIn(code, support.FAILURES)
        self.assertRegex(error, 'Error: the run is done, but not all .*: write to standard output: No space left')
        self.check_archive()

    def test_standard_output_that_nobody_reads(self):
        reader, writer = os.pipe()
        os.close(reader)
        code, error = self.run_with(self.command(self.rows, [], None), stdout=writer)
        os.close(writer)
        self.assertIn(code, support.FAILURES)
        self.assertIn('write to standard output: Broken pipe', error)
        self.check_archive()

    def test_a_log_that_is_full(self):
        with open('/dev/full', 'wb') as full:
            self.assertEqual(self.run_with(self.command(self.rows, ['-q'], None), stderr=full)[0], 0)
            self.assertIn(self.run_with(self.command(self.rows, ['-q', '-vv'], None), stderr=full)[0], support.FAILURES)
        self.check_archive()

    def test_a_report_or_a_trace_that_is_full(self):
        (self.directory / 'full.json').symlink_to('/dev/full')
        (self.directory / 'trace').mkdir()
        (self.directory / 'trace/events.jsonl').symlink_to('/dev/full')
        for number, options in enumerate((['--report', 'full.json'], ['--debug', 'trace'])):
            folder = self.directory / f'folder-{number}'
            error = self.refused(self.rows, *options, folder=folder)
            self.assertRegex(error, 'the run is done, but not all .*: write to .*: No space left on device')
            self.assertEqual(self.archives(folder), ['000001-x.tar'])

    def test_standard_streams_that_are_closed_are_as_null(self):
        self.prefix = ['sh', '-c', 'exec "$@" <&- >&- 2>&-', 'sh']
        for options in ([], ['-vvv'], ['--report', 'report.json']):
            with self.subTest(options=options):
                folder = self.directory / '-'.join(['closed', *options]).replace('.', '')
                self.mirror(self.rows, *options, folder=folder)
                expected = self.directory / 'expected'
                self.prefix, before = [], self.prefix
                self.mirror(self.rows, folder=expected)
                self.prefix = before
                self.assertEqual(self.snapshot(folder), self.snapshot(expected))

    def test_a_file_beyond_the_largest_size_is_an_error_of_the_write(self):
        self.prefix = ['sh', '-c', 'ulimit -f 40; exec "$@"', 'sh']
        for options in ([], ['--compression', 'zstd']):
            with self.subTest(options=options):
                self.assertIn('File too large', self.refused(self.rows, *options, code=1))
                self.assertEqual(self.archives(), [])


class ReportsThatAreNoFiles(support.Case):
    """Nothing but an ordinary file is replaced."""

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.rows = [('x', self.source.push('a/b', image(noise(1000, 1))))]

    def refused_at_once(self, *options, code=2):
        self.source.forget_requests()
        error = self.refused(self.rows, *options, code=code)
        self.assertEqual(self.source.requests(), [])
        return error

    def check_report(self, text):
        self.assertEqual([row['name'] for row in json.loads(text)['rows']], ['x'])

    def test_a_link_is_followed(self):
        (self.directory / 'reports').mkdir()
        self.write('reports/today.json', 'an older one')
        link = self.directory / 'link.json'
        for target in ('reports/today.json', 'reports/new.json'):
            link.unlink(missing_ok=True)
            link.symlink_to(target)
            self.mirror(self.rows, '--report', 'link.json')
            self.assertTrue(link.is_symlink())
            self.check_report((self.directory / target).read_text())

    def test_a_descriptor_is_written_to(self):
        (self.directory / 'out').symlink_to('/proc/self/fd/1')
        self.check_report(self.mirror(self.rows, '-q', '--report', 'out').out)
        reader, writer = os.pipe()
        os.set_inheritable(writer, True)
        subprocess.run(self.command(self.rows, ['-q', '--report', f'/dev/fd/{writer}'], None), env=self.environment,
                       cwd=self.directory, pass_fds=[writer], timeout=servers.LONG_ENOUGH, check=True)
        os.close(writer)
        with open(reader, encoding='utf-8') as report:
            self.check_report(report.read())
        self.assertIn('/dev/fd/77: not open for writing', self.refused_at_once('--report', '/dev/fd/77'))

    def test_standard_output_that_is_a_file_keeps_what_was_written_before(self):
        (self.directory / 'out').symlink_to('/proc/self/fd/1')
        log = self.directory / 'log'
        with open(log, 'wb') as file:
            file.write(b'before\n')
            file.flush()
            subprocess.run(self.command(self.rows, ['-q', '--report', 'out'], None), env=self.environment, stdout=file,
                           cwd=self.directory, timeout=servers.LONG_ENOUGH, check=True)
        before, _, report = log.read_text().partition('\n')
        self.assertEqual(before, 'before')
        self.check_report(report)

    def test_a_device_stays_one(self):
        (self.directory / 'null').symlink_to('/dev/null')
        self.mirror(self.rows, '--report', 'null')
        self.assertTrue((self.directory / 'null').is_char_device())

    def test_a_fifo_is_written_to_if_somebody_reads_it_and_else_refused(self):
        fifo = self.directory / 'fifo'
        os.mkfifo(fifo)
        self.assertIn('no process reads from it', self.refused_at_once('--report', 'fifo'))
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.mirror(self.rows, '--report', 'fifo')
        self.check_report(os.read(reader, 65536))
        os.close(reader)
        self.assertTrue(fifo.is_fifo())

    def test_a_folder_is_refused_and_stays(self):
        (self.directory / 'empty').mkdir()
        self.assertIn('is a folder', self.refused_at_once('--report', 'empty'))
        self.assertTrue((self.directory / 'empty').is_dir())

    def test_what_a_run_needs_is_refused(self):
        self.mirror(self.rows)
        (self.directory / 'link.json').symlink_to('sync/000001-x.tar')
        (self.directory / 'trace').mkdir()
        (self.directory / 'trace/events.jsonl').symlink_to('../sync/000001-x.tar')
        before = self.snapshot()
        for options, reason in ((['--report', 'sync/000001-x.tar'], 'has the name of an archive'),
                                (['--report', 'sync/000002-y.tar.zst'], 'has the name of an archive'),
                                (['--report', 'link.json'], 'has the name of an archive'),
                                (['--report', 'sync/record-keeping.csv'], 'is the tracker'),
                                (['--report', 'sync/t.csv', '--tracker-filename', 't.csv'], 'is the tracker'),
                                (['--report', 'sync/.ace-dt/ledger'], 'is in .ace-dt'),
                                (['--report', 'list.csv'], 'is the list'),
                                (['--debug', 'trace'], 'has the name of an archive'),
                                (['--debug', 'sync/.ace-dt'], 'is in .ace-dt')):
            with self.subTest(options=options):
                self.assertRegex(self.refused_at_once(*options), f'{options[0]}: .* {reason}')
                self.assertEqual(self.snapshot(), before)


class Secrets(support.Case):
    """Not in any output, log or file, with all there is to say."""

    def setUp(self):
        super().setUp()
        self.image = image(noise(1000, 1), noise(100_000, 2))

    def all_that_is_said(self, rows, *more):
        options = ['-vvv', '--connections', '1', *more]  # one request uses up no token of another
        result = self.run_mirror(rows, *options, '--debug', 'debug')
        texts = [result.text, self.run_mirror(rows, *options, folder=self.directory / 'other').text]
        texts += [path.read_text(errors='replace') for folder in ('debug', 'sync', 'other')
                  for path in (self.directory / folder).rglob('*') if path.is_file() and not path.name.endswith('.tar')]
        return result.code, '\n'.join(texts)

    def check(self, said, *secrets):
        for secret in ('correct-horse', base64.b64encode(LOGIN.encode()).decode(), SIGNATURE, *secrets):
            self.assertNotIn(secret, said)
        of_tokens = re.compile('(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])')
        self.assertIsNone(of_tokens.search(said))
        self.assertNotRegex(said, '(?i)(basic|bearer) +[A-Za-z0-9+/=]{12,}')

    def test_of_a_run_with_a_login_and_storage_elsewhere(self):
        source = self.registry('--auth', 'basic', '--user', LOGIN, '--redirect-blobs', login=LOGIN)
        self.log_in(source.host, LOGIN)
        artifact = source.push('a/b', self.image)
        source.fault('GET /storage/* 3 cut 10', 'GET /v2/*/manifests/* 1 status 503 retry-after 0')
        code, said = self.all_that_is_said([('x', artifact)])
        self.assertEqual(code, 0, said)
        self.assertIn('retrying', said)
        self.check(said)

    def test_of_a_run_with_tokens(self):
        source = self.registry('--auth', 'bearer', '--user', LOGIN, '--token-uses', '2', login=LOGIN)
        self.log_in(source.host, LOGIN)
        artifact = source.push('a/b', self.image)
        source.fault('GET /token* 2 status 503 retry-after 0', 'GET */blobs/* 2 drop')
        code, said = self.all_that_is_said([('x', artifact)])
        self.assertEqual(code, 0, said)
        self.check(said)

    def test_of_runs_that_fail(self):
        source = self.registry('--auth', 'bearer', '--user', LOGIN, '--redirect-blobs', login=LOGIN)
        self.log_in(source.host, LOGIN)
        artifact = source.push('a/b', self.image)
        for rule in ('GET /storage/* * status 403', 'GET /token* * status 403', '* */manifests/* * status 401'):
            with self.subTest(rule=rule):
                source.heal()
                source.fault(rule)
                code, said = self.all_that_is_said([('x', artifact)], '--retries', '1')
                self.assertIn(code, support.FAILURES, said)
                self.check(said)

    def test_that_stand_in_the_list_or_in_dockers_file_by_mistake(self):
        code, said = self.all_that_is_said([('x', 'me:correct-horse@reg.example.com/a/b:v1')])
        self.assertIn(code, support.FAILURES, said)
        self.check(said)
        source = self.registry()
        self.environment['DOCKER_CONFIG'] = str(self.write(
            'docker/config.json', json.dumps({'auths': {source.host: {'auth': 'correct-horse'}}})).parent)
        code, said = self.all_that_is_said([('x', source.push('a/b', self.image))])
        self.assertEqual(code, 0, said)  # the image is public
        self.check(said)


if __name__ == '__main__':
    support.main()
