"""Runs that nobody watches: --metrics, --log-format json, and what docs/automation.md and docs/automation have for them."""

import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import unittest

import servers
import support
from content import image, noise
from documents import ROOT, blocks
from screen import Terminal
from test_kubernetes import OLDEST, minor_version, what_is_missing

try:
    import yaml
except ImportError:
    yaml = None

DOCUMENT = ROOT / 'docs' / 'automation.md'
FILES = ROOT / 'docs' / 'automation'
SERVICE = FILES / 'ace-dt-mirror.service'
SOON = '--retries', '0'
MAX_EXPOSURE = 2.0  # of 10, as systemd rates it
SAMPLE = re.compile(r'^(\w+)\{(.*)\} (\S+)$')


def samples(text):
    """The values by name and labels, without those that are the same in all of a file."""
    found = {}
    for line in text.splitlines():
        if not line.startswith('#'):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            own = dict(re.findall(r'(\w+)="([^"]*)"', labels))
            found[(name.removeprefix('ace_dt_'), own.get('state') or own.get('kind'))] = float(value)
    return found


def block(file):
    """The text of the block of the document that is the file of that name."""
    [found] = [one.text for one in blocks(DOCUMENT.read_text()) if one.file == file]
    return found


class Runs(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.one = self.source.push('a/one', image(noise(100_000, 1)))
        self.rows = [('one', self.one)]
        self.file = self.directory / 'ace-dt.prom'

    def metrics(self):
        return samples(self.file.read_text())

    def stalled(self, *options):
        """A run that waits for a blob."""
        self.source.fault('GET */blobs/* * stall 1000')
        run = self.enterContext(self.mirroring(self.rows, *options))
        servers.wait_until(self.source.blobs_asked_for, 'a request for a blob')
        return run


class Metrics(Runs):

    def test_of_a_run_that_succeeds(self):
        self.source.fault('GET */blobs/* 1 status 503 retry-after 1')
        self.source.forget_requests()
        self.mirror(self.rows, '--metrics', self.file)
        found = self.metrics()
        self.assertEqual(found['last_run_success', None], 1)
        self.assertEqual(found['last_success_timestamp_seconds', None], found['last_run_timestamp_seconds', None])
        self.assertEqual((found['last_run_rows', 'done'], found['last_run_rows', 'failed']), (1, 0))
        self.assertEqual(found['last_run_stored_bytes', None], (self.folder / '000001-one.tar').stat().st_size)
        self.assertGreater(found['last_run_received_bytes', None], 100_000)
        self.assertEqual(found['last_run_requests', None], len(self.source.requests()))
        self.assertEqual(found['last_run_retries', None], 1)
        self.assertGreaterEqual(found['last_run_paused_seconds', None], 1)
        self.assertEqual({value for (name, _), value in found.items() if name == 'last_run_failures'}, {0})
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o644)
        self.assertEqual([path.name for path in self.directory.glob('*.prom*')], ['ace-dt.prom'])

    def test_a_run_that_is_over_at_once_is_counted_to_its_end(self):
        self.source.forget_requests()
        self.mirror(self.rows, '--metrics', self.file)
        found = self.metrics()
        self.assertEqual(found['last_run_requests', None], len(self.source.requests()))
        self.assertGreater(found['last_run_received_bytes', None], 100_000)

    def test_the_last_success_survives_a_run_that_fails(self):
        self.mirror(self.rows, '--metrics', self.file)
        before = self.metrics()
        self.refused([('gone', self.one + 'x')], '--metrics', self.file, code=5)
        after = self.metrics()
        success = 'last_success_timestamp_seconds', None
        self.assertEqual(after[success], before[success])
        self.assertEqual((after['last_run_success', None], after['last_run_exit_status', None]), (0, 5))
        self.assertEqual(after['last_run_failures', 'not-found'], 1)
        self.assertGreater(after['last_run_timestamp_seconds', None], after[success])

    def test_of_a_run_that_never_began_was_locked_out_or_was_interrupted(self):
        self.refused('name,artifact\na\n', '--metrics', self.file, code=2)
        self.assertEqual(self.metrics()['last_run_failures', 'usage'], 1)
        self.assertEqual(self.metrics()['last_success_timestamp_seconds', None], 0)
        run = self.stalled('--metrics', self.directory / 'other.prom')
        self.refused(self.rows, '--metrics', self.file, code=10)
        self.assertEqual(self.metrics()['last_run_failures', 'locked'], 1)
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=servers.LONG_ENOUGH)
        other = samples((self.directory / 'other.prom').read_text())
        self.assertEqual((other['last_run_exit_status', None], other['last_run_failures', 'interrupted']), (143, 1))
        self.assertEqual(other['last_run_rows', 'left'], 1)

    def test_of_the_other_commands(self):
        destination = self.registry().host + '/high/side'
        self.mirror(self.rows)
        archive = self.folder / '000001-one.tar'
        for words, count in ((['batch-deserialize', self.folder, destination], 1),
                             (['deserialize', archive, destination + ':x'], 1),
                             (['verify', self.folder, '--against', destination], 1),
                             (['plan', 'list.csv', self.folder, '--out', 'plan'], 0),
                             (['commit', 'plan', self.folder], 0)):
            with self.subTest(command=words[0]):
                self.succeeds('mirror', *words, '--metrics', self.file)
                self.assertIn(f'command="{words[0]}"', self.file.read_text())
                found = self.metrics()
                self.assertEqual((found['last_run_success', None], found['last_run_rows', 'done']), (1, count))
                self.assertEqual(f'destination="{destination}' in self.file.read_text(), destination in ''.join(map(str, words)))

    def succeeds(self, *words):
        result = self.execute([os.environ['ACE_DT'], *words], self.folder)
        self.assertEqual(result.code, 0, result.text)
        return result

    def test_of_a_folder_that_is_damaged(self):
        self.mirror(self.rows)
        archive = self.folder / '000001-one.tar'
        content = bytearray(archive.read_bytes())
        content[content.index(noise(100_000, 1).data) + 5] ^= 1
        archive.write_bytes(content)
        result = self.execute([os.environ['ACE_DT'], 'mirror', 'verify', self.folder, '--full', '--metrics', self.file])
        self.assertEqual(result.code, 9, result.text)
        found = self.metrics()
        self.assertEqual((found['last_run_rows', 'done'], found['last_run_rows', 'failed']), (0, 1))
        self.assertGreaterEqual(found['last_run_failures', 'corrupt'], 1)

    def test_a_report_that_could_not_be_written_is_no_success(self):
        (self.directory / 'full.json').symlink_to('/dev/full')
        self.refused(self.rows, '--report', 'full.json', '--metrics', self.file, code=8)
        self.assertEqual((self.metrics()['last_run_success', None], self.metrics()['last_run_exit_status', None]), (0, 8))

    @support.needs_mounts
    def test_a_file_that_cannot_be_written_is_an_error_at_the_end(self):
        self.prefix = support.on_tmpfs(self.directory / 'full', '4k')
        self.write('list.csv', '')
        (self.directory / 'fill').write_bytes(bytes(4096))
        self.prefix[-2:] = [self.prefix[-2].replace('&& {', f'&& cp {self.directory}/fill {self.directory}/full/x && {{'), 'sh']
        error = self.refused(self.rows, '--metrics', self.directory / 'full' / 'a.prom', code=8)
        self.assertIn('the run is done, but not all of its output was written: ', error)
        self.assertEqual(self.archives(), ['000001-one.tar'])

    def test_a_file_that_nobody_would_read_or_that_is_needed_is_refused_at_once(self):
        for name, reason in (('a.txt', 'does not end in .prom'), ('none/a.prom', 'is in a folder that does not exist'),
                             ('sync/.ace-dt/a.prom', 'is in .ace-dt')):
            self.source.forget_requests()
            self.assertIn(reason, self.refused(self.rows, '--metrics', name, code=2))
            self.assertEqual(self.source.requests(), [])

    def test_no_other_file_is_touched(self):
        self.assertIn('is the report', self.refused(self.rows, '--metrics', 'a.prom', '--report', 'a.prom', code=2))
        beside = self.write('ace-dt.prom.new', 'of somebody else')
        self.mirror(self.rows, '--metrics', self.file)
        self.assertEqual(beside.read_text(), 'of somebody else')
        self.assertEqual([one.name for one in self.directory.iterdir() if 'prom' in one.name and one != beside],
                         ['ace-dt.prom'])

    def test_a_password_in_the_destination_is_not_written(self):
        self.mirror(self.rows)
        self.not_pushed('user:s3cret@127.0.0.1:1/x', '--metrics', self.file, code=2)
        self.assertIn('destination="...@127.0.0.1:1/x"', self.file.read_text())
        self.assertNotIn('s3cret', self.file.read_text())

    def test_a_dry_run_writes_none_as_its_success_would_be_taken_for_that_of_a_run(self):
        self.assertIn('--metrics', self.refused(self.rows, '--dry-run', '--metrics', self.file, code=2))
        self.mirror(self.rows)
        self.assertIn('--metrics', self.not_pushed('r.example/a', '--dry-run', '--metrics', self.file, code=2))
        self.assertFalse(self.file.exists())

    @servers.needs('promtool')
    def test_promtool_accepts_them(self):
        self.mirror(self.rows, '--metrics', self.file)
        checked = subprocess.run(['promtool', 'check', 'metrics'], input=self.file.read_bytes(), capture_output=True)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, b''))

    def test_the_document_names_each(self):
        self.mirror(self.rows, '--metrics', self.file)
        written = set(re.findall(r'(?m)^(ace_dt_\w+)\{', self.file.read_text()))
        section = DOCUMENT.read_text().partition('\n## Metrics\n')[2].partition('\n## ')[0]
        self.assertEqual(written, set(re.findall(r'`(ace_dt_\w+)', section)))


