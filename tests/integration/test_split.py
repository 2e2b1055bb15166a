"""--split: archives in parts, which cat joins. Whatever reads a folder reads them as one archive."""

import json
import os
import shutil
import subprocess

import planning
import support
from content import blob, image, noise

SIZE = 70_000  # of a part; no multiple of a block
SPLIT = ('--split', str(SIZE))
FASTEST = ('--compression-level', '1')
MODES = ((), ('--compression', 'zstd', *FASTEST), ('--compression', 'gzip', *FASTEST))


class Case(planning.Case):
    """Images that share blobs. With SPLIT, `small` has one file, the others have parts."""

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        shared = noise(300_000, 'shared')
        self.images = {'small': image(noise(1_000, 1)), 'large': image(shared, noise(30_000, 2)),
                       'text': image(blob(b'all work and no play ' * 500_000)),
                       'last': image(shared, noise(200_000, 3), noise(5_000_000, 4))}
        self.rows = [(name, self.source.push('a/' + name, one)) for name, one in self.images.items()]
        self.whole = self.directory / 'whole'

    def parts(self, archive, folder=None):
        return sorted((folder or self.folder).glob(archive + '.[0-9][0-9][0-9]'))

    def joined(self, folder=None):
        """The archives, with those in parts joined by cat, and the tracker, in a new folder."""
        folder = folder or self.folder
        joined = self.directory / 'joined'
        shutil.rmtree(joined, ignore_errors=True)
        joined.mkdir()
        for path in sorted(folder.iterdir()):
            if path.is_dir():
                continue
            archive = path.name[:-4] if path.name[-4:-3] == '.' and path.name[-3:].isdigit() else path.name
            with open(joined / archive, 'ab') as whole:
                whole.write(path.read_bytes())
        return joined

    def check_split(self, folder=None, size=SIZE):
        """No archive has a file larger than `size`, and joined, they are those of a run without --split."""
        folder = folder or self.folder
        for path in folder.glob('*.tar*'):
            self.assertLessEqual(path.stat().st_size, size)
            if path.name.endswith('.001'):
                self.assertEqual(path.stat().st_size, size)
        self.assertEqual(self.snapshot(self.joined(folder)), self.snapshot(self.whole))
        self.assertEqual(list((folder / '.ace-dt/partial').iterdir()), [])

    def mirror_split(self, *options):
        self.mirror(self.rows, *options, folder=self.whole)
        self.mirror(self.rows, *options, *SPLIT)
        self.check_split()

    def remove(self, *folders):
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


