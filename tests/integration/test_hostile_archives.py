"""Archives that attack: each check ends soon, takes little memory, names the problem, and writes nothing."""

import gzip
import hashlib
import itertools
import json
import os
import struct
import tarfile
import zlib

import support
from content import OCI_ARTIFACT, OCI_IMAGE, OCI_INDEX, Content, blob, image, noise
from test_hostile import Attack
from test_verify import END, LAYOUT, archive, blob_entry, entry, index_entry, path_of

MIB = 1 << 20
NASTY = '\x1b]0;owned\x07\x1b[2J\u009b31m\x7f\r\n'


def sealed(header):
    """A header with its checksum."""
    header = header[:148] + b' ' * 8 + header[156:]
    return header[:148] + b'%06o\0 ' % sum(header) + header[156:]


def raw_entry(name, size_field, data=b'', kind=b'0'):
    """An entry whose size field has the given 12 bytes."""
    header = bytearray(tarfile.TarInfo(name).tobuf(tarfile.USTAR_FORMAT))
    header[124:136], header[156:157] = size_field, kind
    return sealed(bytes(header)) + data + bytes(-len(data) % 512)


def pax(records, kind=b'x'):
    return entry('PaxHeaders.0/x', records, type=kind)


def record(key, value):
    rest = 3 + len(key) + len(value)
    size = rest + len(str(rest))
    size = rest + len(str(size))
    return b'%d %s=%s\n' % (size, key, value)


def zstd_rle(byte, blocks):
    """A zstd frame of `blocks` blocks, each 128 KiB of one byte in four bytes of the frame."""
    block = struct.pack('<I', 1 << 1 | (128 << 10) << 3)[:3] + byte
    last = struct.pack('<I', 1)[:3]  # empty
    return b'\x28\xb5\x2f\xfd\x00\x38' + block * blocks + last


def zstd_raw(data):
    """A zstd frame that stores `data`."""
    out = [b'\x28\xb5\x2f\xfd\x00\x58']
    for at in range(0, len(data), 1 << 17):
        piece = data[at:at + (1 << 17)]
        last = at + len(piece) == len(data)
        out.append(struct.pack('<I', last | len(piece) << 3)[:3] + piece)
    return b''.join(out)


def gzipped(*pieces):
    """Like gzip.compress(), of pieces that need not be in memory at once."""
    packer = zlib.compressobj(9, wbits=31)
    return b''.join([*map(packer.compress, itertools.chain.from_iterable(pieces)), packer.flush()])


def fake(number):
    """The name of a blob with a made-up digest."""
    return f'blobs/sha256/{number:064x}'


def descriptor(number, media_type=OCI_IMAGE, size=2):
    return {'mediaType': media_type, 'digest': f'sha256:{number:064x}', 'size': size}


def listing(*descriptors, **annotations):
    return entry('index.json', json.dumps({'schemaVersion': 2, 'manifests': list(descriptors),
                                           'annotations': annotations}).encode())


class Hostile(Attack):

    def setUp(self):
        super().setUp()
        self.layer = noise(3000, 'layer')
        self.image = image(self.layer)
        self.good = archive(self.image)
        self.layout = entry('oci-layout', LAYOUT)

    def command(self, path, options, folder):
        return [*self.prefix, os.environ['ACE_DT'], 'mirror', 'verify', *options, path]

    def examine(self, data, code, says, name='000001-a.tar'):
        """Both the quick check of a folder with this file and the full check of the file end with `code` and a finding."""
        file = self.write(f'sync/{name}', data)
        for path, *options in ([self.folder], [file, '--full']):
            result = self.run_bounded(path, *options)
            self.assertEqual(result.code, code, result.text[:3000])
            self.assertRegex(result.out, says)
            self.assertNotRegex(result.text, '[\x00-\x09\x0b-\x1f\x7f-\x9f]')
        self.assertEqual(os.listdir(self.folder), [name])
        file.unlink()

    def damaged(self, data, says, **more):
        self.examine(data, 9, f'(?m)^damaged: .*({says})', **more)

    def unharmed(self, data, says='archive', **more):
        self.examine(data, 0, says, **more)