class JsonLines(Runs):

    def records(self, text):
        records = [json.loads(line) for line in text.splitlines()]
        for record in records:
            self.assertEqual(list(record)[:3], ['time', 'level', 'msg'])
            self.assertRegex(record['time'], r'^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z$')
        return records

    def test_lines_have_the_fields_of_their_events(self):
        self.source.fault('GET */blobs/* 1 status 503 retry-after 0')
        result = self.mirror(self.rows, '--log-format', 'json')
        self.assertEqual(result.err, '')
        records = self.records(result.out)
        self.assertEqual([one['event'] for one in records if one['event'] != 'retrying'],
                         ['run_started', 'archive_committed', 'run_finished'])
        [retry] = [one for one in records if one['event'] == 'retrying']
        self.assertEqual((retry['level'], retry['host']), ('WARN', self.source.host))
        [done] = [one for one in records if one['event'] == 'archive_committed']
        self.assertEqual((done['level'], done['archive'], done['artifact']), ('INFO', '000001-one.tar', self.one))

    def test_errors_are_json_wherever_the_format_was_chosen(self):
        config = self.write('json.yaml', 'apiVersion: config.dt.act3-ace.io/v1alpha1\nkind: Configuration\nlogFormat: json\n')
        gone = [('gone', self.one + 'x')]
        for options, environment, rows, code, kind in (
                (['--log-format=json'], {}, gone, 5, 'not-found'), ([], {'ACE_DT_LOG_FORMAT': 'json'}, gone, 5, 'not-found'),
                (['--config', config], {}, gone, 5, 'not-found'), (['--log-format', 'json', '--no-such'], {}, gone, 2, 'usage'),
                (['--log-format', 'json', '--config', 'none.yaml'], {}, gone, 2, 'usage'),
                (['--log-format', 'json', '--keep-going'], {}, gone, 3, 'not-found')):
            with self.subTest(options=options, environment=environment):
                before, self.environment = self.environment, {**self.environment, **environment}
                result = self.run_mirror(rows, *options)
                self.environment = before
                [error] = self.records(result.err)
                self.assertEqual((result.code, error['level'], error['kind'], error['exit_status']), (code, 'ERROR', kind, code))
                self.assertIn('hint', error)
                self.records(result.out)

    def test_there_is_no_live_display_on_a_terminal(self):
        command = self.command(self.rows, ['--log-format', 'json'], None)
        terminal = Terminal(command, 200, self.environment, self.directory)
        self.assertEqual((terminal.code, terminal.drawings), (0, []))
        self.assertNotIn('\x1b', terminal.written)

    def test_an_interrupted_run_says_so_in_json(self):
        run = self.stalled('--log-format', 'json')
        run.send_signal(signal.SIGTERM)
        out, err = run.communicate(timeout=servers.LONG_ENOUGH)
        [error] = self.records(err.decode())
        self.assertEqual((error['kind'], error['exit_status']), ('interrupted', 143))
        self.assertEqual(self.records(out.decode())[-1]['event'], 'run_finished')

    def test_findings_of_verify_and_outcomes_of_plan_and_commit_are_lines(self):
        self.mirror(self.rows)
        (self.folder / '000001-one.tar').unlink()
        rows = self.write('list.csv', f'name,artifact\ntwo,{self.source.push("a/two", image(noise(10, 2)))}\n')
        for words, code, last in ((['plan', rows, 'new', '--out', 'plan'], 0, 'planned'),
                                  (['batch-serialize', '--plan', 'plan', '--shard', '1/1', 'new'], 0, 'Completed: '),
                                  (['commit', 'plan', 'new'], 0, 'committed 1 archive'),
                                  (['verify', 'new'], 0, '1 archive, ')):
            with self.subTest(words=words):
                result = self.execute([os.environ['ACE_DT'], 'mirror', *words, '--log-format', 'json'])
                self.assertEqual(result.code, code, result.text)
                self.assertEqual(result.err, '')
                self.assertTrue(self.records(result.out)[-1]['msg'].startswith(last), result.out)
        [archive] = (self.directory / 'new').glob('*.tar')
        archive.write_bytes(archive.read_bytes()[:2000])
        result = self.execute([os.environ['ACE_DT'], 'mirror', 'verify', 'new', '--log-format', 'json'])
        self.assertEqual(result.code, 9, result.text)
        found = [one for one in self.records(result.out) if one.get('severity') == 'damaged']
        self.assertEqual({(one['level'], one['archive']) for one in found}, {('ERROR', archive.name)})
        self.assertEqual([one['kind'] for one in self.records(result.err)], ['corrupt'])


