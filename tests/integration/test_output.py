"""What is said, where, and what must never be."""

import base64
import json
import re

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
        self.assertEqual(lines[0], 'Started ↦ 1 artifact, 0 of them archived before')
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
                self.assertIn(('INFO', 'archived before'), [(one['level'], one['msg']) for one in records])
        for flags in ([], ['-v', 'warn'], ['-v=error']):
            self.assertEqual(self.mirror(self.rows, *flags).err, '', flags)

    def test_the_environment_gives_the_usual_level(self):
        self.environment['ACE_DT_VERBOSITY'] = 'info'
        self.assertIn('"msg":"started"', self.mirror(self.rows).err.replace('": "', '":"'))
        self.assertEqual(self.mirror(self.rows, '-v=error').err, '')

    def test_what_a_registry_says_cannot_control_the_terminal(self):
        self.source.fault('* */manifests/* * status 403')
        self.assertNotRegex(self.refused(self.rows), '[\x00-\x09\x0b-\x1f]')


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
        self.assertIn(code, support.FAILURES, said)
        self.check(said)


if __name__ == '__main__':
    support.main()
