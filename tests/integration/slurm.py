"""A cluster of Slurm: Debian's, with one node, listening on loopback. It needs root and namespaces, but no cgroups."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest


PROGRAMS = ('slurmctld', 'slurmd', 'sbatch', 'scontrol', 'sinfo', 'munged', 'unshare')
ATTEMPTS = 5  # another process may take a port after it was chosen
PATIENCE = 120  # seconds; a job that is requeued takes 8, and the machine may be busy
INTERVAL = 0.1  # seconds; each question to Slurm is a process
STATES_OF_AN_END = {'COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT', 'NODE_FAIL', 'OUT_OF_MEMORY', 'BOOT_FAIL'}

CONFIG = '''
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A job that is requeued starts after cred_expire seconds; Slurm takes no fewer.
AuthInfo=socket={own}/munge.socket,cred_expire=5
StateSaveLocation={own}/state
SlurmdSpoolDir={own}/spool
SlurmctldPidFile={own}/slurmctld.pid
SlurmdPidFile={own}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0
# More processors and memory than the machine may have, so that all tasks of an array run at the same time.
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=1
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs=16 RealMemory=16000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=10 State=UP
'''

# The first process of a namespace: if it ends, the kernel ends all others, and every job with them. It ends with the
# first of the daemons, or when its standard input is closed.
INIT = '''
cd "$1" && exec 3<&0
munged --foreground --force --socket="$1/munge.socket" --key-file="$1/munge.key" --pid-file="$1/munged.pid" \\
  --seed-file="$1/munge.seed" --log-file="$1/munged.log" >munged.output 2>&1 &
until [ -S munge.socket ]; do kill -0 $! || exit; done
slurmctld -D -c >slurmctld.output 2>&1 &
slurmd -D -N node >slurmd.output 2>&1 &
read -r _ <&3 &
wait -n
'''


def reason_to_skip():
    """Why no cluster can be started here; empty if one can."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        return f'not installed: {", ".join(missing)}'
    if os.geteuid() != 0:
        return 'only root can start Slurm here'
    done = subprocess.run(['unshare', '--pid', '--fork', '--mount-proc', 'true'], capture_output=True)
    return f'no namespace can be made here: {done.stderr.decode().strip()}' if done.returncode else ''


needs_slurm = unittest.skipIf(reason_to_skip(), reason_to_skip())  # for tests that cannot do without it


def release():
    said = subprocess.run(['slurmctld', '-V'], check=True, capture_output=True, text=True).stdout
    return tuple(map(int, re.search(r'(\d+)\.(\d+)', said).groups()))


def free_ports(count):
    sockets = [socket.create_server(('127.0.0.1', 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Cluster:
    """Runs as long as its `with` block, and so does every job. Not even a SIGKILL of this process leaves any behind."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='slurm-'))
        try:
            for attempt in range(ATTEMPTS):
                self.start(self.folder / str(attempt))
                self.wait_until(lambda: self.init.poll() is not None or self.is_idle(), 'Slurm')
                if self.init.poll() is None:
                    return self
                self.stop()
            raise AssertionError(f'Slurm does not start\n{self.logs()}')
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder)

    def start(self, own):
        (own / 'state').mkdir(parents=True)
        (own / 'spool').mkdir()
        key = own / 'munge.key'
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        self.host = socket.gethostname().partition('.')[0]
        controller_port, node_port = free_ports(2)
        config = own / 'slurm.conf'
        config.write_text(CONFIG.format(own=own, host=self.host, controller_port=controller_port, node_port=node_port))
        if release() >= (23, 11):  # earlier ones need no cgroups, and do not know the word
            (own / 'cgroup.conf').write_text('CgroupPlugin=disabled\n')
        self.environment = {'PATH': os.environ['PATH'], 'SLURM_CONF': str(config)}
        self.init = subprocess.Popen(['unshare', '--pid', '--fork', '--mount-proc', 'bash', '-c', INIT, 'init', own],
                                     env=self.environment, stdin=subprocess.PIPE)

    def stop(self):
        self.init.stdin.close()
        self.init.wait()

    def wait_until(self, condition, what):
        """Waits for `condition()` to be true, and returns it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(INTERVAL)
        raise AssertionError(f'waited {PATIENCE} s for {what}\n{self.logs()}')

    def is_idle(self):
        done = subprocess.run(['sinfo', '--noheader', '--format=%T'], env=self.environment, capture_output=True)
        return done.stdout == b'idle\n'

    def logs(self):
        return '\n'.join(f'{file.name}:\n{file.read_text(errors="replace")}'
                         for file in sorted(self.folder.rglob('*.output')))

    def tasks(self, job):
        """What Slurm knows of a job, or of each task of an array by its index: the fields of `scontrol show job`."""
        said = subprocess.run(['scontrol', '--oneliner', 'show', 'job', job], env=self.environment, check=True,
                              capture_output=True, text=True).stdout
        found = [dict(field.split('=', 1) for field in line.split() if '=' in field) for line in said.splitlines()]
        return {one.get('ArrayTaskId', ''): one for one in found if one}

    def ended(self, job):
        """The states in which all tasks of the job ended, by their index; empty while one has not."""
        states = {index: one['JobState'] for index, one in self.tasks(job).items()}
        return states if set(states.values()) <= STATES_OF_AN_END else {}

    def processes(self, program, **environment):
        """The process IDs of `program` in jobs of this cluster that have these variables."""
        wanted = {f'{name}={value}'.encode() for name, value in [*environment.items(), *self.environment.items()]
                  if name != 'PATH'}
        return [int(one.name) for one in pathlib.Path('/proc').glob('[0-9]*')
                if is_running(one, program) and wanted <= set(variables(one))]


def is_running(process, program):
    try:
        return os.path.samefile(process / 'exe', program)
    except OSError:  # it has ended, or is of the kernel
        return False


def variables(process):
    try:
        return (process / 'environ').read_bytes().split(b'\0')
    except OSError:
        return []
