"""The runs of a work that mirrors: against one registry, each into an empty folder, which is checked afterwards."""
import os
import shutil
import subprocess
import tempfile

import programs
from registry import Registry
from works import write_ledger

LARGE = 500e6  # bytes


class Mirroring:
    def __init__(self, options, work, _):
        self.options, self.work = options, work
        self.folder = os.path.join(options.memory if work.tmpfs else options.scratch, work.name)
        os.mkdir(self.folder)
        program = os.path.join(options.build, 'tools', 'acedt-registry')
        self.registry = Registry(program, self.folder, work.registry_flags(), work.corpora, work.tls)
        self.content = self.registry.content() if work.complete else ({}, {})
        self.out = None

    def close(self):
        self.registry.close()
        self.make_room()

    def make_room(self):
        """Removes what programs wrote; on disk only where that is large, the rest when all is measured.

        For some minutes ext4 looks twice at the inodes of deleted files before it uses them again, and that would
        slow the next program that makes many files, in this work or in another.
        """
        for entry in os.scandir(self.folder):
            if entry.name.startswith('out') and (self.work.tmpfs or programs.size_on_disk(entry.path) > LARGE):
                shutil.rmtree(entry.path)

    def fresh_folder(self):
        """An empty folder, or one with a ledger, which is made once."""
        out = tempfile.mkdtemp(prefix='out', dir=self.folder)
        if self.work.ledger:
            made = os.path.join(self.folder, 'ledger')
            if not os.path.exists(made):
                os.mkdir(made)
                write_ledger(made, self.work.ledger)
            shutil.copytree(made, out, dirs_exist_ok=True)
        return out

    def run(self, contender):
        if not contender.again:
            self.make_room()
            programs.forget_cache(self.options)
            self.out = self.fresh_folder()
        work = self.work
        job = programs.Job(work, self.registry, self.out, self.options.scratch,
                           self.options.connections or work.connections, contender.flags, contender.synced,
                           plan=os.path.join(self.options.scratch, 'plan'))
        env = {'SSL_CERT_FILE': self.registry.ca_file} if work.tls else {}
        if contender.sharded:
            subprocess.run(programs.plan(contender.program.executable, job), check=True, stdout=subprocess.DEVNULL)
        result = programs.measure(self.options, self.registry, contender.command(job), env)
        if result['stopped']:
            return result
        if contender.sharded:
            subprocess.run(programs.commit(contender.program.executable, job), check=True, stdout=subprocess.DEVNULL)
        self.check(contender)
        return {**result, 'disk': programs.size_on_disk(self.out)}

    def check(self, contender):
        """That the work was done."""
        manifests, blobs = self.content
        found = contender.program.content
        if found is None:
            missing = sum(blobs.values()) - programs.size_on_disk(self.out)
        elif self.work.complete:
            missing = len({**manifests, **blobs}.items() - found(self.out).items())
        else:
            made = programs.archives(self.out)
            missing = len(self.registry.artifacts) - len(made)
            for path in made[::100]:
                programs.in_archive(path)
        if missing:
            raise SystemExit(f'{self.work.name}: {contender.name} left {missing} out')