class Headers(Hostile):

    def test_sizes_that_are_not_numbers(self):
        for size, says in ((b'77777777777\0', 'truncated in'),              # 8 GiB
                           (b'\x80\0\0\0' + b'\x7f' + 7 * b'\xff', 'truncated in'),   # 2^63 - 1
                           (b'\x80\0\0\0' + 8 * b'\xff', 'not a number'),    # 2^64 - 1
                           (12 * b'\xff', 'not a number'),                  # -1
                           (b'-0000000001\0', 'not a number'),
                           (b'0000000000x\0', 'not a number'),
                           (12 * b'9', 'not a number')):
            with self.subTest(size=size):
                self.damaged(self.layout + raw_entry(path_of(self.layer), size) + END, says)

    def test_a_pax_size_is_not_a_number(self):
        for value in (b'99999999999999999999999', b'-1', b'0x10', b'1e3', b' 1'):
            self.damaged(pax(record(b'size', value)) + self.good, 'PAX size that is not a number')

    def test_a_pax_size_beyond_the_end_of_the_file(self):
        for value in (b'9223372036854775807', b'1000000'):
            self.damaged(self.layout + pax(record(b'size', value)) + blob_entry(self.layer) + END, 'truncated in')

    def test_a_pax_size_hides_entries(self):
        """The header says 0, and the record more: the next header is content."""
        hidden = blob_entry(self.layer)
        self.examine(self.layout + pax(record(b'size', b'%d' % len(hidden))) + entry('x', b'') + hidden +
                     index_entry(self.image) + blob_entry(self.image) + END, 5, f'incomplete: .*{self.layer.digest}')

    def test_pax_records_of_wrong_length(self):
        for records in (b'9999 path=x\n', b'3 path=x\n', b'path=x\n', b'0 path=x\n', b'11 path=xy', b'99999999999999999999 a=b\n'):
            self.damaged(pax(records) + self.good, 'PAX record')

    def test_sparse_files(self):
        for key in (b'GNU.sparse.major', b'GNU.sparse.map', b'GNU.sparse.realsize'):
            self.damaged(pax(record(key, b'1')) + self.good, 'sparse')
        self.damaged(entry(path_of(self.layer), self.layer.data, type=b'S') + self.good, 'sparse')

    def test_an_extension_header_that_never_ends(self):
        self.damaged(raw_entry('x', b'77777777777\0', kind=b'x'), 'over 1 MiB')
        self.damaged(raw_entry('x', b'77777777777\0', kind=b'L'), 'over 1 MiB')
        self.damaged(20_000 * pax(record(b'path', b'x')), 'truncated')

    def test_names_of_every_kind(self):
        names = ['../../etc/passwd', '/etc/passwd', 'blobs/sha256/../../x', 'blobs/sha256/' + 64 * 'g', 'blobs/sha256/',
                 'blobs//' + 64 * 'a', './blobs/sha256/' + 63 * 'a', 'blobs/SHA256/' + 64 * 'a', NASTY[:60], 'a' * 99,
                 'index.json/', 'blobs/md5/' + 32 * 'a', 'oci-layout ', '\\blobs\\sha256\\x']
        extra = b''.join(entry(name, b'x') for name in names)
        self.unharmed(extra + self.good, 'note: .*unknown entry')

    def test_a_name_with_a_nul_and_a_very_long_one(self):
        self.damaged(pax(record(b'path', b'a\0b')) + self.good, 'NUL')
        self.unharmed(pax(record(b'path', 1_000_000 * b'x')) + self.good, 'unknown entry')
        self.unharmed(pax(record(b'path', NASTY.encode())) + self.good, 'unknown entry')

    def test_links_and_devices_do_not_stand_for_content(self):
        rest = self.layout + index_entry(self.image) + blob_entry(self.image)
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE):
            link = entry(path_of(self.layer), b'', type=kind, linkname='/etc/passwd')
            self.examine(rest + link + END, 5, f'incomplete: .*{self.layer.digest}')

    def test_a_link_in_place_of_index_json(self):
        self.damaged(self.layout + blob_entry(self.image) + entry('index.json', b'', type=tarfile.SYMTYPE, linkname='x') + END,
                     'no index.json')

    def test_a_directory_with_a_size(self):
        header = entry('blobs', b'', type=tarfile.DIRTYPE, size=0)
        self.unharmed(header + self.good)
        self.unharmed(raw_entry('blobs', b'00000010000\0', kind=b'5') + self.good)

    def test_unknown_types(self):
        for kind in b'9ZVM\x01':
            self.unharmed(entry('x', b'data', type=bytes([kind])) + self.good, 'a link or a device')

    def test_a_hundred_thousand_unknown_entries(self):
        self.unharmed(100_000 * entry('x', b'') + self.good, 'unknown entry')

    def test_random_bytes(self):
        for size in (1, 511, 512, 100_000):
            self.damaged(noise(size, 'random').data, 'not a tar archive|truncated')