class Made(Case):

    def test_joined_by_cat_they_are_the_archives_of_a_run_without_split(self):
        for options in MODES:
            with self.subTest(options=options):
                self.mirror_split(*options)
                self.ace_dt('verify', '--full', self.folder)
                self.assertEqual(len(self.parts(self.done()[0])), 0)
                self.assertGreater(len(self.parts(self.done()[3])), 50)
                self.assertEqual(self.tracker(), (self.whole / support.TRACKER).read_text())
                self.remove(self.folder, self.whole)

    def test_an_archive_of_just_the_size_has_one_file(self):
        self.mirror(self.rows[:1], folder=self.whole)
        size = (self.whole / '000001-small.tar').stat().st_size
        row = ('padded', self.source.push('a/padded', image(noise(SIZE - size + 1_000, 1))))
        for _ in range(2):
            self.mirror([row], folder=self.directory / 'measured')
        size = (self.directory / 'measured/000001-padded.tar').stat().st_size
        self.mirror([row], folder=self.whole)
        for split, parts in ((size, 0), (size - 1, 2), (size + 1, 0)):
            with self.subTest(split=split):
                self.mirror([row], '--split', str(split), folder=self.directory / str(split))
                self.assertEqual(len(self.parts('000001-padded.tar', self.directory / str(split))), parts)

    def test_a_compressed_archive_that_turns_out_small_has_its_own_name(self):
        self.mirror(self.rows[2:3], '--compression', 'zstd', *SPLIT)
        self.assertEqual(self.archives(), ['000001-text.tar.zst'])
        self.assertEqual(self.parts('000001-text.tar.zst'), [])

    def test_later_runs_count_on_them(self):
        self.mirror(self.rows, folder=self.whole)
        for count in range(1, 5):
            self.mirror(self.rows[:count], *SPLIT)
        self.check_split()
        self.source.forget_requests()
        self.mirror(self.rows, *SPLIT)
        self.assertEqual(self.source.requests(), [])
        self.ace_dt('verify', '--full', self.folder)

    def test_each_run_may_have_another_size(self):
        self.mirror(self.rows, folder=self.whole)
        for count, options in ((1, SPLIT), (2, SPLIT), (3, ()), (4, ('--split', '1MB'))):
            self.mirror(self.rows[:count], *options)
        self.assertEqual(self.snapshot(self.joined()), self.snapshot(self.whole))
        self.ace_dt('verify', '--full', self.folder)

    def test_a_folder_without_ledger_is_read_again(self):
        self.mirror(self.rows[:2], *SPLIT)
        (self.folder / '.ace-dt/ledger').unlink()
        self.mirror(self.rows, *SPLIT)
        self.mirror(self.rows, folder=self.whole)
        self.check_split()

    def test_blobs_are_copied_from_them(self):
        self.mirror(self.rows, '--dedup', 'none', folder=self.whole)
        self.mirror(self.rows[:2], '--dedup', 'none', *SPLIT)
        self.source.forget_requests()
        self.mirror(self.rows, '--dedup', 'none', *SPLIT)
        self.check_split()
        shared = self.images['large'].children[1].digest
        self.assertEqual(self.source.requests(shared), [])

    def test_the_smallest_size_for_999_parts_is_named(self):
        huge = [('huge', self.source.push('a/huge', image(blob(bytes(66_000_000)))))]
        self.source.forget_requests()
        said = self.refused(huge, '--split', '64KiB', code=2)
        self.assertIn('000001-huge.tar has up to', said)
        self.assertIn('more than 999 parts', said)
        self.assertEqual(self.source.requests('/blobs/'), [])
        least = said.rpartition('--split ')[2].split()[0]
        self.refused(huge, '--split', str(int(least) - 1), code=2)
        self.mirror(huge, '--split', least)
        self.assertEqual(len(self.parts('000001-huge.tar')), 999)
        self.ace_dt('verify', '--full', self.folder)

    def test_a_size_that_is_too_small_is_refused(self):
        for size in ('0', '1KiB', '65535', 'much'):
            self.assertIn('--split', self.refused(self.rows, '--split', size, code=2))
        self.assertFalse(self.folder.exists())

    def test_other_programs_read_the_joined_archive(self):
        self.mirror(self.rows, *SPLIT)
        archive = self.directory / '000004-last.tar'
        subprocess.run(f'cat {self.folder}/000004-last.tar.[0-9]* > {archive}', shell=True, check=True)
        support.read_archive(archive)
        self.ace_dt('ls', self.folder)


class Killed(Case):

    def test_a_run_that_is_killed_continues(self):
        self.source = self.registry('--rate', '4MB')
        self.rows = [(name, self.source.push('a/' + name, one)) for name, one in self.images.items()]
        for options in MODES[:2]:
            self.mirror(self.rows, *options, folder=self.whole)
            for _ in range(4):
                with self.mirroring(self.rows, *options, *SPLIT) as run:
                    try:
                        run.wait(timeout=0.5)
                    except subprocess.TimeoutExpired:
                        pass
                if self.folder.exists():
                    for path in self.folder.glob('*.tar*.001'):
                        self.assertIn(path.name[:-4], os.listdir(self.whole))
            self.mirror(self.rows, *options, *SPLIT)
            self.check_split()
            self.remove(self.folder, self.whole)

    def test_it_fetches_again_only_what_is_missing(self):
        large = self.images['last'].children[-1]
        self.source.fault(f'GET */{large.digest} 1 cut 3000000', f'GET */{large.digest} 2 status 404')
        self.refused(self.rows[3:], *SPLIT, code=5)
        self.assertTrue(any((self.folder / '.ace-dt/partial').glob('*.tar.001')))
        self.source.heal()
        self.source.forget_requests()
        self.mirror(self.rows[3:], *SPLIT)
        self.assertLess(planning.bytes_of_blobs(self.source), len(large.data) - 1_000_000)
        self.mirror(self.rows[3:], folder=self.whole)
        self.check_split()


