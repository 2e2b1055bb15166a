"""Pushing archives that are larger than a tar header's octal size, 8 GiB, with many blobs. Nothing of them is kept."""

import contextlib
import hashlib
import os
import re
import socket
import subprocess
import sys
import tarfile
import unittest
import urllib.parse

import servers
import support
from content import OCI_LAYER, Content, image, index, noise
from verbatim import Verbatim

HUGE = 20_000_000_000
ZEROS = 'sha256:c3e5d415e2a12e6a97ad47e0027b1b26894f6f163fbf58f9f11e325322e12a9a'  # of that many
BLOBS = 20_000
MEBIBYTE = 1 << 20
TLS_HANDSHAKE = b'\x16'

# Runs a command, and prints its peak of resident memory in KiB. A small program has to start it: the peak of a process
# counts what the one that forked it has.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


class Discarding(Verbatim):
    """A registry that counts the bytes of what it takes, and keeps none; quick enough for tens of thousands of blobs."""

    def __init__(self):
        super().__init__({})
        self.blobs, self.manifests = {}, {}  # by digest: the bytes of each body that came

    def serve(self, connection):
        buffer, received = bytearray(MEBIBYTE), b''
        with connection, contextlib.suppress(ConnectionError):
            while True:
                while b'\r\n\r\n' not in received:
                    piece = connection.recv(65536)
                    if not piece or piece.startswith(TLS_HANDSHAKE):
                        return
                    received += piece
                head, _, body = received.partition(b'\r\n\r\n')
                length = int((re.search(rb'(?i)\ncontent-length: *(\d+)', head) or [b'', b'0'])[1])
                left = length - len(body)
                while left > 0:
                    count = connection.recv_into(buffer, min(left, len(buffer)), socket.MSG_TRUNC)  # not copied
                    if not count:
                        return
                    left -= count
                received = body[length:]
                method, target, _ = head.decode().split('\r\n', 1)[0].split(' ')
                connection.sendall(self.take(method, target, length))

    def take(self, method, target, length):
        if target == '/v2/':
            return b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'
        if method == 'POST':
            return f'HTTP/1.1 202 Accepted\r\nLocation: {target}1\r\nContent-Length: 0\r\n\r\n'.encode()
        if method == 'PUT':
            kept = self.manifests if '/manifests/' in target else self.blobs
            kept.setdefault(re.split('[/=]', urllib.parse.unquote(target))[-1], []).append(length)
            return b'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n'
        return b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'


def huge():
    """A layer of zeros, without its bytes."""
    layer = Content(b'', OCI_LAYER)
    layer.digest = ZEROS
    layer.more = {'size': HUGE}
    return layer


def write(path, root, tar_format):
    """An archive of `root`, with a hole for the layer of zeros."""
    layout = b'{"imageLayoutVersion":"1.0.0"}'
    listing = index(root).data
    entries = {'oci-layout': layout, 'index.json': listing}
    entries |= {f'blobs/sha256/{one.digest[7:]}': one.data for one in root.walk()}
    with open(path, 'wb') as file:
        for name, data in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = HUGE if name.endswith(ZEROS[7:]) else len(data)
            file.write(entry.tobuf(tar_format) + data)
            file.seek(-(-(file.tell() - len(data) + entry.size) // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE)
        file.truncate(file.tell() + 2 * tarfile.BLOCKSIZE)


@unittest.skipIf('SANITIZED' in os.environ, 'it hashes 20 GB')
class Sizes(support.Case):

    def test_a_blob_of_20_gb_among_20_000_is_pushed_in_little_memory(self):
        small = [noise(1000, i) for i in range(BLOBS)]
        images = [image(*small[:BLOBS // 2]), image(huge(), *small[BLOBS // 2:])]
        root = index(*images)
        path = self.directory / 'huge.tar'
        write(path, root, tarfile.GNU_FORMAT)
        with Discarding() as registry:
            command = [sys.executable, '-c', MEASURE, os.environ['ACE_DT'], 'mirror', 'deserialize', path,
                       f'{registry.host}/large:v1', '--connections', '64', '--quiet']
            result = subprocess.run(command, env=self.environment, capture_output=True, timeout=16 * servers.LONG_ENOUGH)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        configs = [one.children[0] for one in images]
        expected = {ZEROS: [HUGE], **{one.digest: [len(one.data)] for one in [*small, *configs]}}
        self.assertTrue(registry.blobs == expected, f'{len(registry.blobs)} blobs')  # their difference would be too long to show
        self.assertEqual(registry.manifests[root.digest], [len(root.data)])
        buffers, map_of_blobs = 64 * 256, BLOBS * 4  # KiB
        self.assertLess(int(result.stdout), buffers + map_of_blobs)

    def test_a_size_of_20_gb_is_read_in_each_form_that_tar_has_for_it(self):
        root = image(huge())
        for tar_format in tarfile.GNU_FORMAT, tarfile.PAX_FORMAT:
            with self.subTest(tar_format=tar_format):
                path = self.directory / 'huge.tar'
                write(path, root, tar_format)
                result = self.execute([os.environ['ACE_DT'], 'mirror', 'verify', path])
                self.assertEqual(result.code, 0, result.text)
                os.truncate(path, os.path.getsize(path) - 8 * tarfile.BLOCKSIZE)
                self.assertEqual(self.execute([os.environ['ACE_DT'], 'mirror', 'verify', path]).code, 9)


if __name__ == '__main__':
    support.main()