class Claims(Hostile):

    def test_false_digests(self):
        self.damaged(self.layout + index_entry(self.image) + entry(path_of(self.image), b'{}') + blob_entry(self.layer) + END,
                     'has the digest|listed with')

    def test_a_manifest_with_another_size_than_is_listed(self):
        for size in (0, 1, len(self.image.data) + 1, 2**62):
            root = self.image.described(size=size)
            self.damaged(self.layout + index_entry(root) + blob_entry(self.image) + END, 'listed with')

    def test_sizes_in_json_that_are_not_valid(self):
        for size in (-1, 1.5, 2**63, 2**64, 10**30, '5', None, [], True):
            self.damaged(self.layout + listing({**descriptor(1), 'size': size}) + END, 'index.json: ')

    def test_the_same_blob_with_other_bytes_later(self):
        wrong = entry(path_of(self.layer), bytes(len(self.layer.data)))
        self.unharmed(self.good[:-1024] + wrong + END, 'occurs again')

    def test_ten_thousand_times_the_same_blob(self):
        self.unharmed(self.good[:-1024] + 10_000 * blob_entry(blob(b'')) + END, 'occurs again')

    def test_a_manifest_that_names_itself(self):
        """Its digest cannot be right."""
        text = json.dumps({'schemaVersion': 2, 'mediaType': OCI_INDEX, 'manifests': [descriptor(7, OCI_INDEX, 300)]}).encode()
        text += b' ' * (300 - len(text))
        self.damaged(self.layout + listing(descriptor(7, OCI_INDEX, 300)) + entry(fake(7), text) + END, 'has the digest')

    def test_manifests_in_a_circle(self):
        texts = []
        for number, other in ((7, 8), (8, 7)):
            text = json.dumps({'schemaVersion': 2, 'mediaType': OCI_INDEX, 'manifests': [descriptor(other, OCI_INDEX, 300)]})
            texts.append(entry(fake(number), text.encode().ljust(300)))
        self.damaged(self.layout + listing(descriptor(7, OCI_INDEX, 300)) + b''.join(texts) + END, 'has the digest')

    def test_a_chain_of_ten_thousand_manifests(self):
        last = blob(b'end')
        chain = []
        for _ in range(10_000):
            text = json.dumps({'schemaVersion': 2, 'mediaType': OCI_INDEX, 'manifests': [last.descriptor]}).encode()
            last = Content(text, OCI_INDEX)
            chain.append(last)
        tar = self.layout + index_entry(last) + blob_entry(blob(b'end')) + b''.join(map(blob_entry, chain)) + END
        self.unharmed(tar)

    def test_nested_json(self):
        for text in (5000 * b'[', b'{"a":' * 5000, b'{"manifests":' + 2000 * b'[' + 2000 * b']' + b'}'):
            self.damaged(self.layout + entry('index.json', text) + END, 'index.json: ')
        nested = Content(b'{"config":' * 3000 + b'1' + b'}' * 3000, OCI_IMAGE)
        self.damaged(self.layout + index_entry(nested) + blob_entry(nested) + END, nested.digest)

    def test_a_manifest_is_not_json(self):
        for text in (b'', b'\0', b'{', b'\xff\xfe{}', b'{"config": 5}', b'{"layers": {}}', b'[]', b'null', NASTY.encode()):
            wrong = Content(text, OCI_IMAGE)
            self.damaged(self.layout + index_entry(wrong) + blob_entry(wrong) + END, f'{wrong.digest}: ')

    def test_a_manifest_is_of_another_type(self):
        for media_type in (OCI_INDEX, OCI_ARTIFACT):
            root = Content(self.image.data, media_type)
            self.damaged(self.layout + index_entry(root) + blob_entry(root) + blob_entry(self.layer) + END, root.digest)

    def test_a_huge_manifest(self):
        huge = Content(b'{"a":"' + 9 * MIB * b'x' + b'"}', OCI_IMAGE)
        self.damaged(self.layout + index_entry(huge) + blob_entry(huge) + END, 'too large')

    def test_a_huge_index_json(self):
        self.damaged(self.layout + entry('index.json', b' ' * 9 * MIB) + END, 'more than .* is not read')
        self.damaged(entry('oci-layout', b' ' * MIB) + self.good[1024:], 'more than .* is not read')

    def test_an_index_of_thousands_of_manifests_that_are_missing(self):
        text = listing(*(descriptor(number) for number in range(30_000)))
        self.examine(self.layout + text + END, 5, 'incomplete: .*is missing')

    def test_duplicate_keys(self):
        text = json.dumps({'schemaVersion': 2, 'manifests': [self.image.descriptor]})
        self.damaged(self.layout + entry('index.json', (text[:-1] + ', "manifests": []}').encode()) + self.good[1024:],
                     'index.json|different')

    def test_invalid_declared_needs(self):
        for needs in ('[', '{}', '[1]', '"x"', '[null]'):
            self.damaged(self.layout + listing(self.image.descriptor, **{support.NEEDS: needs}) + blob_entry(self.image) +
                         blob_entry(self.layer) + END, 'index.json: ')

    def test_declared_needs_that_point_elsewhere(self):
        nasty = [NASTY, '../../etc/passwd', '000001-a.tar', '000009-z.tar', '', '/dev/zero']
        tar = self.layout + listing(self.image.descriptor, **{support.NEEDS: json.dumps(nasty)}) + blob_entry(self.image) + END
        self.examine(tar, 5, 'incomplete: .*needs ')

    def test_an_artifact_name_that_controls_the_terminal(self):
        tar = archive(self.image, [self.layer], name=NASTY)
        self.examine(tar, 5, 'is missing')


