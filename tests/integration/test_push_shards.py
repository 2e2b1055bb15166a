"""Pushes that several processes share: shards push the blobs, and a push without --shard does the rest."""

import collections
import itertools
import json
import os
import pathlib
import random
import re
import shutil
import subprocess

import servers
import support
from content import image, noise

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMA = pathlib.Path(__file__).parents[2] / 'docs' / 'push-report.schema.json'
REPOSITORY = 'high/side'
SAMPLE = 64  # blobs that shards vouch for and that are asked for all the same


class Shards(support.Case):
    """A folder of archives with 122 blobs; `self.destination` is where it is pushed."""

    def setUp(self):
        super().setUp()
        self.source, self.destination = self.registry(), self.registry()
        base = noise(200_000, 'base')
        chance = random.Random(19)
        self.images = {f'n{i}': image(base, *(noise(chance.randrange(40_000), f'{i}.{j}') for j in range(24)))
                       for i in range(5)}
        self.rows = [(name, self.source.push('a/' + name, one)) for name, one in self.images.items()]
        self.blobs = {one.digest: len(one.data) for root in self.images.values() for one in root.walk()
                      if not one.children}

    def to(self, registry=None, repository=REPOSITORY):
        return f'{(registry or self.destination).host}/{repository}'

    def check_all(self, registry=None, repository=REPOSITORY):
        for name, one in self.images.items():
            self.check_pushed(registry or self.destination, repository, one)
            self.check_tag(registry or self.destination, repository, name, one)

    def sent(self, registry=None):
        """How often each blob was sent completely, since the last forget_requests()."""
        puts = [one for one in (registry or self.destination).requests('digest=', 'PUT') if one.status == '201']
        return collections.Counter('sha256:' + re.search('digest=sha256(:|%3A)(.*)', one.target)[2] for one in puts)

    def asked(self, registry=None):
        return collections.Counter(one.target.rpartition('/')[2]
                                   for one in (registry or self.destination).requests('/blobs/', 'HEAD'))

    def results(self, folder=None):
        return sorted(path.name for path in (folder or self.folder / '.ace-dt/push').glob('shard-*'))

    def lose(self, *digests):
        for digest in digests:
            self.destination.ask('DELETE', f'/v2/{REPOSITORY}/blobs/{digest}')

    def killed(self, shard):
        """A shard that is killed as soon as it has sent some blobs."""
        command = [os.environ['ACE_DT'], 'mirror', 'batch-deserialize', self.folder, self.to(), '--shard', shard]
        process = subprocess.Popen([*command, '--connections', '1', '--max-rate', '1MB'], env=self.environment,
                                   cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        servers.wait_until(lambda: len(self.sent()) > 5 or process.poll() is not None, 'blobs')
        process.kill()
        process.communicate()
        self.assertEqual(process.returncode, -9)


class Phases(Shards):

    def test_shards_in_any_order_with_one_killed_send_each_blob_once(self):
        self.mirror(self.rows)
        self.killed('2/3')
        before = self.sent()
        self.assertGreater(len(before), 5)
        self.assertEqual(json.loads((self.folder / '.ace-dt/push/shard-2-of-3.json').read_text())['blobs'], [])
        for shard in ('3/3', '2/3', '1/3'):
            self.push(self.to(), '--shard', shard)
        self.assertEqual(self.sent(), collections.Counter(self.blobs.keys()))
        self.assertEqual(self.destination.requests('/manifests/'), [])
        self.assertFalse((self.folder / 'successful-syncs.csv').exists())
        self.assertEqual(self.results(), [f'shard-{i}-of-3.json' for i in (1, 2, 3)])
        self.destination.forget_requests()
        self.push(self.to(), '--report', 'report.json')
        self.assertEqual(self.sent(), {})
        self.assertEqual(len(self.asked()), SAMPLE)
        self.check_all()
        self.assertEqual(self.results(), [])
        report = json.loads((self.directory / 'report.json').read_text())
        self.assertEqual([row['there'] for row in report['rows']], [26] + 4 * [24])
        self.assertIn('5 of them already pushed', self.push(self.to()).out)

    def test_archives_of_every_kind(self):
        orders = itertools.cycle((('1/2', '2/2'), ('2/2', '1/2')))
        for options in ([], ['--compression', 'zstd'], ['--compression', 'gzip'], ['--dedup', 'none']):
            with self.subTest(options=options), servers.TestRegistry(self.directory) as registry:
                shutil.rmtree(self.folder, ignore_errors=True)
                self.mirror(self.rows, *options)
                for shard in next(orders):
                    self.push(self.to(registry), '--shard', shard)
                self.push(self.to(registry))
                self.assertEqual(self.sent(registry), collections.Counter(self.blobs.keys()))
                self.check_all(registry)

    def test_archives_that_were_compressed_as_one_stream(self):
        self.mirror(self.rows)
        for file in self.archives():
            subprocess.run(['zstd', '-q', '--rm', self.folder / file], check=True)
        self.push(self.to(), '--shard', '1/2')
        self.push(self.to(), '--shard', '2/2')
        self.push(self.to())
        self.assertEqual(self.sent(), collections.Counter(self.blobs.keys()))
        self.check_all()

    def test_shards_at_the_same_time(self):
        self.mirror(self.rows)
        command = [os.environ['ACE_DT'], 'mirror', 'batch-deserialize', self.folder, self.to(), '--shard']
        shards = [subprocess.Popen([*command, f'{i}/3'], env=self.environment, cwd=self.directory,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for i in (1, 2, 3)]
        for shard in shards:
            self.assertEqual((shard.communicate()[1], shard.returncode), (b'', 0))
        self.assertEqual(self.sent(), collections.Counter(self.blobs.keys()))
        self.push(self.to())
        self.check_all()

    def test_bytes_are_divided_evenly(self):
        self.mirror(self.rows)
        loads = []
        for i in (1, 2, 3):
            self.destination.forget_requests()
            self.push(self.to(), '--shard', f'{i}/3')
            loads.append(sum(self.blobs[digest] for digest in self.sent()))
        self.assertEqual(sum(loads), sum(self.blobs.values()))
        self.assertLessEqual(max(loads) - min(loads), max(self.blobs.values()))

    def test_after_some_shards_the_push_sends_the_rest(self):
        self.mirror(self.rows)
        self.push(self.to(), '--shard', '1/3')
        self.push(self.to(), '--shard', '3/3')
        first = self.sent()
        self.assertGreater(len(first), SAMPLE)
        self.destination.forget_requests()
        self.push(self.to())
        self.assertEqual(self.sent() + first, collections.Counter(self.blobs.keys()))
        self.assertEqual(len(self.asked()), len(self.blobs) - len(first) + SAMPLE)
        self.check_all()

    def test_a_shard_that_runs_again_sends_nothing_again(self):
        self.mirror(self.rows)
        self.push(self.to(), '--shard', '1/3')
        before = (self.folder / '.ace-dt/push/shard-1-of-3.json').read_text()
        self.destination.forget_requests()
        self.push(self.to(), '--shard', '1/3')
        self.assertEqual(self.sent(), {})
        self.assertEqual((self.folder / '.ace-dt/push/shard-1-of-3.json').read_text(), before)

    def test_a_dry_run_of_a_shard_writes_nothing(self):
        self.mirror(self.rows)
        before = self.snapshot()
        self.push(self.to(), '--shard', '1/3', '--dry-run')
        self.assertEqual({one.method for one in self.destination.requests()} - {'GET', 'HEAD'}, set())
        self.assertEqual((self.snapshot(), self.results()), (before, []))

    def test_a_dry_run_after_shards_keeps_their_results(self):
        self.mirror(self.rows)
        self.push(self.to(), '--shard', '1/1')
        self.push(self.to(), '--dry-run', '--report', 'report.json')
        self.assertEqual(self.results(), ['shard-1-of-1.json'])
        rows = json.loads((self.directory / 'report.json').read_text())['rows']
        self.assertEqual([row['blobs'] for row in rows], 5 * [0])

    def test_a_part_of_the_folder_keeps_the_results_for_the_others(self):
        self.mirror(self.rows)
        self.push(self.to(), '--shard', '1/1')
        self.push(self.to(), '--only', '000001-*')
        self.assertEqual(self.results(), ['shard-1-of-1.json'])
        self.push(self.to())
        self.assertEqual(self.results(), [])
        self.assertEqual(self.sent(), collections.Counter(self.blobs.keys()))
        self.check_all()

    def test_the_report_of_a_shard(self):
        self.mirror(self.rows)
        result = self.push(self.to(), '--shard', '2/3', '--report', 'report.json', '--debug', 'debug')
        report = json.loads((self.directory / 'report.json').read_text())
        if jsonschema:
            jsonschema.validate(report, json.loads(SCHEMA.read_text()))
        self.assertEqual((report['shard'], report['complete'], report['archives']), ('2/3', True, 5))
        self.assertEqual({(row['state'], row['manifests']) for row in report['rows']}, {('share', 0)})
        self.assertEqual(sum(row['blobs'] for row in report['rows']), len(self.sent()))
        self.assertIn('"shard":"2/3"', (self.directory / 'debug/events.jsonl').read_text())
        self.assertIn('shard 2/3', self.push(self.to(), '--shard', '2/3').out)


class Trust(Shards):
    """What becomes of results if the destination does not have what they say."""

    def setUp(self):
        super().setUp()
        self.mirror(self.rows)
        for i in (1, 2, 3):
            self.push(self.to(), '--shard', f'{i}/3')

    def test_another_repository_does_not_believe_them(self):
        self.push(self.to(repository='other/place'))
        self.check_all(repository='other/place')
        self.assertEqual(self.results(), [f'shard-{i}-of-3.json' for i in (1, 2, 3)])

    def test_a_registry_that_was_emptied_gets_everything(self):
        self.lose(*self.blobs)
        self.destination.forget_requests()
        result = self.push(self.to())
        self.assertIn('lacks blobs that shards have pushed', result.text)
        self.assertEqual(self.sent(), collections.Counter(self.blobs.keys()))
        self.check_all()

    def test_a_registry_that_lost_half_of_the_blobs_gets_them(self):
        lost = sorted(self.blobs)[::2]
        self.lose(*lost)
        self.destination.forget_requests()
        self.push(self.to())
        self.assertEqual(self.sent(), collections.Counter(lost))
        self.check_all()

    def test_a_blob_that_is_missed_with_its_manifest_is_sent(self):
        root = self.images['n3']
        self.destination.forget_requests()
        self.push(self.to(), '--dry-run')
        lost = next(one.digest for one in root.children[5:] if one.digest not in self.asked())  # not in the sample
        self.lose(lost)
        self.destination.fault(f'PUT */manifests/{root.digest} 1 status 404 says MANIFEST_BLOB_UNKNOWN blob unknown')
        self.destination.forget_requests()
        self.push(self.to())
        self.assertEqual(self.sent(), {lost: 1})
        self.check_all()

    def test_with_ignore_record_each_blob_is_asked_for(self):
        self.destination.forget_requests()
        self.push(self.to(), '--ignore-record')
        self.assertEqual(set(self.asked()), set(self.blobs))
        self.assertEqual(self.sent(), {})
        self.assertEqual(self.results(), [])

    def test_a_shard_asks_instead_of_believing_its_own_result(self):
        self.lose(*self.blobs)
        self.destination.forget_requests()
        self.push(self.to(), '--shard', '1/3')
        self.assertGreater(len(self.sent()), len(self.blobs) / 6)

    def test_a_push_that_fails_keeps_them(self):
        root = self.images['n3']
        self.destination.fault(f'PUT */manifests/{root.digest} * status 415')
        self.not_pushed(self.to(), code=1)
        self.assertEqual(len(self.results()), 3)
        self.destination.heal()
        self.destination.forget_requests()
        self.push(self.to())
        self.assertEqual((self.sent(), self.results()), ({}, []))
        self.check_all()

    def test_a_result_that_cannot_be_read_is_ignored(self):
        (self.folder / '.ace-dt/push/shard-2-of-3.json').write_text('{')
        self.assertIn('shard-2-of-3.json: not the result of a shard: ignored', self.push(self.to()).text)
        self.check_all()


class Failures(Shards):

    def damage(self, file):
        path = self.folder / file
        data = bytearray(path.read_bytes())
        data[data.index(self.images['n2'].children[5].data) + 10] ^= 1
        path.write_bytes(data)

    def test_a_damaged_blob_fails_the_shard_that_has_it(self):
        self.mirror(self.rows, '--dedup', 'none')
        self.damage('000003-n2.tar')
        codes = [self.run_push(self.to(), '--shard', f'{i}/3', '--keep-going').code for i in (1, 2, 3)]
        self.assertEqual(sorted(codes), [0, 0, 3])
        self.assertNotIn(self.images['n2'].children[5].digest, self.sent())
        self.destination.forget_requests()
        self.not_pushed(self.to(), '--keep-going', code=3)
        self.assertEqual(len(self.results()), 3)
        for name in ('n0', 'n1', 'n3', 'n4'):
            self.check_pushed(self.destination, REPOSITORY, self.images[name])
            self.check_tag(self.destination, REPOSITORY, name, self.images[name])

    def test_what_a_shard_has_sent_before_it_fails_counts(self):
        self.mirror(self.rows, '--dedup', 'none')
        self.damage('000003-n2.tar')
        for i in (1, 2, 3):
            self.run_push(self.to(), '--shard', f'{i}/3')
        listed = [digest for file in self.results()
                  for digest in json.loads((self.folder / '.ace-dt/push' / file).read_text())['blobs']]
        self.assertGreater(len(listed), 0)
        self.assertLessEqual(set(listed), set(self.sent()))
        self.assertEqual(len(listed), len(set(listed)))

    def test_an_interrupted_shard_says_what_it_has_sent(self):
        self.mirror(self.rows)
        command = [os.environ['ACE_DT'], 'mirror', 'batch-deserialize', self.folder, self.to(), '--shard', '1/2',
                   '--connections', '1', '--max-rate', '1MB']
        process = subprocess.Popen(command, env=self.environment, cwd=self.directory, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        servers.wait_until(lambda: len(self.sent()) > 5, 'blobs')
        process.terminate()
        process.communicate()
        self.assertEqual(process.returncode, 143)
        listed = json.loads((self.folder / '.ace-dt/push/shard-1-of-2.json').read_text())['blobs']
        self.assertGreater(len(listed), 3)
        self.assertLessEqual(set(listed), set(self.sent()))

    def test_missing_content_is_an_error_of_every_shard_before_anything_is_sent(self):
        self.mirror(self.rows)
        (self.folder / '000001-n0.tar').unlink()
        for i in (1, 2):
            self.assertIn('000002-n1.tar needs ', self.not_pushed(self.to(), '--shard', f'{i}/2', code=5))
        self.assertEqual(self.sent(), {})

    def test_wrong_flags(self):
        self.mirror(self.rows)
        for flags, says in ((['--shard', '4/3'], '"4/3" is not a shard'),
                            (['--shard', 'auto'], 'not an element of a job array'),
                            (['--shard', '1/3', '--map-out', 'map.csv'], '--map-out')):
            self.assertIn(says, self.not_pushed(self.to(), *flags, code=2))
        self.assertEqual(self.destination.requests(), [])


class Places(Shards):

    def read_only_copy(self):
        carried = self.directory / 'disc'
        shutil.copytree(self.folder, carried, ignore=shutil.ignore_patterns('.ace-dt'))
        subprocess.run(['chmod', '-R', 'a-w', carried], check=True)
        self.addCleanup(carried.chmod, 0o755)
        self.directory.chmod(0o777)
        if os.getuid() == 0:
            self.prefix = ['setpriv', '--reuid', '65534', '--clear-groups', '--inh-caps=-all']
            if subprocess.run([*self.prefix, 'test', '-x', os.environ['ACE_DT']]).returncode != 0:
                self.skipTest('root can write everywhere, and nobody else may run the program here')
        return carried

    def test_a_read_only_folder_needs_a_state_folder(self):
        self.mirror(self.rows)
        disc = self.read_only_copy()
        self.assertIn('--state', self.not_pushed(self.to(), '--shard', '1/2', folder=disc, code=2))
        self.assertEqual(self.destination.requests(), [])
        state = self.directory / 'state'
        for shard in ('1/2', '2/2'):
            self.push(self.to(), '--shard', shard, '--state', state, folder=disc)
        self.assertEqual(self.results(state), ['shard-1-of-2.json', 'shard-2-of-2.json'])
        self.destination.forget_requests()
        self.push(self.to(), '--state', state, folder=disc)
        self.assertEqual((self.sent(), self.results(state)), ({}, []))
        self.check_all()

    def test_results_that_cannot_be_removed_are_named(self):
        self.mirror(self.rows)
        state = self.directory / 'state'
        self.push(self.to(), '--shard', '1/1', '--state', state)
        disc = self.read_only_copy()
        (state / 'successful-syncs.csv').touch()
        for file in ('successful-syncs.csv', 'lock', 'journal.csv'):
            (state / file).touch()
            (state / file).chmod(0o666)
        state.chmod(0o555)
        self.addCleanup(state.chmod, 0o755)
        self.assertIn('remove the results of shards', self.push(self.to(), '--state', state, folder=disc).text)
        self.check_all()

    def test_a_job_array_of_slurm(self):
        self.mirror(self.rows)
        for task in (3, 4, 5):
            self.environment.update(SLURM_ARRAY_TASK_ID=str(task), SLURM_ARRAY_TASK_MIN='3',
                                    SLURM_ARRAY_TASK_COUNT='3')
            self.push(self.to(), '--shard', 'auto')
        self.assertEqual(self.results(), [f'shard-{i}-of-3.json' for i in (1, 2, 3)])
        self.push(self.to())
        self.assertEqual(self.sent(), collections.Counter(self.blobs.keys()))
        self.check_all()

    def test_an_indexed_job_of_kubernetes(self):
        self.mirror(self.rows)
        self.environment['JOB_COMPLETION_INDEX'] = '0'
        self.assertIn('--shards N', self.not_pushed(self.to(), '--shard', 'auto', code=2))
        self.push(self.to(), '--shard', 'auto', '--shards', '2')
        self.assertEqual(self.results(), ['shard-1-of-2.json'])


@servers.needs('docker-registry')
class DockerRegistry(Shards):

    def test_a_trip(self):
        self.mirror(self.rows, '--compression', 'zstd')
        with servers.DockerRegistry(self.directory) as registry:
            for shard in ('2/3', '3/3', '1/3'):
                self.push(self.to(registry), '--shard', shard)
            result = self.push(self.to(registry), '--report', 'report.json')
            self.check_all(registry)
        rows = json.loads((self.directory / 'report.json').read_text())['rows']
        self.assertEqual([row['blobs'] for row in rows], 5 * [0], result.text)

    def test_a_registry_that_has_nothing_of_what_was_pushed(self):
        self.mirror(self.rows)
        self.push(self.to(), '--shard', '1/2')
        self.push(self.to(), '--shard', '2/2')
        with servers.DockerRegistry(self.directory) as registry:
            for file in self.results():
                path = self.folder / '.ace-dt/push' / file
                path.write_text(path.read_text().replace(self.to(), self.to(registry)))
            self.push(self.to(registry))
            self.check_all(registry)

    def test_a_registry_that_lacks_one_blob_of_the_shards(self):
        self.mirror(self.rows)
        with servers.DockerRegistry(self.directory) as registry:
            for shard in ('1/2', '2/2'):
                self.push(self.to(registry), '--shard', shard)
            new = image(noise(5000, 'new'))
            path = self.folder / '.ace-dt/push/shard-1-of-2.json'
            self.rows.append(('n5', self.source.push('a/n5', new)))
            self.mirror(self.rows, '--compression', 'none')
            result = json.loads(path.read_text())
            result['blobs'].append(new.children[0].digest)  # which no shard has pushed
            path.write_text(json.dumps(result))
            self.images['n5'] = new
            self.push(self.to(registry))
            self.check_all(registry)


if __name__ == '__main__':
    support.main()
