"""Registries with several endpoints, of which some fail; what the configuration says of them, and `ace-dt config`."""

import json
import os
import subprocess

import servers
import support
from content import image, noise

DEAD = 'http://127.0.0.1:1'  # nobody listens there
REGISTRY = 'reg.example'


class Endpoints(support.Case):

    def setUp(self):
        super().setUp()
        self.first, self.second = self.registry(), self.registry()
        self.images = [image(noise(1000, row), noise(50_000, -row)) for row in range(1, 13)]
        self.rows = [(f'app{row}', f'{REGISTRY}/a/app{row}:v1') for row in range(1, 13)]
        for row, one in enumerate(self.images, 1):
            self.first.push(f'a/app{row}', one)
            self.second.push(f'a/app{row}', one)

    def configure_endpoints(self, *endpoints, **settings):
        settings = {'endpoints': [one if isinstance(one, str) else f'http://{one.host}' for one in endpoints],
                    **settings}
        self.configure(json.dumps({'registryConfig': {'registries': {REGISTRY: settings}}}))

    def undisturbed(self, rows, *options):
        """What a run leaves where nothing fails."""
        self.configure_endpoints(self.second)
        folder = self.directory / 'undisturbed'
        self.mirror(rows, *options, folder=folder)
        return self.snapshot(folder)


class EndpointsThatAreDown(Endpoints):

    def test_the_first_is_down_from_the_start(self):
        wanted = self.undisturbed(self.rows)
        self.configure_endpoints(DEAD, self.second)
        out = self.mirror(self.rows).out
        self.assertEqual(self.snapshot(), wanted)
        self.assertNotIn('attempt', out)
        self.assertEqual(out.count(f'{DEAD} is down, other endpoints are asked for 5m'), 1)
        self.assertIn('Connection refused', out)

    def test_the_first_answers_503_from_the_middle_of_the_run_on(self):
        wanted = self.undisturbed(self.rows, '--connections', '4')
        self.first.forget_requests()
        self.first.fault('* /v2/* 20 pass', '* /v2/* * status 503')
        self.configure_endpoints(self.first, self.second)
        self.mirror(self.rows, '--connections', '4')
        self.assertEqual(self.snapshot(), wanted)
        refused = [one for one in self.first.requests() if one.status == '503']
        self.assertNotEqual(refused, [])
        # Each connection, and each row that is resolved, may find out for itself, with four attempts; there would be
        # some hundred requests in all.
        self.assertLessEqual(len(refused), 4 * (4 + len(self.rows)))

    def test_the_first_dies_in_the_middle_of_a_blob(self):
        large = image(noise(30_000_000, 'large'))
        for source in (self.first, self.second):
            source.push('a/large', large)
        rows = [*self.rows, ('large', f'{REGISTRY}/a/large:v1')]
        for options in ([], ['--compression', 'zstd']):
            with self.subTest(options=options):
                self.folder = self.directory / ('sync' + ''.join(options))
                doomed = self.registry()
                for row, one in enumerate(self.images, 1):
                    doomed.push(f'a/app{row}', one)
                doomed.push('a/large', large)
                doomed.fault(f'GET */blobs/{large.children[-1].digest} * stall 3000000')
                self.configure_endpoints(doomed, self.second)
                with self.mirroring(rows, *options) as process:
                    servers.wait_until(lambda: doomed.blobs_asked_for()[large.children[-1].digest], 'the large blob')
                    doomed.process.kill()
                    out, errors = process.communicate(timeout=servers.LONG_ENOUGH)
                self.assertEqual(process.returncode, 0, errors.decode())
                self.assertEqual(out.decode().count(f'http://{doomed.host} is down'), 1)
                self.assertEqual(len(self.check_folder()), len(rows))

    def test_all_are_down(self):
        self.configure_endpoints(DEAD, 'http://127.0.0.1:2')
        error = self.refused(self.rows, '--retries', '0', code=6)
        self.assertRegex(error, f'registry {REGISTRY}: GET {DEAD}/v2/: .*refused.*; GET http://127.0.0.1:2/v2/: .*refused')


class EndpointsThatLackSomething(Endpoints):

    def test_a_blob_that_one_does_not_have_is_asked_of_the_next(self):
        missing = self.images[0].children[-1].digest
        self.first.fault(f'GET */blobs/{missing} * status 404')
        self.configure_endpoints(self.first, self.second)
        self.mirror(self.rows)
        self.assertEqual(len(self.check_folder()), len(self.rows))
        self.assertEqual(self.second.blobs_asked_for(), {missing: 1})

    def test_an_artifact_that_none_has_is_an_error_that_names_each(self):
        self.configure_endpoints(self.first, self.second)
        error = self.refused([('x', f'{REGISTRY}/a/none:v1')], code=5)
        for source in (self.first, self.second):
            self.assertIn(f'GET http://{source.host}/v2/a/none/manifests/v1: 404 Not Found', error)


class PathsAndNames(Endpoints):

    def test_a_path_of_an_endpoint_and_rewrite_pull(self):
        self.second.push('proxy/mirror/app', self.images[0])
        self.second.forget_requests()
        self.configure_endpoints(f'http://{self.second.host}/v2/proxy', rewritePull={'^x': 'y', '^a/(.*)1$': 'mirror/$1'})
        self.mirror(self.rows[:1])
        self.check_folder()
        self.assertIn(f',{self.rows[0][1]},', self.tracker())
        targets = {one.target for one in self.second.requests('/v2/.')}
        self.assertTrue(all(one.startswith('/v2/proxy/mirror/app/') for one in targets), targets)

    def test_a_rule_that_is_wrong_is_an_error_with_its_line(self):
        self.configure(f'registryConfig:\n  registries:\n    {REGISTRY}:\n      rewritePull:\n        "(": a\n')
        error = self.refused(self.rows, code=2)
        self.assertIn(f'config.yaml:5: registryConfig.registries.{REGISTRY}.rewritePull.(: "(" is no regular expression',
                      error)


class ShowConfig(support.Case):

    def config(self, *options):
        done = subprocess.run([os.environ['ACE_DT'], 'config', *options], env=self.environment, cwd=self.directory,
                              capture_output=True, text=True, timeout=servers.LONG_ENOUGH)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout

    def test_it_says_where_each_value_is_from(self):
        self.assertIn('concurrentHTTP: 64  # default', self.config())
        file = self.write('.config/ace/dt/config.yaml', 'concurrentHTTP: 3\n')
        self.assertIn(f'concurrentHTTP: 3  # {file}:1', self.config())
        self.environment['ACE_DT_CONCURRENT_HTTP'] = '4'
        self.assertIn('concurrentHTTP: 4  # ACE_DT_CONCURRENT_HTTP', self.config())
        self.assertIn('concurrentHTTP: 5  # --connections', self.config('--connections', '5'))

    def test_what_it_shows_and_the_sample_are_configuration_files(self):
        sample = self.config('--sample')
        self.write('sample.yaml', sample)
        shown = self.config('--config', 'sample.yaml')
        self.write('shown.yaml', shown)
        again = self.config('--config', 'shown.yaml')
        values = [[line.partition('  #')[0] for line in text.splitlines() if not line.startswith('#')]
                  for text in (shown, again)]
        self.assertEqual(*values)
        self.assertIn('"^library/(.*)": "official/$1"', shown)


if __name__ == '__main__':
    support.main()
