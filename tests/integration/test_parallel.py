"""A plan that GNU parallel carries out on one host. (How fast that is, bench/ measures.)"""

import os

import many
import servers
import support

SHARDS = 8


@servers.needs('parallel')
class Parallel(many.Case):

    def setUp(self):
        super().setUp()
        self.mirror_with_one_process()

    def run_shards(self, *options, folder=None):
        """All of them at the same time."""
        command = ['parallel', '--will-cite', '--jobs', str(SHARDS), '--halt', 'soon,fail=1', os.environ['ACE_DT'], 'mirror',
                   'batch-serialize', '--plan', 'plan', '--shard', f'{{}}/{SHARDS}', folder or self.folder, *options, ':::',
                   *map(str, range(1, SHARDS + 1))]
        result = self.execute(command, self.folder)
        self.assertEqual(result.code, 0, result.text)

    def test_eight_shards_make_the_folder_of_one_process_and_ask_for_everything_once(self):
        self.program('plan', self.list, self.folder, '--out', 'plan', '--shards', str(SHARDS))
        self.assertEqual(self.source.requests('/blobs/', 'GET'), [])
        self.run_shards()
        self.assertEqual(self.archives(), [])
        self.program('commit', 'plan', self.folder)
        self.check_same_folder()
        self.check_requests()
        self.program('commit', 'plan', self.folder)
        self.check_same_folder()

    def test_the_number_of_shards_can_be_chosen_after_the_plan(self):
        self.program('plan', self.list, self.folder, '--out', 'plan')
        self.run_shards()
        self.program('commit', 'plan', self.folder)
        self.check_same_folder()

    def test_shards_may_have_folders_of_their_own(self):
        self.program('plan', self.list, self.folder, '--out', 'plan', '--shards', str(SHARDS))
        self.run_shards(folder='of-{}')
        self.program('commit', 'plan', self.folder, *(f'of-{i}' for i in range(1, SHARDS + 1)))
        self.check_same_folder()
        self.check_requests()


if __name__ == '__main__':
    support.main()
