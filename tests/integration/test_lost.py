"""Archives that are gone or damaged, though others count on them."""

import support
from content import image, noise


class Lost(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.shared = noise(300_000, 'shared')
        self.images = [image(self.shared, noise(1000, name)) for name in ('one', 'two', 'three')]
        self.rows = [(name, self.source.push('a/' + name, one)) for name, one in zip(('one', 'two', 'three'), self.images)]

    def forget(self, *archives):
        """Deletes them with their rows of the tracker."""
        for archive in archives:
            (self.folder / archive).unlink(missing_ok=True)
        tracker = self.folder / support.TRACKER
        lines = tracker.read_text().splitlines(keepends=True)
        tracker.write_text(''.join(line for line in lines if line.split(',')[0] not in archives))

    def check_made_again(self, before, rows, *options):
        result = self.mirror(rows, *options)
        self.assertIn('it is rebuilt', result.text)
        after = self.snapshot()
        self.assertEqual({name: digest for name, digest in after.items() if name != support.TRACKER},
                         {name: digest for name, digest in before.items() if name != support.TRACKER})
        self.assertEqual(sorted(self.done()), self.archives())
        self.check_folder()
        self.assertNotIn('is rebuilt', self.mirror(rows, *options).text)

    def made(self, *options):
        self.mirror(self.rows, *options)
        self.assertEqual(self.read(self.archives()[1]).needs, [self.archives()[0]])
        return self.snapshot()

    def test_an_archive_that_others_need_is_made_again_byte_for_byte_when_it_was_deleted_with_its_row(self):
        for options in ([], ['--compression', 'zstd', '--compression-level', '1'], ['--dedup', 'folder', '--manifest-json']):
            with self.subTest(options=options):
                self.folder = self.directory / ('sync' + ''.join(options))
                before = self.made(*options)
                self.forget(self.archives()[0])
                self.check_made_again(before, self.rows, *options)

    def test_even_if_the_list_no_longer_has_it(self):
        before = self.made()
        self.forget('000001-one.tar')
        self.check_made_again(before, self.rows[1:])

    def test_and_its_tag_has_moved_since(self):
        before = self.made()
        self.source.push('a/one', image(noise(500, 'newer')))
        self.forget('000001-one.tar')
        self.check_made_again(before, self.rows)

    def test_several_are_made_again_in_their_order(self):
        before = self.made()
        self.forget('000001-one.tar', '000002-two.tar')
        self.mirror([('four', self.source.push('a/four', image(noise(10, 4))))])  # only what is needed
        self.assertEqual(self.archives(), ['000001-one.tar', '000003-three.tar', '000004-four.tar'])
        self.assertEqual(self.snapshot()['000001-one.tar'], before['000001-one.tar'])
        self.check_folder()

    def test_one_that_nobody_needs_stays_away_and_is_done_anew_under_another_number(self):
        self.made()
        self.forget('000003-three.tar')
        self.mirror(self.rows)
        self.assertEqual(self.archives(), ['000001-one.tar', '000002-two.tar', '000004-three.tar'])
        self.check_folder()

    def test_one_that_was_carried_away_and_is_tracked_stays_away(self):
        self.made()
        (self.folder / '000001-one.tar').unlink()
        self.assertNotIn('is rebuilt', self.mirror(self.rows).text)
        self.assertEqual(self.archives(), ['000002-two.tar', '000003-three.tar'])

    def test_one_that_is_cut_or_empty_is_made_again(self):
        before = self.made()
        for archive in ('000001-one.tar', '000003-three.tar'):
            for size in (0, 100, 250_000 if archive[5] == '1' else 1000):
                with self.subTest(archive=archive, size=size):
                    with open(self.folder / archive, 'r+b') as file:
                        file.truncate(size)
                    self.check_made_again(before, self.rows)

    def test_without_the_content_the_run_names_it_and_all_that_need_it(self):
        for damage in (lambda: self.forget('000001-one.tar'), lambda: (self.folder / '000001-one.tar').write_bytes(b'')):
            self.folder = self.directory / ('sync' + str(len(list(self.directory.iterdir()))))
            self.made()
            damage()
            self.source.fault('* */a/one/* * status 404')
            before = self.snapshot()
            for options in ([], ['--keep-going']):
                error = self.refused(self.rows, *options)
                for words in ('000001-one.tar', '000002-two.tar, 000003-three.tar', 'cannot be rebuilt', 'restore it'):
                    self.assertIn(words, error)
                self.assertEqual(self.snapshot(), before)
            self.source.heal()

    def test_one_of_which_nothing_is_known_stops_the_run_if_it_is_tracked_and_damaged(self):
        self.made()
        (self.folder / '.ace-dt/ledger').unlink()
        damaged = self.folder / '000002-two.tar'
        damaged.write_bytes(damaged.read_bytes()[:-2000])
        error = self.refused([*self.rows, ('four', self.rows[0][1])], code=9)
        self.assertRegex(error, r'000002-two\.tar is damaged: .*\n(.*\n)*hint: restore it from a copy')

    def damage(self, archive, content):
        """Turns over one byte in the middle of `content` in a plain archive, whose size stays."""
        file = self.folder / archive
        data = bytearray(file.read_bytes())
        data[data.index(content) + len(content) // 2] ^= 1
        file.write_bytes(data)

    def test_one_with_wrong_bytes_is_made_again_when_a_blob_is_copied_from_it(self):
        for options in ([], ['--keep-going']):
            with self.subTest(options=options):
                self.folder = self.directory / ('sync' + ''.join(options))
                self.mirror(self.rows[:1], '--dedup', 'none')
                self.mirror(self.rows[:1])
                whole = self.snapshot()['000001-one.tar']
                self.damage('000001-one.tar', self.shared.data)
                result = self.mirror(self.rows, '--dedup', 'none', *options)
                self.assertIn('000001-one.tar is damaged: it is rebuilt', result.text)
                self.assertEqual(self.snapshot()['000001-one.tar'], whole)
                self.assertEqual(self.archives(), ['000001-one.tar', '000002-two.tar', '000003-three.tar'])
                self.check_folder()

    def test_and_when_a_manifest_is_read_from_it(self):
        self.mirror(self.rows[:1])
        whole = self.snapshot()['000001-one.tar']
        self.damage('000001-one.tar', self.images[0].data)
        self.assertIn('it is rebuilt', self.mirror([*self.rows[:1], ('again', self.rows[0][1])]).text)
        self.assertEqual(self.snapshot()['000001-one.tar'], whole)
        self.check_folder()

    def test_if_it_cannot_be_made_again_the_run_says_so_and_nothing_counts_on_it(self):
        self.mirror(self.rows[:1], '--dedup', 'none')
        self.damage('000001-one.tar', self.shared.data)
        self.source.fault('* */a/one/* * status 404')
        error = self.refused(self.rows, '--dedup', 'none', '--keep-going')
        self.assertIn('000001-one.tar is damaged', error)
        self.assertIn('cannot be rebuilt', error)

    def test_one_that_is_gone_without_a_trace_stops_the_run(self):
        self.made()
        (self.folder / '.ace-dt/ledger').unlink()
        self.forget('000001-one.tar')
        before = self.archives()
        error = self.refused([*self.rows, ('four', self.rows[0][1])], code=9)
        self.assertRegex(error, r'000001-one\.tar is gone, though it is needed by 000002-two\.tar')
        self.assertEqual(self.archives(), before)

    def test_the_index_of_an_archive_says_what_it_needs_where_the_ledger_is_gone(self):
        before = self.made()
        (self.folder / '.ace-dt/ledger').unlink()
        self.mirror([*self.rows, ('four', self.source.push('a/four', image(noise(10, 4))))])
        self.forget('000001-one.tar')
        self.mirror(self.rows)
        self.assertEqual(self.snapshot()['000001-one.tar'], before['000001-one.tar'])
        self.check_folder()

    def test_options_with_which_it_would_be_another_are_refused(self):
        self.made()
        self.forget('000001-one.tar')
        error = self.refused(self.rows, '--compression', 'gzip')
        self.assertIn('000001-one.tar is gone, though it is needed by 000002-two.tar, 000003-three.tar', error)
        self.assertIn('hint: run once with the --compression', error)


if __name__ == '__main__':
    support.main()