@servers.needs('promtool')
class Alerts(support.Case):

    def check(self, verb, file):
        done = subprocess.run(['promtool', verb, 'rules', file], cwd=self.directory, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promtool_accepts_the_rules(self):
        self.check('check', FILES / 'alerts.yaml')

    @unittest.skipUnless(yaml, 'not installed: python3-yaml')
    def test_they_fire_when_they_should_and_not_otherwise(self):
        labels = '{command="batch-serialize",folder="/srv/sync",instance="a"}'

        def expect(alert, time, fires):
            return {'eval_time': time, 'alertname': alert, 'exp_alerts': [] if not fires else [
                {'exp_labels': {'severity': 'page', 'command': 'batch-serialize', 'folder': '/srv/sync', 'instance': 'a'},
                 'exp_annotations': {'summary': '/srv/sync on a has not been mirrored completely for two days'}}]}

        def series(value):
            return [{'series': 'ace_dt_last_success_timestamp_seconds' + labels, 'values': f'{value}x80'},
                    {'series': 'ace_dt_last_run_timestamp_seconds' + labels, 'values': '0x80'}]

        succeeded_at_0 = {'interval': '1h', 'input_series': series('1+0'), 'alert_rule_test': [
            expect('MirrorNotCurrent', '47h', False), expect('MirrorNotCurrent', '49h', True)]}
        absent = {'interval': '1h', 'input_series': [], 'alert_rule_test': [
            {'eval_time': '2h', 'alertname': 'MirrorNeverRan', 'exp_alerts': [
                {'exp_labels': {'severity': 'page', 'command': 'batch-serialize'},
                 'exp_annotations': {'summary': 'no host has metrics of ace-dt mirror batch-serialize'}}]},
            expect('MirrorNotCurrent', '49h', False)]}
        tests = {'rule_files': [str(FILES / 'alerts.yaml')], 'evaluation_interval': '1m', 'tests': [succeeded_at_0, absent]}
        self.check('test', self.write('alerts_test.yaml', yaml.safe_dump(tests)))

    def test_they_use_metrics_and_labels_that_there_are(self):
        document, rules = DOCUMENT.read_text(), (FILES / 'alerts.yaml').read_text()
        for name in set(re.findall(r'ace_dt_\w+', rules)):
            self.assertIn(f'`{name}', document)


class Systemd(Runs):

    def unit(self):
        """The service with this program, beside the timer."""
        text = SERVICE.read_text().replace('/usr/bin/ace-dt', os.environ['ACE_DT'])
        shutil.copy(FILES / 'ace-dt-mirror.timer', self.directory)
        return self.write('ace-dt-mirror.service', text)

    def setting(self, name):
        return re.findall(fr'(?m)^{name}=(.*)$', SERVICE.read_text())

    @servers.needs('systemd-analyze')
    def test_the_units_are_right(self):
        units = [self.unit(), self.directory / 'ace-dt-mirror.timer']
        done = subprocess.run(['systemd-analyze', 'verify', '--man=no', *units], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ''))

    @servers.needs('systemd-analyze')
    def test_the_service_is_hardened(self):
        done = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--no-pager', self.unit()],
                              capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'})
        level = re.search(r'Overall exposure level for \S+: ([\d.]+)', done.stdout)
        self.assertLessEqual(float(level.group(1)), MAX_EXPOSURE, done.stdout)
        self.assertIn(f'rates the service {level.group(1)} of 10', DOCUMENT.read_text().replace('\n', ' '))

    def allowed_calls(self):
        """The system calls of SystemCallFilter=."""
        text = subprocess.run(['systemd-analyze', 'syscall-filter', '--no-pager'], check=True, capture_output=True,
                              text=True).stdout
        groups = {name: set(re.findall(r'(?m)^ +(@?\w[\w-]*)$', body))
                  for name, body in re.findall(r'(?m)^(@[\w-]+)\n((?: .*\n?)*)', text)}

        def calls(name):
            return set().union(*map(calls, groups[name])) if name in groups else {name}

        allowed, denied = self.setting('SystemCallFilter')
        return calls(allowed).difference(*map(calls, denied.removeprefix('~').split()))

    @unittest.skipIf('SANITIZED' in os.environ, 'sanitizers make other system calls')
    @servers.needs('systemd-analyze', 'strace')
    def test_the_filter_allows_what_the_program_calls(self):
        destination = self.registry().host + '/high/side'
        self.prefix = ['strace', '-f', '-qq', '-o', self.directory / 'calls', '-e', 'signal=none']
        made = set()
        for run in (lambda: self.mirror(self.rows, '--compression', 'zstd', '--metrics', self.file, '--report', 'r.json'),
                    lambda: self.push(destination)):
            run()
            made |= set(re.findall(r'(?m)^\d+ +(\w+)\(', (self.directory / 'calls').read_text()))
        self.assertIn('openat', made)
        self.assertEqual(made - self.allowed_calls(), set())

    def test_it_repeats_what_waiting_can_mend_and_nothing_else(self):
        table = dict(re.findall(r'(?m)^\| (\d+)[^|]*\|[^|]*\| ([^|]*) \|', DOCUMENT.read_text()))
        [final] = self.setting('RestartPreventExitStatus')
        self.assertEqual(set(final.split()), {status for status, again in table.items() if again in ('no', 'next time')})

    def test_it_writes_where_it_may_and_reads_the_credential(self):
        [command] = self.setting('ExecStart')
        words = command.split()
        [metrics_folder] = self.setting('ReadWritePaths')
        self.assertEqual(str(pathlib.Path(words[words.index('--metrics') + 1]).parent), metrics_folder)
        self.assertEqual(self.setting('StateDirectory'), ['ace-dt'])
        for path in (words[4], words[words.index('--report') + 1]):
            self.assertTrue(path.startswith('%S/ace-dt/'), path)
        [credential] = self.setting('LoadCredential')
        self.assertIn(f'ACE_DT_REGISTRY_AUTH_FILE=%d/{credential.partition(":")[0]}', self.setting('Environment'))

    def test_its_command_mirrors(self):
        login = 'me:correct-horse'
        private = self.registry('--auth', 'basic', '--user', login, login=login)
        artifact = private.push('a/b', image(noise(10, 3)))
        self.log_in(private.host, login)
        self.environment['ACE_DT_REGISTRY_AUTH_FILE'] = f'{self.environment.pop("DOCKER_CONFIG")}/config.json'
        places = {'%S/ace-dt/': f'{self.directory}/state/', '/etc/ace-dt/': f'{self.directory}/',
                  '/var/lib/prometheus/node-exporter/': f'{self.directory}/', '/usr/bin/ace-dt': os.environ['ACE_DT']}
        [command] = self.setting('ExecStart')
        for place, mine in places.items():
            command = command.replace(place, mine)
        self.write('gather.csv', f'name,artifact\nb,{artifact}\n')
        (self.directory / 'state').mkdir()
        result = self.execute(command.split())
        self.assertEqual(result.code, 0, result.text)
        self.assertEqual(self.archives(self.directory / 'state' / 'sync'), ['000001-b.tar'])
        self.assertEqual(samples((self.directory / 'ace-dt-mirror.prom').read_text())['last_run_success', None], 1)


