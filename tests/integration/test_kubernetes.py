"""tools/kubernetes/mirror.yaml: it is what Kubernetes takes, and its commands make the folder of one process."""

import json
import os
import pathlib
import subprocess
import unittest

import many
import servers
import support

try:
    import yaml
except ImportError:
    yaml = None

FILE = pathlib.Path(__file__).parents[2] / 'tools' / 'kubernetes' / 'mirror.yaml'
STEPS = ('storage', 'plan', 'shards', 'commit')
OLDEST = 31  # Kubernetes 1.31 has all that is in there


def objects():
    """By the step that they are for."""
    return {one['metadata']['labels']['step']: one for one in yaml.safe_load_all(FILE.read_text())}


def pod(job):
    return job['spec']['template']['spec']


def container(job):
    [one] = pod(job)['containers']
    return one


def minor_version(kubectl):
    said = subprocess.run([kubectl, 'version', '--client', '-o', 'json'], check=True, capture_output=True).stdout
    return int(json.loads(said)['clientVersion']['minor'].rstrip('+'))


def what_is_missing(wanted, found, path=''):
    """Fields of `wanted` that `found` does not have, or has with another value."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name, value in wanted.items():
            yield from what_is_missing(value, found.get(name), f'{path}.{name}')
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for number, (one, other) in enumerate(zip(wanted, found)):
            yield from what_is_missing(one, other, f'{path}[{number}]')
    elif wanted != found:
        yield path


@unittest.skipUnless(yaml, 'not installed: python3-yaml')
class Description(unittest.TestCase):

    def test_there_is_an_object_for_each_step(self):
        self.assertEqual(tuple(objects()), STEPS)
        kinds = {step: (one['apiVersion'], one['kind']) for step, one in objects().items()}
        self.assertEqual(kinds.pop('storage'), ('v1', 'PersistentVolumeClaim'))
        self.assertEqual(set(kinds.values()), {('batch/v1', 'Job')})

    def test_all_jobs_use_the_claim_and_mount_only_volumes_that_they_have(self):
        for step in STEPS[1:]:
            job = objects()[step]
            volumes = {one['name']: one for one in pod(job)['volumes']}
            claim = volumes['mirror']['persistentVolumeClaim']['claimName']
            self.assertEqual(claim, objects()['storage']['metadata']['name'])
            self.assertEqual({one['name'] for one in container(job)['volumeMounts']}, set(volumes))

    def test_the_number_of_shards_is_the_same_everywhere(self):
        plan, shards = objects()['plan'], objects()['shards']
        count = shards['spec']['completions']
        self.assertEqual(shards['spec']['completionMode'], 'Indexed')
        self.assertLessEqual(shards['spec']['parallelism'], count)
        for job in (plan, shards):
            args = container(job)['args']
            self.assertEqual(args[args.index('--shards') + 1], str(count))

    @servers.needs('kubernetes-validate')
    def test_the_schemas_of_kubernetes_hold(self):
        subprocess.run(['kubernetes-validate', '--strict', FILE], check=True, capture_output=True)

    @servers.needs('kubectl')
    def test_kubectl_reads_every_field(self):
        if minor_version('kubectl') < OLDEST:
            self.skipTest(f'kubectl is older than 1.{OLDEST}')
        for step in STEPS[1:]:
            command = ['kubectl', 'set', 'serviceaccount', '--local', '-f', '-', '-o', 'json', 'any']
            job = objects()[step]
            read = subprocess.run(command, input=json.dumps(job).encode(), check=True, capture_output=True).stdout
            self.assertEqual(list(what_is_missing(job, json.loads(read))), [])


@unittest.skipUnless(yaml, 'not installed: python3-yaml')
class Commands(many.Case):

    def start(self, step, **environment):
        """What the container of that step runs, with its mounts in a directory of this test."""
        one = container(objects()[step])
        words = [*one['command'], *one['args']]
        for mount in one['volumeMounts']:
            words = [word.replace(mount['mountPath'] + '/', f'{self.directory}/{mount["name"]}/') for word in words]
        return subprocess.Popen(words, env={**self.environment, **environment}, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)

    def finish(self, process):
        said, _ = process.communicate(timeout=servers.LONG_ENOUGH)
        self.assertEqual(process.returncode, 0, said.decode())

    def test_the_three_jobs_make_the_folder_of_one_process(self):
        self.mirror_with_one_process()
        self.write('list/gather.csv', self.list.read_text())
        (self.directory / 'mirror').mkdir()
        self.folder = self.directory / 'mirror' / 'sync'
        self.finish(self.start('plan'))
        count = objects()['shards']['spec']['completions']
        for process in [self.start('shards', JOB_COMPLETION_INDEX=str(index)) for index in range(count)]:
            self.finish(process)
        self.finish(self.start('commit'))
        self.check_same_folder()
        self.check_requests()


if __name__ == '__main__':
    support.main()
