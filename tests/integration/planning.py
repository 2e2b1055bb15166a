"""Plans as a test uses them: made, shown, carried out in parts, and committed."""

import json
import os
import pathlib
import tempfile

import support
from content import SOURCE, blob, image, index, noise


class Case(support.Case):
    """A test with a plan, `self.plan`, of its sync folder."""

    def setUp(self):
        super().setUp()
        self.plan = self.directory / 'list.plan'

    def ace_dt(self, *words, code=0):
        """Runs `mirror`; it must end with `code`."""
        result = self.execute([*self.prefix, os.environ['ACE_DT'], 'mirror', *words])
        self.assertEqual(result.code, code, result.text)
        if code > 0:
            self.assertRegex(result.err, '(?m)^Error: ')
        return result

    def dry_run(self, rows, *options, folder=None, code=0):
        """What a run would do."""
        result = self.run_mirror(rows, '--dry-run', '-o', 'json', *options, folder=folder)
        self.assertEqual(result.code, code, result.text)
        return json.loads(result.out)

    def plan_command(self, rows, *options, folder=None, plan=None):
        return self.command(rows, ('--out', plan or self.plan, *options), folder, ('mirror', 'plan'))

    def make_plan(self, rows, *options, folder=None, plan=None, code=0):
        """Makes it; what it says."""
        result = self.execute(self.plan_command(rows, *options, folder=folder, plan=plan))
        self.assertEqual(result.code, code, result.text)
        return self.shown(plan) if code in (0, 3) else result

    def shown(self, plan=None):
        return json.loads(self.ace_dt('plan', '--show', plan or self.plan, '-o', 'json').out)

    def part_command(self, shard, *options, folder=None, plan=None):
        return [*self.prefix, os.environ['ACE_DT'], 'mirror', 'batch-serialize', '--plan', plan or self.plan,
                *(['--shard', shard] if shard else []), folder or self.folder, *options]

    def part(self, shard, *options, folder=None, plan=None, code=0):
        """Carries out one shard, such as 1/3; it must end with `code`."""
        command = self.part_command(shard, *options, folder=folder, plan=plan)
        return self.ace_dt(*command[len(self.prefix) + 2:], code=code)

    def parts(self, count, *options, folder=None):
        for index in range(1, count + 1):
            self.part(f'{index}/{count}', *options, folder=folder)

    def commit(self, *words, folder=None, plan=None, code=0):
        """Commits; `words`: folders of shards, and options."""
        return self.ace_dt('commit', plan or self.plan, folder or self.folder, *words, code=code)

    def ledger(self, folder=None):
        return ((folder or self.folder) / '.ace-dt/ledger').read_bytes()

    def shard_folder(self, shard, folder=None):
        [of_plan] = ((folder or self.folder) / '.ace-dt/shards').iterdir()
        return of_plan / shard.replace('/', '-of-')

    def check_same_folder(self, wanted, folder=None):
        """Archives, tracker and ledger are byte for byte those of `wanted`; nothing else is left."""
        folder = folder or self.folder
        self.assertEqual(self.snapshot(folder), self.snapshot(wanted))
        self.assertEqual(self.ledger(folder), self.ledger(wanted))
        self.assertFalse((folder / '.ace-dt/shards').exists())
        self.assertEqual(list((folder / '.ace-dt/partial').iterdir()), [])


class Sharded(Case):
    """Images that share blobs; the large one is fetched in pieces, and has several frames."""

    registry_options = ()

    def setUp(self):
        super().setUp()
        self.source = self.registry(*self.registry_options)
        self.base, self.large = noise(400_000, 'base'), noise(13_000_000, 'large')
        self.text = blob(b'all work and no play ' * 300_000)
        annotated = {'annotations': {SOURCE: 'registry.example/tools:v1'}}
        self.images = {
            'tools': image(self.base, noise(30_000, 1), **annotated),
            'text': image(self.text, noise(5_000, 2)),
            'big': image(self.large, self.base, noise(5_000, 3)),
            'bigger': image(noise(9_000_000, 4), self.large, self.text),
            **{f'n{i}': image(self.base, noise(i * 50_000, 10 + i)) for i in range(1, 5)}}
        self.images['all'] = index(*self.images.values())
        self.rows = [(name, self.source.push('a/' + name, one)) for name, one in self.images.items()]
        self.single = self.directory / 'single'

    def add_referrers(self):
        """A signature with a subject, and one under a tag of cosign's."""
        tools, big = self.images['tools'], self.images['big']
        signature = image(noise(70_000, 'signature'), subject=tools, artifactType='application/vnd.example')
        self.source.push('a/tools', signature, signature.digest)
        self.source.push('a/big', image(blob(b'cosign')), big.digest.replace(':', '-') + '.sig')

    def in_folders(self, name):
        """The next steps are in folders of this name."""
        self.folder, self.single = self.directory / ('sync' + name), self.directory / ('single' + name)


    def check_same_but_for_order(self):
        """As a commit with --keep-going may leave it: tracker and ledger have the lines of `self.single` in any order."""
        archives, single = self.snapshot(), self.snapshot(self.single)
        del archives[support.TRACKER], single[support.TRACKER]
        self.assertEqual(archives, single)
        tracker = (self.single / support.TRACKER).read_text()
        self.assertEqual(sorted(self.tracker().splitlines()), sorted(tracker.splitlines()))
        self.assertEqual(sorted(self.ledger().splitlines()), sorted(self.ledger(self.single).splitlines()))
        self.ace_dt('verify', '--full', self.folder)

    def on_another_file_system(self):
        """A folder there."""
        memory = pathlib.Path('/dev/shm')
        if not memory.is_dir() or memory.stat().st_dev == self.directory.stat().st_dev:
            self.skipTest('there is one file system only')
        return pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(dir=memory)))


def state_of(folder):
    """All that a run could change: of each file and folder, what it is and when it was changed."""
    if not folder.exists():
        return None
    seen = {}
    for path in [folder, *folder.rglob('*')]:
        status = path.lstat()
        seen[str(path)] = (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return seen


def bytes_of_blobs(source):
    """How many bytes of blobs were sent since the last forget_requests()."""
    return sum(int(one.bytes) for one in source.requests('/blobs/', 'GET'))