class Cron(Runs):

    def run_entry(self):
        [entry] = [line for line in block('mirror.cron').splitlines() if re.match(r'\d', line)]
        self.assertNotIn('%', entry, 'cron takes it for a line end')
        command = entry.split(None, 6)[6]
        self.assertTrue(command.startswith('ace-dt mirror '))
        for place in ('/etc/ace-dt', '/var/lib/ace-dt', '/var/lib/prometheus/node-exporter'):
            command = command.replace(place, str(self.directory))
        command = command.replace('ace-dt mirror', f'{os.environ["ACE_DT"]} mirror', 1)
        self.write('gather.csv', f'name,artifact\none,{self.one}\n')
        return self.execute(['sh', '-c', command])

    def test_nothing_is_mailed_if_all_is_well_and_a_run_that_goes_on_is_no_error(self):
        result = self.run_entry()
        self.assertEqual((result.code, result.text), (0, ''))
        with open(self.folder / '.ace-dt' / 'lock', 'r+b') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertEqual(self.run_entry().code, 0)
        self.one += 'x'
        self.assertNotEqual(self.run_entry().code, 0)


@unittest.skipUnless(yaml, 'not installed: python3-yaml')
class Jobs(Runs):
    """Of GitLab, GitHub and Kubernetes: their commands are run."""

    def run_script(self, script, **environment):
        tools = self.directory / 'bin'
        tools.mkdir()
        (tools / 'ace-dt').symlink_to(os.environ['ACE_DT'])
        self.environment.update(environment, PATH=f'{tools}:{self.environment["PATH"]}')
        self.write('gather.csv', f'name,artifact\none,{self.one}\n')
        result = self.execute(['bash', '-euo', 'pipefail', '-c', script.replace('/srv/mirror', str(self.directory))])
        self.assertEqual(result.code, 0, result.text)
        self.assertEqual(self.archives(), ['000001-one.tar'])
        self.assertEqual(json.loads((self.directory / 'report.json').read_text())['exit_status'], 0)
        return result

    def test_gitlab(self):
        job = yaml.safe_load(block('.gitlab-ci.yml'))['mirror']
        self.assertEqual(job['artifacts'], {'when': 'always', 'paths': ['report.json']})
        result = self.run_script('\n'.join(job['script']), ACE_DT_LOG_FORMAT=job['variables']['ACE_DT_LOG_FORMAT'])
        for line in result.out.splitlines():
            json.loads(line)

    def test_github(self):
        workflow = yaml.safe_load(block('.github/workflows/mirror.yaml'))
        self.assertIs(workflow['concurrency']['cancel-in-progress'], False)
        [step] = [one for one in workflow['jobs']['mirror']['steps'] if 'run' in one]
        auth = self.directory / 'auth.json'
        self.run_script(step['run'], AUTH='{}', ACE_DT_REGISTRY_AUTH_FILE=str(auth))
        self.assertFalse(auth.exists(), 'the login stays on the runner')

    def kubernetes(self):
        [_, job] = yaml.safe_load_all((FILES / 'cronjob.yaml').read_text())
        return job['spec']['jobTemplate']['spec'], job

    def test_kubernetes(self):
        job, whole = self.kubernetes()
        pod = job['template']['spec']
        [container] = pod['containers']
        self.assertEqual((whole['apiVersion'], whole['kind']), ('batch/v1', 'CronJob'))
        self.assertEqual(whole['spec']['concurrencyPolicy'], 'Forbid')
        self.assertEqual({one['name'] for one in container['volumeMounts']}, {one['name'] for one in pod['volumes']})
        final = job['podFailurePolicy']['rules'][0]['onExitCodes']
        self.assertEqual(final['containerName'], container['name'])
        self.assertEqual(pod['restartPolicy'], 'Never', 'podFailurePolicy needs that')
        [same] = re.findall(r'(?m)^RestartPreventExitStatus=(.*)$', SERVICE.read_text())
        self.assertEqual(final['values'], [int(status) for status in same.split()])
        words = ' '.join([*container['command'], *container['args']])
        self.run_script(words.replace('/list', str(self.directory)).replace('/mirror/', f'{self.directory}/'))

    @servers.needs('kubernetes-validate')
    def test_the_schemas_of_kubernetes_hold(self):
        subprocess.run(['kubernetes-validate', '--strict', FILES / 'cronjob.yaml'], check=True, capture_output=True)

    @servers.needs('kubectl')
    def test_kubectl_reads_every_field(self):
        if minor_version('kubectl') < OLDEST:
            self.skipTest(f'kubectl is older than 1.{OLDEST}')
        _, whole = self.kubernetes()
        command = ['kubectl', 'set', 'serviceaccount', '--local', '-f', '-', '-o', 'json', 'any']
        read = subprocess.run(command, input=json.dumps(whole).encode(), check=True, capture_output=True).stdout
        self.assertEqual(list(what_is_missing(whole, json.loads(read))), [])


if __name__ == '__main__':
    support.main()
