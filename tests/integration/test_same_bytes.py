"""The outcome depends on the list and the registry, and on nothing else."""

import servers
import support
from content import blob, image, index, noise


class SameBytes(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        base, text = noise(3_000_000, 'base'), blob(b'all work and no play ' * 100_000)
        images = [image(base, text, noise(i * 37_000, i)) for i in range(8)]
        self.rows = [(f'n{i}', self.source.push(f'a/{i}', one)) for i, one in enumerate(images)]
        self.rows.append(('all', self.source.push('a/all', index(*images))))

    def check(self, *options):
        ways = (['--connections', '1'], ['--connections', '64'], ['--connections', '5', '--connections-per-host', '2'])
        snapshots = []
        for way in ways:
            folder = self.directory / '-'.join(way)
            self.mirror(self.rows, *options, *way, folder=folder)
            snapshots.append(self.snapshot(folder))
        self.assertEqual(len(snapshots[0]), len(self.rows) + 1)
        for snapshot in snapshots[1:]:
            self.assertEqual(snapshot, snapshots[0])
        self.check_folder(folder)

    def test_the_number_of_connections_changes_no_byte(self):
        self.check()

    @servers.needs('zstd')
    def test_nor_of_zstd_archives(self):
        self.check('--compression', 'zstd')

    @servers.needs('gzip')
    def test_nor_of_gzip_archives(self):
        self.check('--compression', 'gzip')

    def test_one_run_with_all_rows_leaves_what_many_runs_of_one_leave(self):
        self.mirror(self.rows)
        for i in range(len(self.rows)):
            self.mirror(self.rows[:i + 1], folder=self.directory / 'many')
        self.assertEqual(self.snapshot(), self.snapshot(self.directory / 'many'))


if __name__ == '__main__':
    support.main()
