"""mirror verify: findings about folders that are complete, damaged or incomplete."""

import gzip
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tarfile

import servers
import support
from content import image, index, noise

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMA = pathlib.Path(__file__).parents[2] / 'docs' / 'verify.schema.json'
LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
END = bytes(1024)
REF_NAME = 'org.opencontainers.image.ref.name'


def path_of(content):
    return 'blobs/' + content.digest.replace(':', '/')


def entry(name, data, **fields):
    """An entry of a tar. `fields` are those of its header, such as type or size."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)


def blob_entry(content):
    return entry(path_of(content), content.data)


def index_entry(*manifests, name='index.json', **annotations):
    text = {'schemaVersion': 2, 'manifests': [one.descriptor for one in manifests], 'annotations': annotations}
    return entry(name, json.dumps(text).encode())


def archive(root, left_out=(), needs=(), name='reg/a:1'):
    """A plain archive of `root`, as batch-serialize writes it."""
    root = root.described(annotations={REF_NAME: name})
    annotations = {support.NEEDS: json.dumps(needs)} if needs else {}
    seen, entries = set(), []
    for one in reversed(list(root.walk())):
        if one.digest not in seen and one.digest not in {other.digest for other in left_out}:
            seen.add(one.digest)
            entries.append(blob_entry(one))
    manifests = [one for one in root.walk() if one.children and one.digest != root.digest and one not in left_out]
    return b''.join([entry('oci-layout', LAYOUT), index_entry(root, **annotations), *entries,
                     index_entry(root, *manifests, **annotations), END])


def changed(data, at):
    return data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1:]


class Verify(support.Case):

    def setUp(self):
        super().setUp()
        self.base, self.top = noise(200_000, 'base'), noise(300_000, 'top')
        self.first = image(self.base)
        self.second = image(self.base, self.top)

    def put(self, name, data):
        return self.write(f'sync/{name}', data)

    def two_archives(self):
        self.put('000001-a.tar', archive(self.first))
        self.put('000002-b.tar', archive(self.second, [self.base], ['000001-a.tar'], name='reg/b:1'))

    def verify(self, *options, path=None):
        return self.execute([*self.prefix, os.environ['ACE_DT'], 'mirror', 'verify', *options, path or self.folder])

    def clean(self, *options, path=None):
        result = self.verify(*options, path=path)
        self.assertEqual((result.code, result.err), (0, ''), result.text)
        return result.out

    def finds(self, code, pattern, *options, path=None):
        """A check that ends with `code`, and has one finding of this kind and no other that counts."""
        result = self.verify(*options, path=path)
        self.assertEqual(result.code, code, result.text)
        counted = [line for line in result.out.splitlines() if line.startswith(('damaged: ', 'incomplete: '))]
        self.assertRegex('\n'.join(counted), pattern)
        return counted


class Whole(Verify):

    def test_a_folder_of_batch_serialize_has_no_findings(self):
        source = self.registry()
        rows = [(f'n{i}', source.push(f'a/{i}', one)) for i, one in enumerate([self.first, self.second])]
        rows.append(('n2', source.push('a/2', index(self.first, self.second))))
        for options in ([], ['--compression', 'zstd'], ['--compression', 'gzip'], ['--dedup', 'none']):
            with self.subTest(options=options):
                shutil.rmtree(self.folder, ignore_errors=True)
                self.mirror(rows, *options)
                before = self.snapshot()
                for depth in ([], ['--full']):
                    out = self.clean(*depth)
                    self.assertRegex(out, '(?m)^3 archives, 5 manifests, [38] other blobs, ')
                    self.assertNotIn('note: ', out)
                self.assertEqual(self.snapshot(), before)

    def test_a_folder_on_a_read_only_medium_is_checked(self):
        self.two_archives()
        os.chmod(self.folder, 0o500)
        self.addCleanup(os.chmod, self.folder, 0o700)
        self.clean('--full')
        self.assertEqual(sorted(os.listdir(self.folder)), ['000001-a.tar', '000002-b.tar'])

    def test_a_single_archive_and_a_pipe_are_checked(self):
        tar = archive(index(self.first, self.second))
        for name, data in (('a.tar', tar), ('a.tar.gz', gzip.compress(tar)), ('000007-a.tar', tar)):
            path = self.write(name, data)
            for options in ([], ['--full']):
                self.clean(*options, path=path)
            with open(path, 'rb') as file:
                done = subprocess.run([os.environ['ACE_DT'], 'mirror', 'verify', '-'], stdin=file,
                                      env=self.environment, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn('every byte was checked', done.stdout)

    def test_an_empty_folder_has_no_findings(self):
        self.folder.mkdir()
        self.assertIn('0 archives', self.clean())

    def test_gaps_and_foreign_files_are_notes(self):
        self.put('000003-a.tar', archive(self.first))
        self.put('000007-b.tgz', gzip.compress(archive(self.first)))
        self.put('README.md', 'read me')
        self.put('000003-a.tar.sha256', 'deadbeef  000003-a.tar\n')
        self.put('.hidden', '')
        self.put('notes.csv', 'a,b\n')
        out = self.clean()
        self.assertIn('note: no archive has the numbers 4 to 6\n', out)
        self.assertIn('note: README.md: is not an archive', out)
        self.assertIn('note: 000003-a.tar.sha256: is not an archive', out)
        self.assertEqual(out.count('note: '), 3, out)
        self.assertIn('2 archives', out)

    def test_the_subject_may_be_missing(self):
        self.put('000001-a.tar', archive(image(self.top, subject=self.first), [self.first, self.base]))
        self.assertIn(f'note: 000001-a.tar: {self.first.digest}: the subject', self.clean())

    @servers.needs('ace-dt-go')
    def test_a_folder_of_the_reference_has_no_findings(self):
        source = self.registry()
        rows = [('a', source.push('a/1', self.first)), ('b', source.push('a/2', index(self.first, self.second)))]
        self.mirror_by_reference(rows)
        self.clean()
        self.clean('--full')


class Damaged(Verify):

    def damage(self, at, options, pattern):
        tar = archive(self.first)
        self.put('000001-a.tar', changed(tar, at))
        return self.finds(9, pattern, *options)

    def test_a_byte_in_a_blob_is_found_by_the_full_check_wherever_it_is(self):
        self.base = noise(5_000_000, 'large')
        self.first = image(self.base)
        begin = archive(self.first).index(self.base.data)
        for at in (0, 40_000, 65_535, 2_500_000, 4_934_464, 4_999_999):
            with self.subTest(at=at):
                found = self.damage(begin + at, ['--full'],
                                    f'^damaged: 000001-a.tar: {self.base.digest}: has the digest sha256:')
                self.assertEqual(len(found), 1)
                self.clean()  # the quick check reads no blobs

    def test_a_byte_in_a_manifest_is_found_by_the_quick_check(self):
        begin = archive(self.first).index(self.first.data)
        for at in (0, len(self.first.data) // 2, len(self.first.data) - 1):
            for options in ([], ['--full']):
                self.damage(begin + at, options, f'^damaged: 000001-a.tar: {self.first.digest}: has the digest sha256:')

    def test_a_byte_in_an_index_json_of_batch_serialize_is_found(self):
        source = self.registry()
        self.mirror([('a', source.push('a', self.first))])
        [file] = self.archives()
        tar = (self.folder / file).read_bytes()
        shutil.rmtree(self.folder / '.ace-dt')
        for begin in (tar.index(b'{\n  "schemaVersion"'), tar.rindex(b'{\n  "schemaVersion"')):
            end = tar.index(b'\n}\0', begin)
            for at in range(begin, end, 13):
                with self.subTest(at=at):
                    self.put(file, changed(tar, at))
                    self.assertIn(self.verify().code, (5, 9))

    def test_a_byte_in_a_header_is_found(self):
        tar = archive(self.first)
        begin = tar.index(path_of(self.base).encode())
        for at in (0, 30, 110, 130, 150, 300):
            self.damage(begin + at, [], '^damaged: 000001-a.tar: not a tar archive')

    def test_a_byte_in_a_frame_is_found(self):
        tar = archive(self.first)
        source = self.registry()
        rows = [('a', source.push('a', self.first))]
        for compression in ('zstd', 'gzip'):
            shutil.rmtree(self.folder, ignore_errors=True)
            self.mirror(rows, '--compression', compression)
            [file] = self.archives()
            data = (self.folder / file).read_bytes()
            for at in (len(data) // 3, len(data) - 3):
                with self.subTest(compression=compression, at=at):
                    self.put(file, changed(data, at))
                    options = ['--full'] if compression == 'zstd' else []
                    self.finds(9, f'^damaged: {file}: ', *options)
        self.assertGreater(len(tar), 0)

    def test_a_cut_file_is_found(self):
        tar = archive(self.first)
        for name, data in (('000001-a.tar', tar), ('000001-a.tar.gz', gzip.compress(tar))):
            for size in (0, 1, 511, 512, len(data) // 2, len(data) - 1025, len(data) - 5):
                with self.subTest(name=name, size=size):
                    shutil.rmtree(self.folder, ignore_errors=True)
                    self.put(name, data[:size])
                    self.finds(9, f'(?m)^damaged: {name}: (truncated|cannot be decoded)')

    def test_zeros_are_not_an_archive(self):
        self.put('000001-a.tar', bytes(100_000))
        self.finds(9, 'it has no index.json')

    def test_a_missing_end_marker_and_bytes_after_it_are_found(self):
        tar = archive(self.first)
        self.put('000001-a.tar', tar[:-1024])
        self.finds(9, 'truncated: no end-of-archive marker')
        for more in (b'x', bytes(5000) + b'x', tar):
            self.put('000001-a.tar', tar + more)
            self.finds(9, 'after the end-of-archive marker')
        self.put('000001-a.tar', tar + bytes(10_240))  # as tape writers do
        self.clean()

    def test_the_tracker_has_another_digest_or_artifact(self):
        self.two_archives()
        for row, what in ((f'000001-a.tar,reg/a:1,{self.second.digest}', 'digest'),
                          (f'000001-a.tar,reg/x:1,{self.first.digest}', 'artifact')):
            self.put('record-keeping.csv', f'sync_name,artifact,digest\n{row}\n')
            self.finds(9, f'^damaged: 000001-a.tar: its root has the {what} .* but the tracker says')

    def test_the_ledger_has_another_size_or_digest(self):
        self.two_archives()
        size = os.path.getsize(self.folder / '000001-a.tar')
        for text in (f'archive {size + 1} "000001-a.tar"\nend 0\n',
                     f'archive {size} "000001-a.tar"\nmade {self.second.digest} "reg/a:1"\nend 0\n'):
            self.put('.ace-dt/ledger', 'ace-dt ledger 2\n' + text)
            self.finds(9, '^damaged: 000001-a.tar: .* but the ledger says')

    def test_two_files_with_one_number(self):
        self.two_archives()
        self.put('000002-c.tar', archive(self.first))
        self.finds(9, '^damaged: 000002-c.tar: 000002-b.tar: has the same number as')

    def test_damage_in_the_index_or_the_layout(self):
        root = self.first.described(annotations={REF_NAME: 'reg/a:1'})
        blobs = b''.join(blob_entry(one) for one in self.first.walk())
        layout = entry('oci-layout', LAYOUT)
        for tar, says in (
                (layout + blobs, 'it has no index.json'),
                (layout + blobs + entry('index.json', b'{}{'), 'index.json: '),
                (layout + blobs + entry('index.json', b'[]'), 'index.json: '),
                (entry('oci-layout', b'{"imageLayoutVersion":"2.0.0"}') + index_entry(root) + blobs, 'version "2.0.0"'),
                (entry('oci-layout', b'1') + index_entry(root) + blobs, 'oci-layout: '),
                (layout + index_entry(root) + blobs + index_entry(self.second), 'different first manifests'),
                (layout + index_entry(root) + blobs + index_entry(root, a='b'), 'different annotations'),
                (layout + index_entry(self.base) + blobs, 'which is not a manifest')):
            with self.subTest(says=says):
                self.put('000001-a.tar', tar + END)
                self.finds(9, says)

    def test_all_findings_are_printed(self):
        tar = archive(index(self.first, self.second))
        for content in (self.base, self.top, self.second):
            tar = changed(tar, tar.index(content.data) + 100)
        self.put('000001-a.tar', tar)
        self.put('000002-b.tar', archive(self.first)[:-2000])
        found = self.finds(9, 'damaged: 000002-b.tar', '--full')
        self.assertEqual(len([line for line in found if '000001-a.tar' in line]), 3)

    def test_a_file_that_cannot_be_read_is_a_finding(self):
        if os.geteuid() == 0:
            self.skipTest('root reads everything')
        self.two_archives()
        os.chmod(self.folder / '000001-a.tar', 0)
        found = self.finds(9, 'damaged: 000001-a.tar: open ')
        self.assertEqual(len(found), 2)


class Incomplete(Verify):

    def test_a_missing_archive_is_named(self):
        self.two_archives()
        (self.folder / '000001-a.tar').unlink()
        self.put('record-keeping.csv', f'sync_name,artifact,digest\n000001-a.tar,reg/a:1,{self.first.digest}\n')
        [found] = self.finds(5, 'reg/a:1')
        self.assertEqual(found, f'incomplete: 000002-b.tar: 000001-a.tar: needs 000001-a.tar (reg/a:1), which is '
                                f'missing, for {self.base.digest}; carry it over, or name a record of what the other '
                                'side already has with --assume')

    def test_missing_content_of_unknown_origin_is_named_with_its_artifact(self):
        self.put('000001-a.tar', archive(self.first, [self.base]))
        self.finds(5, f'^incomplete: 000001-a.tar: {self.base.digest}: is missing: {self.first.digest}, of reg/a:1, '
                      'refers to it;')

    def test_a_missing_manifest_is_found(self):
        self.put('000001-a.tar', archive(index(self.first, self.second), list(self.first.walk())))
        self.finds(5, f'^incomplete: 000001-a.tar: {self.first.digest}: is missing')

    def test_content_of_a_later_archive_does_not_count(self):
        self.put('000001-a.tar', archive(self.second, [self.base]))
        self.put('000002-b.tar', archive(self.first))
        self.finds(5, f'{self.base.digest}: is missing: only 000002-b.tar, which has a higher number, has it')

    def test_a_partial_carry_with_what_the_other_side_has(self):
        self.two_archives()
        report = self.directory / 'report.json'
        self.clean('--report', report)
        ledger = (f'ace-dt ledger 2\narchive 9 "000001-a.tar"\nblob {self.base.digest} 200000 0 0\nend 1\n')
        (self.folder / '000001-a.tar').unlink()
        self.finds(5, 'needs 000001-a.tar')
        self.finds(5, 'needs 000001-a.tar', '--assume', self.write('other', 'sha256:' + 64 * 'a' + '\n'))
        for text in (f'# there\n\n{self.base.digest}\n', ledger,
                     'filename,artifact,timestamp\n000001-a.tar,reg/x:a,2026-11-27 11:14:52 +0000 UTC m=+1.0\n',
                     report.read_text()):
            with self.subTest(text=text[:30]):
                self.clean('--assume', self.write('assumed', text))
                self.clean('--full', '--assume', self.write('assumed', text))

    def test_the_ledger_names_the_archive_that_had_the_content(self):
        self.put('000002-b.tar', archive(self.second, [self.base]))
        self.put('.ace-dt/ledger', f'ace-dt ledger 2\narchive 9 "000001-a.tar"\nblob {self.base.digest} 200000 0 0\nend 1\n')
        self.finds(5, f'needs 000001-a.tar, which is missing, for {self.base.digest}')

    def test_content_that_a_single_file_leaves_out_is_missing(self):
        self.two_archives()
        file = self.folder / '000002-b.tar'
        self.finds(5, 'needs 000001-a.tar', path=file)
        self.clean('--assume', self.write('assumed', self.base.digest), path=file)

    def test_files_to_assume_must_be_of_a_known_kind(self):
        self.two_archives()
        for text in ('hello', '{"a": 1}', '{', 'name,artifact\na,b\n'):
            result = self.verify('--assume', self.write('assumed', text))
            self.assertEqual(result.code, 2, result.text)
            self.assertRegex(result.err, '(?m)^hint: want successful-syncs.csv')

    def test_an_archive_that_needs_a_damaged_one_says_so(self):
        self.two_archives()
        self.put('000001-a.tar', archive(self.first)[:2000])
        self.finds(9, '(?m)^incomplete: 000002-b.tar: 000001-a.tar: needs 000001-a.tar, which is damaged')

    def test_damage_outweighs_missing_content_in_the_exit_status(self):
        self.two_archives()
        (self.folder / '000001-a.tar').unlink()
        self.put('000003-c.tar', archive(self.first)[:-1024])
        self.finds(9, '(?s)incomplete: 000002-b.tar.*damaged: 000003-c.tar')


class Shards(Verify):
    """Several processes share a check."""

    def check_shards(self, count, *options, code):
        """Together, the shards find what a check without shards finds, each finding once."""
        whole = self.verify(*options, '--report', 'whole.json')
        self.assertEqual(whole.code, code, whole.text)
        codes, archives, findings = [], [], []
        for i in range(1, count + 1):
            part = self.verify(*options, '--shard', f'{i}/{count}', '--report', 'part.json')
            report = json.loads((self.directory / 'part.json').read_text())
            if jsonschema:
                jsonschema.validate(report, json.loads(SCHEMA.read_text()))
            self.assertEqual(report['shard'], f'{i}/{count}')
            codes.append(part.code)
            archives += report['archives']
            findings += report['findings']
        expected = json.loads((self.directory / 'whole.json').read_text())
        self.assertEqual(sorted(archives, key=lambda one: one['file']), expected['archives'])
        self.assertCountEqual(findings, expected['findings'])
        return codes

    def several(self, *options):
        source = self.registry()
        images = [image(self.base, noise(20_000 * (i + 1), i)) for i in range(7)]
        rows = [(f'n{i}', source.push(f'a/{i}', one)) for i, one in enumerate(images)]
        rows.append(('all', source.push('a/all', index(*images))))
        self.mirror(rows, *options)
        return images

    def test_a_clean_folder(self):
        for options in ([], ['--compression', 'zstd'], ['--compression', 'gzip'], ['--dedup', 'none']):
            with self.subTest(options=options):
                shutil.rmtree(self.folder, ignore_errors=True)
                self.several(*options)
                for depth in ([], ['--full']):
                    self.assertEqual(self.check_shards(3, *depth, code=0), [0, 0, 0])
                shutil.rmtree(self.folder / '.ace-dt')
                self.assertEqual(self.check_shards(3, '--full', code=0), [0, 0, 0])

    def test_more_shards_than_archives(self):
        self.two_archives()
        self.assertEqual(self.check_shards(5, '--full', code=0), 5 * [0])

    def test_a_damaged_byte_is_found_by_one_shard(self):
        for options in ([], ['--compression', 'zstd']):
            with self.subTest(options=options):
                shutil.rmtree(self.folder, ignore_errors=True)
                images = self.several(*options)
                file = self.archives()[4]
                data = (self.folder / file).read_bytes()
                layer = images[4].children[-1].data
                self.put(file, changed(data, data.index(layer[5_000:6_000])))
                codes = [self.verify('--full', '--shard', f'{i}/3').code for i in (1, 2, 3)]
                self.assertEqual(sorted(codes), [0, 0, 9])
                if not options:
                    self.check_shards(3, '--full', code=9)

    def test_damage_that_other_archives_suffer_from(self):
        self.two_archives()
        self.put('000001-a.tar', archive(self.first)[:2000])
        self.put('000003-c.tar', archive(self.second, [self.base]))
        self.put('000003-d.tar', archive(self.first))
        self.put('README', b'text')
        self.put('record-keeping.csv', f'sync_name,artifact,digest\n000009-x.tar,reg/a:1,{self.first.digest}\n')
        for count in (1, 2, 4):
            self.check_shards(count, '--full', code=9)

    def test_a_missing_archive(self):
        self.several()
        (self.folder / self.archives()[0]).unlink()
        self.assertIn(5, self.check_shards(3, code=5))

    def test_compressed_archives_of_other_shards_are_not_decoded_if_the_ledger_has_them(self):
        self.several('--compression', 'zstd')
        for file in self.archives():
            data = (self.folder / file).read_bytes()
            self.put(file, changed(data, len(data) // 2))  # so that decoding it would be a finding
            codes = [self.verify('--full', '--shard', f'{i}/4').code for i in range(1, 5)]
            self.assertEqual(sorted(codes), [0, 0, 0, 9], file)
            self.put(file, data)

    def test_a_ledger_that_has_more_than_the_archive_is_found(self):
        self.several('--compression', 'zstd')
        file = self.archives()[2]
        ledger = self.folder / '.ace-dt/ledger'
        head, at, rest = ledger.read_text().partition(f'"{file}"\n')
        entry, end, others = rest.partition('\nend ')
        count, _, others = others.partition('\n')
        more = f'\nblob {self.second.digest} 100 0 0\nend {int(count) + 1}\n'
        ledger.write_text(head + at + entry + more + others)
        self.finds(9, f'^damaged: {file}: {self.second.digest}: the ledger says that it has this, but it does not')
        self.assertEqual(sorted(self.check_shards(3, code=9)), [0, 0, 9])

    def test_wrong_flags(self):
        self.two_archives()
        for words in (['--checksums', 'write'], ['--against', 'reg.example.com/a']):
            self.assertIn('--shard: not with', self.verify('--shard', '1/2', *words).err)
        self.assertEqual(self.verify('--shard', '1/2', path=self.folder / '000001-a.tar').code, 2)
        self.assertEqual(self.verify('--shard', '3/2').code, 2)


class Files(Verify):

    def test_checksums_are_written_and_compared(self):
        self.two_archives()
        self.clean('--checksums', 'write')
        rows = (self.folder / 'checksums.csv').read_text().splitlines()
        data = (self.folder / '000001-a.tar').read_bytes()
        self.assertEqual(rows[:2], ['filename,size,sha256',
                                    f'000001-a.tar,{len(data)},{hashlib.sha256(data).hexdigest()}'])
        self.clean('--checksums', 'check')
        self.put('000001-a.tar', changed(data, data.index(self.base.data) + 9))
        self.finds(9, '^damaged: 000001-a.tar: checksums.csv: lists ', '--checksums', 'check')
        self.put('000001-a.tar', data)
        self.put('000003-c.tar', archive(self.first))
        self.assertIn('note: 000003-c.tar: checksums.csv: has no row for it', self.clean('--checksums', 'check'))
        (self.folder / '000003-c.tar').unlink()
        (self.folder / '000002-b.tar').unlink()
        self.finds(5, '^incomplete: 000002-b.tar: checksums.csv: ', '--checksums', 'check')

    def test_no_checksums_are_written_if_archives_are_damaged(self):
        self.put('000001-a.tar', archive(self.first)[:-1024])
        self.finds(9, 'truncated', '--checksums', 'write')
        self.assertFalse((self.folder / 'checksums.csv').exists())

    def test_the_report_is_the_same_wherever_the_folder_is(self):
        self.two_archives()
        self.put('000004-c.tar', archive(self.second, [self.base, self.top]) + b'x')
        reports = []
        for copy in ('one', 'two/deep'):
            shutil.copytree(self.folder, self.directory / copy)
            path = self.directory / 'report.json'
            self.verify('--full', '--report', path, path=self.directory / copy)
            reports.append(path.read_text())
        self.assertEqual(*reports)
        report = json.loads(reports[0])
        self.assertEqual([one['file'] for one in report['archives']], ['000001-a.tar', '000002-b.tar', '000004-c.tar'])
        self.assertEqual([one['state'] for one in report['archives']], ['complete', 'complete', 'damaged'])
        self.assertEqual(report['archives'][1]['needs'], ['000001-a.tar'])
        self.assertEqual(report['archives'][0]['digest'], self.first.digest)
        if jsonschema:
            jsonschema.validate(report, json.loads(SCHEMA.read_text()))
        self.assertEqual((report['level'], report['damaged'], report['incomplete']), ('full', 1, 0))

    def test_the_report_must_not_have_the_name_of_an_archive(self):
        self.two_archives()
        before = self.snapshot()
        self.assertEqual(self.verify('--report', self.folder / '000001-a.tar').code, 2)
        self.assertEqual(self.snapshot(), before)

    def test_wrong_options_are_refused(self):
        self.two_archives()
        for words in (['--checksums', 'make'], ['--against', 'reg.example.com/a:tag']):
            self.assertEqual(self.verify(*words).code, 2)
        self.assertEqual(self.verify(path=self.directory / 'none').code, 2)
        self.assertEqual(self.verify('--checksums', 'check', path=self.folder / '000001-a.tar').code, 2)


if __name__ == '__main__':
    support.main()