class Lost(Case):

    def verify(self, *options, code, folder=None):
        return self.ace_dt('verify', folder or self.folder, *options, code=code).out

    def test_each_part_is_missed(self):
        for options in MODES:
            self.mirror(self.rows[:2], *options, *SPLIT)
            archive = self.done()[1]
            for records in ('with', 'without'):
                for part in self.parts(archive):
                    with self.subTest(part=part.name, records=records):
                        text = part.read_bytes()
                        part.unlink()
                        said = self.verify(code=5)
                        self.assertIn(f'{part.name} is missing; carry it', said)
                        self.assertNotIn('damaged', said)
                        target = self.registry()
                        target.forget_requests()
                        said = self.not_pushed(f'{target.host}/high/side', code=5)
                        self.assertIn(f'{part.name} is missing', said)
                        self.assertEqual(target.requests('', 'PUT') + target.requests('', 'POST'), [])
                        part.write_bytes(text)
                shutil.rmtree(self.folder / '.ace-dt')
            self.verify(code=0)
            self.remove(self.folder)

    def test_a_push_names_every_archive_that_lacks_a_part_and_sends_nothing(self):
        self.mirror(self.rows, '--dedup', 'none', *SPLIT)
        for part in ('000002-large.tar.001', '000004-last.tar.002'):
            (self.folder / part).unlink()
        target, report = self.registry(), self.directory / 'report.json'
        said = self.run_push(f'{target.host}/high/side', '--report', report)
        self.assertEqual(said.code, 5, said.text)
        for part in ('000002-large.tar.001', '000004-last.tar.002'):
            self.assertIn(f'{part} is missing', said.out)
        self.assertIn('0 archives, 2 failed, 2 left', said.out)
        told = json.loads(report.read_text())
        self.assertEqual(told['failed'], 2)
        self.assertEqual({row['archive']: row['state'] for row in told['rows']},
                         {'000001-small.tar': 'left', '000002-large.tar': 'failed', '000003-text.tar': 'left',
                          '000004-last.tar': 'failed'})
        self.assertEqual(target.requests('', 'PUT') + target.requests('', 'POST'), [])

    def test_a_part_of_another_size_is_named(self):
        self.mirror(self.rows[:2], *SPLIT)
        for part in self.parts('000002-large.tar'):
            text = part.read_bytes()
            part.write_bytes(text[:-1])
            self.assertIn(f'incomplete: 000002-large.tar: {part.name} has {len(text) - 1} bytes', self.verify(code=5))
            part.write_bytes(text)
        self.verify('--full', code=0)

    def test_an_archive_that_needs_it_is_incomplete_too(self):
        self.mirror(self.rows, *SPLIT)
        self.parts('000002-large.tar')[1].unlink()
        said = self.verify(code=5)
        self.assertIn('incomplete: 000004-last.tar: 000002-large.tar: needs 000002-large.tar', said)
        self.assertIn('which is incomplete', said)

    def test_damage_in_a_part_is_found(self):
        self.mirror(self.rows[:2], *SPLIT)
        part = self.parts('000002-large.tar')[2]
        text = part.read_bytes()
        part.write_bytes(b'x' * 100 + text[100:])
        self.verify(code=0)
        self.assertIn('damaged: 000002-large.tar: sha256:', self.verify('--full', code=9))

    def test_a_file_beside_parts_is_never_chosen(self):
        self.mirror(self.rows[:2], *SPLIT)
        shutil.copy(self.joined() / '000002-large.tar', self.folder)
        said = self.verify(code=9)
        self.assertIn('000002-large.tar and 000002-large.tar.001 are both there', said)
        self.assertIn('both there', self.not_pushed('reg.invalid/a', code=2))
        self.assertIn('both there', self.refused(self.rows, *SPLIT, code=1))
        self.assertIn('both there', self.ace_dt('ls', self.folder).err)
        self.assertIn('both there', self.ace_dt('verify', self.folder / '000002-large.tar.001', code=2).err)

    def test_checksums_are_of_the_parts(self):
        self.mirror(self.rows[:2], *SPLIT)
        self.verify('--checksums', 'write', code=0)
        listed = [line.split(',')[0] for line in (self.folder / 'checksums.csv').read_text().splitlines()[1:]]
        self.assertEqual(listed, ['000001-small.tar', *(path.name for path in self.parts('000002-large.tar'))])
        self.verify('--checksums', 'check', code=0)
        self.parts('000002-large.tar')[0].unlink()
        said = self.verify('--checksums', 'check', code=5)
        self.assertIn('000002-large.tar.001: checksums.csv: lists it, but it is not in the folder', said)

    def test_a_lost_part_is_made_again_with_any_split(self):
        self.mirror(self.rows, folder=self.whole)
        for before, after in ((SPLIT, SPLIT), (SPLIT, ()), (SPLIT, ('--split', '100kB')), ((), SPLIT)):
            with self.subTest(before=before, after=after):
                self.mirror(self.rows, *before)
                if before:
                    self.parts('000002-large.tar')[1].unlink()
                else:
                    os.truncate(self.folder / '000002-large.tar', 5)
                self.mirror(self.rows, *after)
                count = len(self.parts('000002-large.tar'))
                size = int(after[1].replace('kB', '000')) if after else 0
                self.assertEqual(count, -(-(self.whole / '000002-large.tar').stat().st_size // size) if size else 0)
                self.assertEqual(self.snapshot(self.joined()), self.snapshot(self.whole))
                self.ace_dt('verify', '--full', self.folder)
                self.remove(self.folder)

    def test_an_empty_file_asks_for_a_new_archive(self):
        self.mirror(self.rows, folder=self.whole)
        self.mirror(self.rows, *SPLIT)
        self.parts('000002-large.tar')[1].write_bytes(bytes(SIZE))
        (self.folder / '000002-large.tar').write_bytes(b'')
        self.mirror(self.rows, *SPLIT)
        self.check_split()

    def test_archives_of_which_all_parts_were_carried_away_stay_away(self):
        self.mirror(self.rows[:2], *SPLIT)
        for part in self.parts('000002-large.tar'):
            part.unlink()
        self.mirror(self.rows, *SPLIT)
        self.assertEqual(self.parts('000002-large.tar'), [])
        self.assertEqual(len(self.done()), 4)


class Pushed(Case):

    def test_a_folder_is_pushed(self):
        for options in MODES:
            self.mirror(self.rows, *options, *SPLIT)
            target = self.registry()
            self.push(f'{target.host}/high/side')
            for name, root in self.images.items():
                self.check_pushed(target, 'high/side', root)
                self.check_tag(target, 'high/side', name, root)
            record = (self.folder / 'successful-syncs.csv').read_text()
            self.assertEqual([line.split(',')[0] for line in record.splitlines()[1:]], self.done())
            self.ace_dt('verify', self.folder, '--against', f'{target.host}/high/side')
            self.remove(self.folder)

    def test_parts_from_several_discs_are_pushed_from_one_folder(self):
        self.mirror(self.rows[:2], *SPLIT)
        other = self.directory / 'other'
        other.mkdir()
        for path in self.folder.glob('0*'):
            shutil.copy(path, other)
        target = self.registry()
        other.chmod(0o555)
        self.push(f'{target.host}/high/side', '--state', str(self.directory / 'state'), folder=other)
        self.check_pushed(target, 'high/side', self.images['large'])

    def test_shards_push_them(self):
        self.mirror(self.rows, *SPLIT)
        target = self.registry()
        for shard in ('1/2', '2/2'):
            self.push(f'{target.host}/high/side', '--shard', shard)
            self.ace_dt('verify', '--full', '--shard', shard, self.folder)
        self.push(f'{target.host}/high/side')
        self.check_pushed(target, 'high/side', self.images['last'])

    def test_one_archive_is_named_by_its_first_part_or_as_a_whole(self):
        self.mirror(self.rows[:2], '--dedup', 'none', *SPLIT)
        for name in ('000002-large.tar.001', '000002-large.tar', '000002-large.tar.003'):
            with self.subTest(name=name):
                target = self.registry()
                self.ace_dt('deserialize', self.folder / name, f'{target.host}/high/side:v1')
                self.check_pushed(target, 'high/side', self.images['large'])
                self.ace_dt('verify', '--full', self.folder / name)
        self.parts('000002-large.tar')[1].unlink()
        for name in ('000002-large.tar.001', '000002-large.tar'):
            said = self.ace_dt('deserialize', self.folder / name, f'{target.host}/high/side:v2', code=5).err
            self.assertIn('000002-large.tar.002 is missing', said)
            self.assertIn('is missing', self.ace_dt('verify', self.folder / name, code=5).out)

    def test_they_are_listed_as_one(self):
        self.mirror(self.rows, *SPLIT)
        self.mirror(self.rows, folder=self.whole)
        self.assertEqual(json.loads(self.ace_dt('ls', self.folder, '-o', 'json').out),
                         json.loads(self.ace_dt('ls', self.whole, '-o', 'json').out))


class Planned(Case):

    def test_a_plan_says_the_number_of_parts(self):
        rows = self.dry_run(self.rows, *SPLIT)['rows']
        self.mirror(self.rows, *SPLIT)
        for row in rows:
            self.assertEqual(row['parts'], max(1, len(self.parts(row['archive']))))
        self.assertEqual({row['parts'] for row in self.dry_run(self.rows, folder=self.whole)['rows']}, {1})
        table = self.run_mirror(self.rows, '--dry-run', *SPLIT, folder=self.whole).out
        self.assertIn(f"  000002-large.tar in {rows[1]['parts']} parts  ", table)

    def test_shards_make_the_same_folder(self):
        for options in MODES:
            with self.subTest(options=options):
                self.mirror(self.rows, *options, *SPLIT, folder=self.whole)
                shown = self.make_plan(self.rows, *options, *SPLIT)
                self.assertGreater(shown['rows'][3]['parts'], 50)
                for shard in ('2/2', '1/2'):
                    self.part(shard)
                self.commit()
                self.check_same_folder(self.whole)
                self.ace_dt('verify', '--full', self.folder)
                self.remove(self.folder, self.whole)

    def test_from_another_file_system_they_are_copied(self):
        memory = planning.Sharded.on_another_file_system(self)
        self.mirror(self.rows, *SPLIT, folder=self.whole)
        self.make_plan(self.rows, *SPLIT)
        self.part('1/1', folder=memory / 'sync')
        self.commit(memory / 'sync')
        self.check_same_folder(self.whole)

    def test_a_shard_makes_an_archive_again_whichever_part_is_lost(self):
        self.mirror(self.rows, *SPLIT, folder=self.whole)
        self.make_plan(self.rows, *SPLIT)
        self.part('1/1')
        for part in self.parts('000002-large.tar', self.shard_folder('1/1')):
            part.unlink()
            self.part('1/1')
        self.commit()
        self.check_same_folder(self.whole)

    def test_a_move_that_a_crash_ended_is_completed(self):
        self.mirror(self.rows, *SPLIT, folder=self.whole)
        self.make_plan(self.rows, *SPLIT)
        self.part('1/1')
        shard = self.shard_folder('1/1')
        partial = self.folder / '.ace-dt/partial'
        partial.mkdir(parents=True, exist_ok=True)
        for part in self.parts('000002-large.tar', shard)[2:]:
            part.rename(partial / f'{shard.parent.name}-{part.name}')
        self.source.forget_requests()
        self.commit()
        self.check_same_folder(self.whole)
        self.assertEqual(self.source.requests(), [])

    def test_another_size_than_the_plans_is_refused(self):
        self.make_plan(self.rows, *SPLIT)
        self.assertIn("--split differs from the plan's: 70kB", self.part('1/1', '--split', '71000', code=2).err)
        self.part('1/1', *SPLIT)


if __name__ == '__main__':
    support.main()
