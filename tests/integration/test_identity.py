"""Two contents are the same only if algorithm, all bytes of the digest, and size are."""

import support
from content import image, index, layer

SCOPES = ('folder', 'name', 'none')
CORRUPT, NOT_FOUND, SOME_ROWS_FAILED = 9, 5, 3


class Identity(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.base = layer('base', 100_000)
        self.lie = self.base.described(size=len(self.base.data) + 1)
        self.right = ('app', self.source.push('a/right', image(self.base)))
        self.wrong = ('app2', self.source.push('a/wrong', image(layer('own'), self.lie)))

    def fresh_folders(self):
        for scope in SCOPES:
            yield scope, self.directory / f'sync-{len(list(self.directory.iterdir()))}'

    def test_a_sha512_digest_that_begins_with_the_bytes_of_a_stored_sha256_is_another_one(self):
        stored = self.base.digest.removeprefix('sha256:')
        other = self.base.described(pushed=False, digest=f'sha512:{stored}{"0" * 64}')
        forged = self.source.push('a/forged', image(layer('own'), other))
        for name in ('app', 'app2'):
            for scope, folder in self.fresh_folders():
                self.mirror([self.right], '--dedup', scope, folder=folder)
                self.refused([(name, forged)], '--dedup', scope, folder=folder, code=NOT_FOUND)

    def test_another_size_than_that_of_a_stored_blob_is_an_error(self):
        for name in ('app', 'app2'):
            for scope, folder in self.fresh_folders():
                self.mirror([self.right], '--dedup', scope, folder=folder)
                said = self.refused([(name, self.wrong[1])], '--dedup', scope, folder=folder, code=CORRUPT)
                self.assertIn(self.base.digest, said)

    def test_a_blob_with_two_sizes_is_an_error_whatever_the_order_of_the_rows(self):
        for rows in ([self.right, self.wrong], [self.wrong, self.right]):
            for scope, folder in self.fresh_folders():
                said = self.refused(rows, '--dedup', scope, folder=folder, code=CORRUPT)
                self.assertIn(self.wrong[1], said)

    def test_a_row_that_lies_about_a_size_does_not_take_those_that_tell_the_truth_with_it(self):
        for rows in ([self.right, self.wrong], [self.wrong, self.right], [self.wrong, self.right, ('app3', self.wrong[1])]):
            for scope, folder in self.fresh_folders():
                result = self.run_mirror(rows, '--dedup', scope, '--keep-going', folder=folder)
                self.assertEqual(result.code, SOME_ROWS_FAILED, result.text)
                self.assertEqual(self.archives(folder), ['000001-app.tar'])
                self.check_folder(folder)

    def test_a_blob_with_two_sizes_in_one_artifact_is_an_error(self):
        images = image(self.base), image(self.lie)
        for children in (images, images[::-1]):
            artifact = self.source.push('a/all', index(*children))
            for scope, folder in self.fresh_folders():
                said = self.refused([('all', artifact)], '--dedup', scope, folder=folder, code=CORRUPT)
                self.assertIn(self.base.digest, said)

    def test_a_manifest_with_two_sizes_in_one_artifact_is_an_error(self):
        child = image(self.base)
        children = child, index(child.described(size=len(child.data) + 1))
        for each in (children, children[::-1]):
            self.assertIn(child.digest, self.refused([('all', self.source.push('a/all', index(*each)))], code=CORRUPT))


if __name__ == '__main__':
    support.main()
