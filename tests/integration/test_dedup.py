"""--dedup: in which archive a blob is stored."""

import collections
import json
import subprocess

import servers
import support
from content import image, index, layer


class Scopes(support.Case):

    def setUp(self):
        super().setUp()
        source = self.registry()
        self.base = layer('base', 100_000)
        self.images = {name: image(self.base, layer(name)) for name in ('v1', 'v2', 'other')}
        self.images['all'] = index(*self.images.values())
        self.refs = {name: source.push('a/' + name, one) for name, one in self.images.items()}
        self.rows = [(name, self.refs[name]) for name in ('v1', 'v2', 'other', 'all')]
        self.manifests = {one.digest for root in self.images.values() for one in root.walk() if one.children}

    def blobs_of(self, archive):
        return archive.blobs.keys() - self.manifests

    def test_folder_stores_each_blob_once_in_the_first_archive_that_needs_it(self):
        self.mirror(self.rows)
        archives = self.check_folder()
        stored = collections.Counter(digest for archive in archives for digest in self.blobs_of(archive))
        self.assertEqual(set(stored.values()), {1})
        self.assertIn(self.base.digest, archives[0].blobs)
        self.assertEqual([archive.needs for archive in archives],
                         [[], ['000001-v1.tar'], ['000001-v1.tar'],
                          ['000001-v1.tar', '000002-v2.tar', '000003-other.tar']])

    def test_the_end_of_a_run_says_how_many_archives_depend_on_other_names(self):
        said = self.mirror(self.rows).out
        self.assertRegex(said, '(?m)^Dependent archives ↦ 3 of 4 new archives .*one repository.*--dedup name$')
        for options in (['--dedup', 'name'], ['--dedup', 'none']):
            self.assertNotIn('Dependent', self.mirror(self.rows, *options, folder=self.directory / options[1]).out)
        self.assertNotIn('Dependent', self.mirror(self.rows).out)  # nothing new
        alone = self.mirror([('app', self.refs['v1'])], folder=self.directory / 'alone').out
        later = self.mirror([('app', self.refs['v2'])], folder=self.directory / 'alone').out
        self.assertNotIn('Dependent', alone + later)

    def test_the_report_says_what_each_archive_needs(self):
        self.mirror(self.rows, '--report', 'report.json')
        report = json.loads((self.directory / 'report.json').read_text())
        self.assertEqual(report['dependent'], 3)
        self.assertEqual([row['needs'] for row in report['rows']], [one.needs for one in self.check_folder()])

    def test_name_stores_again_what_only_other_names_have(self):
        self.mirror([('app', self.refs['v1']), ('other', self.refs['other'])], '--dedup', 'name')
        self.mirror([('app', self.refs['v2'])], '--dedup', 'name')
        archives = self.check_folder()
        self.assertEqual([self.base.digest in archive.blobs for archive in archives], [True, True, False])
        self.assertEqual([archive.needs for archive in archives], [[], [], ['000001-app.tar']])

    def test_none_makes_every_archive_complete(self):
        self.mirror(self.rows, '--dedup', 'none')
        for archive in self.check_folder():
            self.assertEqual(archive.needs, [])
            self.assertLessEqual(support.referenced(archive).keys(), archive.blobs.keys())

    @servers.needs('skopeo')
    def test_with_none_skopeo_copies_each_archive_by_itself(self):
        self.mirror(self.rows, '--dedup', 'none')
        for file, (name, artifact) in zip(self.archives(), self.rows):
            done = subprocess.run(['skopeo', 'copy', '--insecure-policy', '--all', f'oci-archive:{file}:{artifact}',
                                   f'dir:{self.directory / name}'], cwd=self.folder, env=self.environment,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_manifests_are_in_every_archive_that_refers_to_them(self):
        self.mirror(self.rows)
        for archive, root in zip(self.check_folder(), self.images.values()):
            for one in root.walk():
                if one.digest in self.manifests:
                    self.assertEqual(archive.blobs.get(one.digest), one.data)

    def test_the_scope_may_change_from_run_to_run(self):
        self.mirror(self.rows[:1])
        self.mirror(self.rows[:2], '--dedup', 'none')
        self.mirror(self.rows[:3], '--dedup', 'name')
        self.mirror(self.rows)
        first, second, third, last = self.check_folder()
        self.assertEqual([self.base.digest in archive.blobs for archive in (first, second, third, last)],
                         [True, True, True, False])

    def test_copies_from_a_compressed_archive_are_as_good(self):
        for kind in ('gzip', 'zstd'):
            with self.subTest(kind=kind):
                folder = self.directory / kind
                self.mirror(self.rows[:1], '--compression', kind, folder=folder)
                self.mirror(self.rows, '--compression', kind, '--dedup', 'none', folder=folder)
                self.check_folder(folder)

    def test_content_of_an_archive_that_was_damaged_is_fetched_again(self):
        self.mirror(self.rows[:1], '--dedup', 'none')
        archive = self.folder / '000001-v1.tar'
        damaged = archive.read_bytes().replace(self.base.data, b'\0' * len(self.base.data))
        archive.write_bytes(damaged)
        self.mirror(self.rows, '--dedup', 'none')
        self.assertEqual(self.read('000002-v2.tar').blobs[self.base.digest], self.base.data)


if __name__ == '__main__':
    support.main()
