"""Artifacts that cannot be had, and what becomes of the rows before and behind them."""

import support
from content import image, index, noise


class ArtifactsThatCannotBeHad(support.Case):

    def test_the_rows_before_one_are_committed_and_the_rows_behind_it_are_not(self):
        source = self.registry()
        good = source.push('a/good', image(noise(5000, 1)))
        rows = [('one', good), ('two', good), ('gone', f'{source.host}/a/gone:v1'), ('three', good)]
        error = self.refused(rows)
        self.assertIn(f'list.csv:4: gone: {source.host}/a/gone:v1: ', error)
        self.assertIn('404 Not Found: manifest_unknown', error)
        self.assertEqual(self.archives(), ['000001-one.tar', '000002-two.tar'])
        self.assertEqual(self.done(), self.archives())

    def test_after_it_is_mended_the_run_goes_on_behind_the_last_row_that_was_committed(self):
        source = self.registry()
        good = source.push('a/good', image(noise(5000, 1)))
        rows = [('one', good), ('late', f'{source.host}/a/late:v1'), ('three', good)]
        self.refused(rows)
        source.push('a/late', image(noise(5000, 2)))
        self.mirror(rows)
        self.assertEqual(self.done(), ['000001-one.tar', '000002-late.tar', '000003-three.tar'])
        self.check_folder()

    def test_a_blob_that_is_missing_stops_the_run_in_the_same_way(self):
        source = self.registry()
        good, gone = source.push('a/good', image(noise(5000, 1))), noise(100, 'gone')
        bad = source.push('a/bad', image(gone.described(pushed=False)))
        error = self.refused([('one', good), ('bad', bad), ('three', good)])
        self.assertIn(f'list.csv:3: bad: {bad}: GET ', error)
        self.assertEqual(self.done(), ['000001-one.tar'])

    def test_so_does_a_manifest_below_an_index(self):
        source = self.registry()
        gone, there = image(noise(100, 'gone')), [image(noise(100, i)) for i in range(5)]
        rows = [('one', source.push('a/good', there[0])), ('bad', source.push('a/bad', index(index(gone, *there))))]
        source.fault(f'GET */manifests/{gone.digest} * status 404')
        error = self.refused(rows)
        self.assertRegex(error, f'404 Not Found.*list.csv:3: bad: {rows[1][1]}: .*{gone.digest}')
        self.assertEqual(self.done(), ['000001-one.tar'])

    def test_a_host_that_does_not_answer_is_named(self):
        error = self.refused([('one', '127.0.0.1:1/a/b:v1')])
        self.assertIn('list.csv:2: one: 127.0.0.1:1/a/b:v1: ', error)
        self.assertIn('Connection refused', error)


if __name__ == '__main__':
    support.main()