class Compressed(Hostile):

    def test_a_bomb_of_zeros(self):
        """1 GiB of zeros from 32 KiB: an end-of-archive marker, and a long tail."""
        self.damaged(zstd_rle(b'\0', 8192), 'no index.json', name='000001-a.tar.zst')

    def test_a_bomb_of_other_bytes(self):
        self.damaged(zstd_rle(b'x', 8192), 'not a tar archive', name='000001-a.tar.zst')

    def test_a_bomb_after_the_end_marker(self):
        self.damaged(zstd_raw(self.good) + zstd_rle(b'x', 8192), 'after the end-of-archive marker', name='000001-a.tar.zst')

    def test_a_bomb_of_gzip(self):
        self.damaged(gzipped(bytes(MIB) for _ in range(300)), 'no index.json', name='000001-a.tar.gz')

    def test_a_bomb_within_a_blob(self):
        """Its content is large, but has the right size."""
        zeros = bytes(128 << 10)
        digest = hashlib.sha256()
        for _ in range(2048):
            digest.update(zeros)
        header = entry(f'blobs/sha256/{digest.hexdigest()}', b'', size=2048 << 17)
        self.unharmed(zstd_raw(self.good[:-1024] + header) + zstd_rle(b'\0', 2048) + zstd_raw(END),
                      name='000001-a.tar.zst')

    def test_a_bomb_of_entries(self):
        """Many different names from a small file: it cannot hold as many digests, because digests do not compress."""
        self.damaged(gzipped(entry(fake(number), b'') for number in range(200_000)), 'names more blobs', name='000001-a.tar.gz')

    def test_a_bomb_of_digests(self):
        text = listing(*(descriptor(number) for number in range(50_000)))
        self.damaged(gzip.compress(self.layout + text + END, 9), 'names more digests', name='000001-a.tar.gz')

    def test_a_bomb_of_manifests(self):
        def one(number):
            return Content(json.dumps({'schemaVersion': 2, 'mediaType': OCI_IMAGE, 'config': descriptor(1), 'n': number,
                                       'layers': [descriptor(2)] * 25_000}).encode(), OCI_IMAGE)
        listed = listing(*(one(number).descriptor for number in range(25)))
        blobs = (blob_entry(one(number)) for number in range(25))
        self.damaged(gzipped([self.layout, listed], blobs, [END]), 'of manifests', name='000001-a.tar.gz')

    def test_windows_that_are_too_large(self):
        frame = b'\x28\xb5\x2f\xfd\x00\xf8' + b'\x01\x00\x00'
        self.damaged(frame, 'cannot be decoded', name='000001-a.tar.zst')

    def test_skippable_frames_around(self):
        skippable = b'\x50\x2a\x4d\x18' + struct.pack('<I', 5) + b'hello'
        self.unharmed(skippable + zstd_raw(self.good) + skippable, 'skippable', name='000001-a.tar.zst')
        self.damaged(b'\x50\x2a\x4d\x18\xff\xff\xff\xff' + b'x', 'truncated', name='000001-a.tar.zst')
        self.damaged(skippable * 10_000, 'truncated', name='000001-a.tar.zst')

    def test_a_file_with_many_empty_frames(self):
        empty = b'\x28\xb5\x2f\xfd\x00\x58\x01\x00\x00'
        self.unharmed(20_000 * empty + zstd_raw(self.good), name='000001-a.tar.zst')
        self.unharmed(1000 * gzip.compress(b'') + gzip.compress(self.good), name='000001-a.tar.gz')

    def test_truncated_and_concatenated(self):
        for pack, name in ((gzip.compress, '000001-a.tar.gz'), (zstd_raw, '000001-a.tar.zst')):
            packed = pack(self.good)
            self.damaged(packed[:-1], 'truncated|cannot be decoded', name=name)
            self.damaged(packed + b'x', 'truncated|cannot be decoded', name=name)
            self.damaged(packed + packed, 'after the end-of-archive marker', name=name)
            self.damaged(packed + gzip.compress(b'x')[:3] + b'zz', 'cannot be decoded|truncated', name=name)
            self.unharmed(packed + bytes(1000), name=name)

    def test_a_format_that_contradicts_the_extension(self):
        self.unharmed(gzip.compress(self.good), 'ends in .tar.zst', name='000001-a.tar.zst')
        self.unharmed(self.good, 'ends in .tar.gz', name='000001-a.tar.gz')
        self.damaged(b'\xfd7zXZ\0' + bytes(1000), 'not a tar archive', name='000001-a.tar')

    def test_the_same_through_a_pipe(self):
        for data, code in ((zstd_rle(b'\0', 8192), 9), (gzip.compress(bytes(20 * MIB)), 9), (b'', 9), (self.good, 0),
                           (self.good[:-1024], 9), (zstd_raw(self.good), 0), (noise(5000, 'x').data, 9)):
            path = self.write('input', data)
            self.prefix = ['sh', '-c', 'exec "$@" < ' + str(path), 'sh']
            result = self.run_bounded('-')
            self.assertEqual(result.code, code, result.text)


del Attack


if __name__ == '__main__':
    support.main()
