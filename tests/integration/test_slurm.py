"""A plan that a job array of Slurm carries out, with the scripts of tools/slurm."""

import os
import pathlib
import re
import signal
import subprocess

import many
import slurm
import support

SCRIPTS = pathlib.Path(__file__).parents[2] / 'tools' / 'slurm'
SHARDS = 4
SENT = 5_000_000  # bytes of a piece of the large blob, before the registry sends no more


@slurm.needs_slurm
class JobArray(many.Case):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cluster = cls.enterClassContext(slurm.Cluster())

    def setUp(self):
        super().setUp()
        self.mirror_with_one_process()
        self.plan = self.directory / 'sync.plan'
        self.environment.update(self.cluster.environment, PATH=self.environment['PATH'])

    def submit(self, script, *arguments):
        """What it says."""
        result = self.execute([script, *arguments])
        self.assertEqual(result.code, 0, result.text)
        return result.out.strip()

    def sbatch(self, script, *arguments, options=()):
        """The job."""
        return self.submit('sbatch', '--parsable', *options, SCRIPTS / script, self.plan, self.folder, *arguments)

    def start(self):
        """The job of the shards and that of the commit."""
        said = self.submit(SCRIPTS / 'mirror', self.list, self.folder, str(SHARDS))
        return re.search(r'shards: job (\d+); commit: job (\d+)$', said).groups()

    def log(self, name):
        return (self.directory / name).read_text()

    def wait_for(self, job):
        """The states in which its tasks ended."""
        return self.cluster.wait_until(lambda: self.cluster.ended(job), f'job {job}')

    def check_succeeded(self, job):
        states = self.wait_for(job)
        logs = [f'{file}:\n{file.read_text()}' for file in self.directory.glob('*.log')]
        self.assertEqual(set(states.values()), {'COMPLETED'}, '\n'.join(map(str, [states, *logs])))

    def stalled_process(self, array):
        """The process ID and the index of the only shard that still runs: the one that waits for the large blob."""
        def found():
            processes = self.cluster.processes(os.environ['ACE_DT'], SLURM_ARRAY_JOB_ID=array)
            others = [one for one in self.cluster.tasks(array).values() if one['JobState'] != 'COMPLETED']
            if len(processes) == 1 and len(others) == 1 and written(processes[0]) > SENT * 9 // 10:
                return processes[0], others[0]['ArrayTaskId']
        return self.cluster.wait_until(found, 'one shard that is in the middle of a blob')

    def start_and_stall(self):
        """The jobs; the process and the index of the shard that is in the middle of a blob."""
        self.source.fault(f'GET */{self.large.digest} * stall {SENT}')
        array, commit = self.start()
        return array, commit, *self.stalled_process(array)

    def check_went_on(self, array, index):
        self.assertEqual(self.cluster.tasks(array)[index]['Restarts'], '1')
        self.check_same_folder()
        self.check_requests(self.large.digest)
        sent = sum(int(one.bytes) for one in self.source.requests(self.large.digest, 'GET'))
        self.assertLess(sent, self.LARGE + SENT // 2)

    def test_a_task_that_is_killed_in_the_middle_of_a_blob_is_queued_again_and_goes_on_there(self):
        array, commit, process, index = self.start_and_stall()
        second = self.execute([os.environ['ACE_DT'], 'mirror', 'batch-serialize', '--plan', self.plan, '--shard',
                               f'{index}/{SHARDS}', self.folder])
        self.assertEqual(second.code, 10, second.text)
        os.kill(process, signal.SIGKILL)
        self.source.heal()
        self.check_succeeded(commit)
        self.check_succeeded(array)
        self.check_went_on(array, index)

    def test_so_does_a_task_that_is_requeued(self):
        array, commit, _, index = self.start_and_stall()
        subprocess.run(['scontrol', 'requeue', f'{array}_{index}'], env=self.environment, check=True)
        self.source.heal()
        self.check_succeeded(commit)
        self.check_went_on(array, index)

    def test_the_commit_says_which_shards_must_run_again(self):
        self.source.fault(f'GET */{self.large.digest} * status 404')
        array, commit = self.start()
        self.assertEqual(set(self.wait_for(commit).values()), {'FAILED'})
        self.assertEqual(self.cluster.tasks(commit)['']['ExitCode'], '3:0')
        [failed] = [index for index, state in self.wait_for(array).items() if state == 'FAILED']
        self.assertEqual(self.cluster.tasks(array)[failed]['ExitCode'], '5:0')
        self.assertIn(f'{failed}/{SHARDS}', self.log(f'ace-dt-commit-{commit}.log'))
        self.assertEqual(self.archives(), [f'{i:06}-n{i - 1}.tar' for i in range(1, 5)])  # the fifth has the large blob
        self.source.heal()
        array = self.sbatch('shard.sbatch', options=[f'--array={failed}'])
        self.check_succeeded(self.sbatch('commit.sbatch', options=[f'--dependency=afterok:{array}']))
        self.check_same_folder()


def written(process):
    """How many bytes it gave to write()."""
    try:
        return int(pathlib.Path(f'/proc/{process}/io').read_text().split('wchar: ')[1].split()[0])
    except OSError:  # it has ended
        return 0


if __name__ == '__main__':
    support.main()
