"""What is asked of a registry and how often, and what ends up in which archive."""

import collections
import shutil

import support
from content import image, index, noise


def digests(*contents):
    return collections.Counter({one.digest for content in contents for one in content.walk()})


class WhatIsFetched(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.base, self.lib = noise(150_000, 'base'), noise(70_000, 'lib')
        self.v1 = image(self.base, self.lib, noise(1000, 'v1'))
        self.v2 = image(self.base, self.lib, noise(1000, 'v2'))
        self.other = image(self.base, noise(1000, 'other'))

    def fetched(self):
        """Every digest that was got since the last call, manifests too, and how often."""
        asked = [one.target.rpartition('/')[2] for one in self.source.requests('/(blobs|manifests)/', 'GET')]
        self.source.forget_requests()
        return collections.Counter(asked)

    def push_all(self):
        refs = {name: self.source.push('a/' + name, one)
                for name, one in {'v1': self.v1, 'v2': self.v2, 'other': self.other}.items()}
        self.source.forget_requests()
        return refs

    def test_each_digest_is_got_once_in_a_run_whoever_needs_it(self):
        refs = self.push_all()
        everything = index(self.v1, self.v2, self.other)
        rows = [*refs.items(), ('all', self.source.push('a/all', everything)), ('again', refs['v1'])]
        for scope in ('folder', 'name', 'none'):
            with self.subTest(scope=scope):
                self.source.forget_requests()
                shutil.rmtree(self.folder, ignore_errors=True)
                self.mirror(rows, '--dedup', scope)
                self.assertEqual(self.fetched(), digests(everything))

    def test_a_second_run_asks_for_nothing(self):
        rows = list(self.push_all().items())
        self.mirror(rows)
        self.fetched()
        self.mirror(rows)
        self.assertEqual(self.source.requests(), [])

    def test_a_new_version_brings_only_what_is_new(self):
        refs = self.push_all()
        self.mirror([('app', refs['v1'])])
        self.fetched()
        self.mirror([('app', refs['v2'])])
        self.assertEqual(self.fetched(), digests(self.v2) - digests(self.v1))
        first, second = self.check_folder()
        self.assertEqual(second.needs, [first.file])
        self.assertEqual(second.blobs.keys() & {self.base.digest, self.lib.digest}, set())

    def test_a_new_name_shares_with_what_the_folder_has(self):
        refs = self.push_all()
        self.mirror([('app', refs['v1'])])
        self.fetched()
        self.mirror([('something', refs['other'])])
        self.assertEqual(self.fetched(), digests(self.other) - digests(self.v1))
        self.check_folder()

    def test_a_moved_tag_leaves_no_blob_out(self):
        refs = self.push_all()
        self.mirror([('app', refs['v1'])])
        self.source.push('a/v1', self.v2)             # the tag that the tracker has is another image now
        self.mirror([('app', refs['v1'] + '@' + self.v2.digest)])
        self.mirror([('app', refs['other'])])
        self.assertEqual(len(self.check_folder()), 3)

    def test_a_moved_tag_leaves_no_blob_out_where_the_archive_was_carried_away(self):
        refs = self.push_all()
        self.mirror([('app', refs['v1'])])
        carried = self.directory / 'carried'
        carried.mkdir()
        (self.folder / '000001-app.tar').rename(carried / '000001-app.tar')
        shutil.rmtree(self.folder / '.ace-dt')
        self.source.push('a/v1', self.v2)
        self.mirror([('app', refs['v2'])])
        shutil.copy(self.folder / '000002-app.tar', carried)
        _, second = self.check_folder(carried)
        self.assertEqual(second.needs, ['000001-app.tar'])

    def test_a_row_taken_out_of_the_tracker_is_done_again_from_what_the_folder_has(self):
        rows = list(self.push_all().items())
        self.mirror(rows)
        lines = self.tracker().splitlines(keepends=True)
        (self.folder / support.TRACKER).write_text(''.join(line for line in lines if '-v2.tar' not in line))
        self.source.push('a/v2', self.other)
        self.fetched()
        self.mirror(rows)
        self.assertEqual(self.fetched(), {})
        self.assertEqual(self.archives()[-1], '000004-v2.tar')
        self.check_folder()

    def test_a_folder_whose_ledger_is_lost_is_read_anew(self):
        refs = self.push_all()
        self.mirror([('app', refs['v1'])], '--compression', 'gzip')
        shutil.rmtree(self.folder / '.ace-dt')
        self.fetched()
        self.mirror([('app', refs['v2'])])
        self.assertEqual(self.fetched(), digests(self.v2) - digests(self.v1))
        self.check_folder()


if __name__ == '__main__':
    support.main()
