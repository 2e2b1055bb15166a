"""The runs of a work that pushes, or verifies: a folder that ace-dt makes once, and a fresh destination for each run.

What arrived is checked. Before each run, the record of the one before is removed.
"""
import json
import os
import shutil
import subprocess
import tarfile
import tempfile

import programs
from registry import OTHERS, OtherRegistry, Registry

RECORDS = ('successful-syncs.csv', '.ace-dt/push')  # of the reference and of ace-dt


def write_listing(path, folder):
    """What limit_push reads (see there). All artifacts are images, so a manifest is what index.json lists. Returns the
    number of blobs."""
    blobs, manifests = {}, {}  # lines by digest
    for archive in programs.archives(folder):
        with tarfile.open(archive) as tar:
            types = {one['digest']: one['mediaType'] for one in json.load(tar.extractfile('index.json'))['manifests']}
            for entry in tar:
                if entry.isfile() and entry.name.startswith('blobs/'):
                    digest = entry.name.removeprefix('blobs/').replace('/', ':')
                    lines = manifests if digest in types else blobs
                    lines[digest] = (f'{entry.size} {entry.offset_data} {digest} {types.get(digest, "blob")} '
                                     f'{archive}\n')
    with open(path, 'w', encoding='utf-8') as file:
        file.writelines([*blobs.values(), *manifests.values()])
    return len(blobs)


class Pushing:
    def __init__(self, options, work, available):
        self.options, self.work = options, work
        self.limit = available['limit']
        self.own = os.path.join(options.scratch, work.name)
        self.folder, self.listing = os.path.join(self.own, 'sync'), os.path.join(self.own, 'listing')
        self.registry = None
        os.mkdir(self.own)
        self.make_folder()
        self.blobs = write_listing(self.listing, self.folder)

    def test_registry(self, flags, corpora):
        program = os.path.join(self.options.build, 'tools', 'acedt-registry')
        return Registry(program, self.own, flags, corpora)

    def make_folder(self):
        source = self.test_registry((), self.work.corpora)
        ace_dt = os.path.join(self.options.build, 'src', 'ace-dt')
        subprocess.run([ace_dt, 'mirror', 'batch-serialize', source.list, self.folder, '--quiet'], check=True)
        source.close()

    def close(self):
        self.close_registry()
        shutil.rmtree(self.own)

    def close_registry(self):
        if self.registry:
            self.registry.close()
        self.registry = None

    def start_registry(self):
        self.close_registry()
        if not self.work.destination:
            self.registry = self.test_registry(self.work.registry_flags(), ())
            return
        program, configuration = OTHERS[self.work.destination]
        self.registry = OtherRegistry(program, configuration, tempfile.mkdtemp(dir=self.options.memory))

    def start_anew(self):
        for name in RECORDS:
            path = os.path.join(self.folder, name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.remove(path)
        programs.forget_cache(self.options)
        if self.work.command == 'batch-deserialize':
            self.start_registry()

    def run(self, contender):
        if not contender.again:
            self.start_anew()
        job = programs.Job(self.work, self.registry, self.folder, self.options.scratch,
                           self.options.connections or self.work.connections, contender.flags, listing=self.listing)
        result = programs.measure(self.options, self.registry, contender.command(job), {})
        if self.registry and not result['stopped']:
            subprocess.run(programs.push_check(self.limit.executable, job), check=True)
        return {**result, 'blobs': self.blobs}
