"""Registries that attack: each attack ends in a clear error, soon, in little memory, and leaves nothing behind."""

import base64
import gzip
import itertools
import json
import os
import re
import signal
import subprocess
import tempfile
import threading

import support
from content import OCI_ARTIFACT, OCI_IMAGE, OCI_INDEX, Content, blob, config, image, index, noise
from verbatim import Verbatim, answer, head
from proxies import HttpProxy
from servers import needs, self_signed

MIB = 1 << 20
ENOUGH_MEMORY = 256 * MIB  # of which Python, that starts the program, counts for some
ENOUGH_TIME = 60           # seconds; never expected
SOON = '--retries', '0', '--stall-timeout', '1s'
MANIFEST = r'GET /v2/a/b/manifests/.*'
BLOB = r'GET /v2/a/b/blobs/.*'
CHUNKED = head(Transfer_Encoding='chunked')
FULL_CHUNK = b'8000\r\n' + b' ' * 0x8000 + b'\r\n'


def claiming(size):
    """The head of an answer to HEAD."""
    return head(Content_Type=OCI_IMAGE, Docker_Content_Digest='sha256:' + 64 * 'a', Content_Length=size)


def document(text, media_type=OCI_IMAGE):
    """A manifest of exactly this text."""
    return Content(text if isinstance(text, bytes) else text.encode(), media_type)


def fields(**members):
    """Of an image, as JSON."""
    own = config([])
    return {'schemaVersion': 2, 'mediaType': OCI_IMAGE, 'config': own.descriptor, 'layers': [], **members}


def with_layer(**members):
    """An image whose only layer has a descriptor with these members."""
    return document(json.dumps(fields(layers=[{**blob(b'x').descriptor, **members}])))


class Attack(support.Case):

    def setUp(self):
        super().setUp()
        self.layer = noise(300_000, 'layer')
        self.image = image(noise(1000, 'small'), self.layer)

    def serve(self, script, root=None, **tls):
        server = self.enterContext(Verbatim(script, root or self.image, **tls))
        endpoint = {'endpoints': [f'http{"s" if tls else ""}://{server.host}']}
        self.configure(json.dumps({'registryConfig': {'registries': {server.host: endpoint}}}))
        return server

    def run_bounded(self, rows, *options):
        """As run_mirror(), and with the peak of its memory."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(self.command(rows, options, None), env=self.environment, cwd=self.directory,
                                       stdout=out, stderr=err)
            timer = threading.Timer(ENOUGH_TIME, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            result = support.Result(process.returncode, out.read().decode(), err.read().decode())
        self.assertNotEqual(result.code, -signal.SIGKILL, f'still at it after {ENOUGH_TIME} s: {result.text}')
        if 'SANITIZED' not in os.environ:
            self.assertLess(usage.ru_maxrss * 1024, ENOUGH_MEMORY)
        return result

    def attack(self, script, says, code, root=None, options=(), **tls):
        """A run that is refused with `code` and a text in which `says`, a pattern, is found; the requests it made."""
        server = self.serve(script, root, **tls)
        result = self.run_bounded([('x', server.host + '/a/b:v1')], *SOON, *options)
        self.assertEqual(result.code, code, result.text)
        self.assertRegex(result.err, f'(?m)^Error: .*({says})')
        self.assertNotRegex(result.text, '[\x00-\x09\x0b-\x1f\x7f-\x9f]')
        self.assertEqual((self.archives(), self.done()), ([], []))
        return server.requests

    def unharmed(self, script, root=None, options=(), **tls):
        """A run that comes to the right end in spite of it."""
        server = self.serve(script, root, **tls)
        result = self.run_bounded([('x', server.host + '/a/b:v1')], *SOON, *options)
        self.assertEqual(result.code, 0, result.text)
        self.assertNotRegex(result.text, '[\x00-\x09\x0b-\x1f\x7f-\x9f]')
        self.check_folder()
        return server.requests


class Framing(Attack):
    """What is no HTTP, or HTTP that two readers could take for different things (RFC 9112)."""

    def broken(self, what, says):
        self.attack({MANIFEST: what}, says, 6)

    def malformed(self, what, says='malformed HTTP'):
        """Either llhttp refuses it, which depends on its version, or a check of ours does, which says `says`."""
        self.broken(what, f'malformed HTTP|{says}')

    def test_garbage_is_no_answer(self):
        self.malformed(b'\x00\xff garbage \x1b[2J\r\n\r\n')

    def test_an_answer_of_http_0_9_is_refused(self):
        self.malformed(b'{"schemaVersion": 2}')

    def test_an_answer_of_http_2_is_refused(self):
        self.malformed(b'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n', 'version is not HTTP/1')

    def test_what_is_malformed_is_not_asked_for_again(self):
        for what in (b'\x00\xff garbage\r\n\r\n', head(Content_Length='4, 5') + b'abcd', CHUNKED + b'3\r\nabcdef\r\n0\r\n\r\n',
                     head('101 Switching Protocols', Upgrade='h2c'), head(X_Long=80_000 * 'x')):
            with self.subTest(what=what[:100]):
                asked = self.attack({f'GET .*{self.image.digest}': what}, '', 6, options=['--retries', '3'])
                self.assertEqual(len([one for one in asked if one.startswith('GET /v2/a/b/manifests/')]), 1)

    def test_what_is_cut_is_asked_for_again(self):
        asked = self.attack({f'GET .*{self.image.digest}': head(Content_Length=5) + b'abcd'}, 'gave up after 2 attempts', 6,
                            options=['--retries', '1'])
        self.assertEqual(len([one for one in asked if one.startswith('GET /v2/a/b/manifests/')]), 2)

    def test_a_head_over_64_kib_is_refused(self):
        self.broken(head(X_Long=80_000 * 'x'), 'more than 64 KiB of head')

    def test_a_head_of_endless_fields_is_refused(self):
        self.broken(itertools.chain([b'HTTP/1.1 200 OK\r\n'], itertools.repeat(b'X-More: and more\r\n')),
                    'more than 64 KiB of head')

    def test_a_head_that_comes_drop_by_drop_runs_out_of_time(self):
        hour_glass = threading.Event()

        def drops():
            yield b'HTTP/1.1 200 OK\r\nX-Slow: '
            while not hour_glass.wait(0.05):
                yield b'x'

        self.broken(lambda _: drops(), 'no progress for 2s')

    def test_a_manifest_that_comes_steadily_and_slowly_runs_out_of_time(self):
        hour_glass = threading.Event()

        def steadily():
            yield CHUNKED
            while not hour_glass.wait(0.01):
                yield b'1000\r\n' + 0x1000 * b' ' + b'\r\n'

        self.attack({'HEAD .*': head(), MANIFEST: lambda _: steadily()}, 'did not end within 2s|no progress', 6,
                    options=['--stall-timeout', '100ms'])

    def test_a_flood_of_informational_answers_is_refused(self):
        self.broken(itertools.repeat(head('100 Continue')), 'more than 64 KiB of head')

    def test_two_content_lengths_are_refused(self):
        self.malformed(b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd', 'content-length is not one number')

    def test_two_content_lengths_that_say_the_same_are_one(self):
        root = self.image
        twice = head(Content_Type=OCI_IMAGE, Content_Length=len(root.data), content_length=len(root.data))
        self.unharmed({f'GET .*{root.digest}': twice + root.data})

    def test_a_list_of_content_lengths_is_refused(self):
        self.malformed(head(Content_Length='4, 4') + b'abcd', 'content-length is not one number')

    def test_a_content_length_that_is_negative_is_refused(self):
        self.malformed(head(Content_Length='-1'), 'content-length is not one number')

    def test_a_content_length_over_2_to_the_64_is_refused(self):
        self.malformed(head(Content_Length=1 << 64), 'content-length is not one number')

    def test_a_length_beside_chunks_is_refused(self):
        self.broken(head(Transfer_Encoding='chunked', Content_Length=4) + b'4\r\nabcd\r\n0\r\n\r\n',
                    'both transfer-encoding and content-length')

    def test_a_transfer_encoding_other_than_chunked_is_refused(self):
        self.malformed(head(Transfer_Encoding='gzip, chunked') + b'0\r\n\r\n', 'transfer-encoding is not chunked')

    def test_a_folded_field_is_refused(self):
        self.malformed(b'HTTP/1.1 200 OK\r\nContent-Type: a\r\n b\r\nContent-Length: 0\r\n\r\n', 'begins with a blank')

    def test_a_nul_in_a_field_is_refused(self):
        self.malformed(b'HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 0\r\n\r\n', 'control character')

    def test_a_line_that_ends_in_lf_alone_is_refused(self):
        self.malformed(b'HTTP/1.1 200 OK\nContent-Length: 0\n\n', 'line that does not end in CR LF')

    def test_a_blank_before_the_colon_is_refused(self):
        self.malformed(b'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n', 'field name')

    def test_a_chunk_size_that_overflows_is_refused(self):
        self.malformed(CHUNKED + b'1' + 16 * b'0' + b'\r\nabc')

    def test_a_chunk_size_that_is_negative_is_refused(self):
        self.malformed(CHUNKED + b'-1\r\nabc')

    def test_a_chunk_longer_than_its_size_is_refused(self):
        self.malformed(CHUNKED + b'3\r\nabcdef\r\n0\r\n\r\n', 'chunk that does not end where its size says')

    def test_an_endless_chunk_extension_is_refused(self):
        self.broken(itertools.chain([CHUNKED, b'4;x='], itertools.repeat(1000 * b'x')), 'more than 64 KiB of head')

    def test_endless_chunks_of_a_byte_behind_kilobytes_of_extension_are_refused(self):
        self.broken(itertools.chain([CHUNKED], itertools.repeat(b'1;x=' + 8000 * b'x' + b'\r\n \r\n')), 'chunk sizes and extensions')

    def test_endless_trailers_are_refused(self):
        self.broken(itertools.chain([CHUNKED, b'2\r\n{}\r\n0\r\n'], itertools.repeat(b'X-More: and more\r\n')),
                    'more than 64 KiB of head')

    def test_a_switch_of_protocols_is_refused(self):
        self.broken(head('101 Switching Protocols', Upgrade='h2c'), 'switch to another protocol')

    def test_trailers_do_not_count_as_fields(self):
        root = self.image
        body = b'%x\r\n%s\r\n0\r\n' % (len(root.data), root.data)
        self.unharmed({f'GET .*{root.digest}': head(Content_Type=OCI_IMAGE, Transfer_Encoding='chunked') + body +
                       b'Content-Length: 1\r\nLocation: http://127.0.0.1:1/\r\n\r\n'})


class Sizes(Attack):
    """Answers that are larger than they may be, or not of the size that they say."""

    def test_a_manifest_that_says_it_is_over_8_mib_is_not_asked_for(self):
        asked = self.attack({'HEAD .*': claiming(8 * MIB + 1)}, 'manifest sha256:a*: larger than 8 MiB', 1)
        self.assertFalse([one for one in asked if one.startswith('GET /v2/a/')])

    def test_a_manifest_below_an_index_that_says_it_is_over_8_mib_is_not_asked_for(self):
        large = document('{}').described(size=8 * MIB + 1)
        asked = self.attack({}, f'manifest {large.digest}: larger than 8 MiB', 1, index(large))
        self.assertFalse([one for one in asked if large.digest in one])

    def test_a_manifest_by_tag_is_read_up_to_8_mib(self):
        endless = itertools.chain([CHUNKED], itertools.repeat(FULL_CHUNK))
        self.attack({'HEAD .*': head(), MANIFEST: endless}, 'more than 8 MiB .*GET .*/manifests/v1', 1)

    def test_a_manifest_of_a_known_size_is_not_read_beyond_it(self):
        endless = itertools.chain([CHUNKED], itertools.repeat(FULL_CHUNK))
        self.attack({MANIFEST: endless}, f'more than the .* bytes wanted .*GET .*/manifests/{self.image.digest}', 9)

    def test_an_error_is_read_up_to_1_mib(self):
        bad = head('400 Bad Request', Transfer_Encoding='chunked')
        self.attack({BLOB: lambda _: itertools.chain([bad], itertools.repeat(FULL_CHUNK))}, '400 Bad Request .*GET ', 1)

    def test_a_redirect_is_read_up_to_1_mib(self):
        endless = head('307 Temporary Redirect', Transfer_Encoding='chunked', Location='/elsewhere')
        self.attack({BLOB: lambda _: itertools.chain([endless], itertools.repeat(FULL_CHUNK))},
                    '404 Not Found .*GET .*/elsewhere', 5)

    def test_a_greeting_is_read_up_to_1_mib(self):
        self.attack({'GET /v2/': itertools.chain([CHUNKED], itertools.repeat(FULL_CHUNK))},
                    'more than 1 MiB .*GET .*/v2/', 1)

    def test_referrers_on_one_page_are_read_up_to_8_mib(self):
        page = head(Content_Type=OCI_INDEX, Transfer_Encoding='chunked')
        self.attack({'GET .*/referrers/.*': itertools.chain([page], itertools.repeat(FULL_CHUNK))},
                    'more than 8 MiB .*GET .*/referrers/', 1, options=['--recursive'])

    def test_a_body_shorter_than_its_length_is_cut(self):
        self.attack({f'GET .*{self.layer.digest}': answer(b'abc', Content_Length=300_000)},
                    'connection closed before the response ended', 6)

    def test_a_blob_that_says_it_is_larger_than_its_descriptor_is_refused(self):
        self.attack({BLOB: answer(self.layer.data + b'x')}, r'got 300001 bytes, want \d+', 9, image(self.layer))

    def test_a_blob_that_says_it_is_smaller_than_its_descriptor_is_refused(self):
        self.attack({f'GET .*{self.layer.digest}': answer(self.layer.data[:-1])}, 'got 299999 bytes, want 300000', 9)

    def test_an_endless_blob_in_chunks_is_refused_where_it_should_have_ended(self):
        endless = itertools.chain([CHUNKED], itertools.repeat(FULL_CHUNK))
        self.attack({f'GET .*{self.layer.digest}': endless}, 'more than the 300000 bytes wanted', 9)

    def test_a_blob_in_chunks_that_ends_early_is_cut(self):
        early = CHUNKED + b'3\r\nabc\r\n0\r\n\r\n'
        self.attack({f'GET .*{self.layer.digest}': early}, 'cut after 3 of 300000 bytes', 6)

    def test_a_blob_that_comes_a_byte_a_connection_is_given_up(self):
        def one_byte(request):
            first = int((re.search('Range: bytes=([0-9]+)', request) or [0, 0])[1])
            size = len(self.layer.data)
            return answer(self.layer.data[first:first + 1], status='206 Partial Content',
                          Content_Range=f'bytes {first}-{size - 1}/{size}', Content_Length=size - first)

        asked = self.attack({f'GET .*{self.layer.digest}': one_byte}, 'gave up after 2 attempts', 6,
                            options=['--retries', '1'])
        self.assertEqual(len([one for one in asked if self.layer.digest in one]), 2)

    def test_a_body_that_stands_still_is_given_up(self):
        still = threading.Event()
        self.addCleanup(still.set)
        body = (piece for piece in [head(Content_Length=300_000) + b'abc', b''] if piece or still.wait())
        self.attack({f'GET .*{self.layer.digest}': body}, 'no progress for 1s', 6)

    def test_a_manifest_is_unpacked_up_to_8_mib(self):
        bomb = gzip.compress(bytes(100 * MIB))
        self.attack({f'GET .*{self.image.digest}': answer(bomb, Content_Encoding='gzip')}, 'decodes to more than 8', 1)

    def test_a_blob_is_not_unpacked(self):
        bomb = gzip.compress(bytes(300_000))
        self.attack({f'GET .*{self.layer.digest}': answer(bomb, Content_Encoding='gzip')}, 'bytes, want 300000', 9)


class Documents(Attack):
    """Manifests that are none, or that two readers could take for different things."""

    def refuses(self, root, says, code=1):
        asked = self.attack({}, says, code, root)
        self.assertFalse([one for one in asked if '/blobs/' in one])

    def test_a_digest_that_is_a_path_is_refused(self):
        self.refuses(with_layer(digest='sha256:../../../../etc/passwd'), r'layers\[0\]\.digest: .*not 64 lower-case hex')

    def test_an_algorithm_that_is_a_path_is_refused(self):
        self.refuses(with_layer(digest='../../x:' + 64 * 'a'), r'layers\[0\]\.digest: .*neither sha256 nor sha512')

    def test_a_digest_in_a_field_that_is_a_path_does_not_count(self):
        claim = head(Content_Type=OCI_IMAGE, Docker_Content_Digest='../../../etc/passwd', Content_Length=100)
        self.unharmed({'HEAD .*': claim})

    def test_a_digest_in_a_field_that_is_of_other_content_is_found_out(self):
        claim = head(Content_Type=OCI_IMAGE, Docker_Content_Digest=self.image.digest, Content_Length=4)
        self.attack({'HEAD .*': claim}, 'bytes, want 4|more than the 4 bytes wanted', 9)

    def test_other_bytes_than_a_digest_promises_are_refused(self):
        other = self.image.data.replace(b'schemaVersion', b'schemaversion')
        self.attack({f'GET .*{self.image.digest}': answer(other)}, f'got sha256:.*, want {self.image.digest}', 9)

    def test_a_negative_size_is_refused(self):
        self.refuses(with_layer(size=-1), r'layers\[0\]\.size: -1 is negative')

    def test_a_size_over_2_to_the_63_is_refused(self):
        self.refuses(with_layer(size=1 << 63), r'layers\[0\]\.size: not a whole number of bytes below 2\^63')

    def test_a_size_that_is_no_whole_number_is_refused(self):
        self.refuses(with_layer(size=1e3), r'layers\[0\]\.size: not a whole number')

    def test_sizes_that_add_up_to_over_2_to_the_63_are_refused(self):
        layers = [{**blob(b'%d' % i).descriptor, 'size': (1 << 63) - 1} for i in range(3)]
        self.refuses(document(json.dumps(fields(layers=layers))), r'the sizes in the manifests add up to more than 2\^63 bytes')

    def test_a_size_that_no_disk_has_ends_before_anything_is_fetched(self):
        server = self.serve({}, with_layer(size=1 << 60))
        result = self.run_bounded([('x', server.host + '/a/b:v1')], *SOON)
        self.assertIn(result.code, (1, 8), result.text)  # too large for a file, or for the free space
        self.assertFalse([one for one in server.requests if '/blobs/' in one])

    def test_json_nested_without_end_is_refused(self):
        self.refuses(document('{"config":' + 1_000_000 * '[' + 1_000_000 * ']' + '}'), 'invalid JSON: .*too deep')

    def test_json_that_is_cut_is_refused(self):
        self.refuses(document(self.image.data[:-1]), 'invalid JSON')

    def test_json_that_is_no_object_is_refused(self):
        self.refuses(document('[]'), 'document: not an object')

    def test_text_that_is_not_utf_8_is_read_as_replacement_characters(self):
        self.refuses(document(b'{"mediaType": "\xff\xfe"}'), 'mediaType: got "\ufffd\ufffd"')

    def test_a_key_that_is_there_twice_is_refused(self):
        text = json.dumps(fields())
        self.refuses(document(text[:-1] + ', "layers": []}'), 'layers: duplicate key')

    def test_a_digest_that_is_there_twice_is_refused(self):
        text = json.dumps(fields(config=1))
        own = json.dumps(config([]).descriptor)
        twice = own[:-1] + ', "digest": "sha256:' + 64 * 'a' + '"}'
        self.refuses(document(text.replace('"config": 1', '"config": ' + twice)), 'config.digest: duplicate key')

    def test_an_image_that_is_an_index_too_is_refused(self):
        self.refuses(document(json.dumps(fields(manifests=[self.image.descriptor]))), 'manifests: not allowed in .*manifest')

    def test_an_index_that_is_an_image_too_is_refused(self):
        text = json.dumps(fields(mediaType=OCI_INDEX, manifests=[self.image.descriptor]))
        self.refuses(document(text, OCI_INDEX), 'config: not allowed in .*index')

    def test_an_artifact_that_is_an_image_too_is_refused(self):
        text = json.dumps(fields(mediaType=OCI_ARTIFACT, blobs=[]))
        self.refuses(document(text, OCI_ARTIFACT), 'config: not allowed in .*artifact')

    def test_an_image_that_is_sent_as_an_index_is_refused(self):
        self.refuses(document(self.image.data, OCI_INDEX), 'mediaType: got .*manifest.v1.json.*, want .*index')

    def test_an_index_that_its_parent_calls_an_image_is_refused(self):
        inner = index(self.image)
        self.refuses(index(document(inner.data, OCI_IMAGE)), 'mediaType: got .*index.*, want .*manifest')

    def test_a_manifest_that_calls_itself_something_else_is_refused(self):
        self.refuses(document(json.dumps(fields(mediaType='application/vnd.oci.image.config.v1+json'))),
                     'mediaType: got .*config.*, want .*manifest')

    def test_a_blob_that_is_named_as_a_manifest_is_refused(self):
        self.refuses(index(document(b'not JSON')), 'invalid JSON')

    def test_data_in_a_descriptor_that_is_something_else_is_refused(self):
        self.attack({}, 'the data embedded in the descriptor of .* does not match its digest', 9, with_layer(data='eQ=='))

    def test_an_annotation_with_control_characters_stays_in_the_archive(self):
        nasty = '\x1b]0;owned\x07\x1b[2J\u009b31m\u202e'
        self.unharmed({}, image(self.layer, annotations={nasty: nasty}))

    def test_a_page_of_html_is_no_manifest(self):
        page = answer(b'<html>log in</html>', Content_Type='text/html')
        self.attack({'(HEAD|GET) .*manifests.*': page}, 'not a manifest that can be mirrored: "text/html"', 1)


class Graphs(Attack):
    """Artifacts without end."""

    def test_an_index_of_a_million_children_is_refused_by_its_size(self):
        child = json.dumps(document('{}').descriptor).encode() + b','
        size = 1_000_000 * len(child)
        text = itertools.chain([answer(b'{"manifests":[', Content_Type=OCI_INDEX, Content_Length=size)],
                               itertools.repeat(child, 1_000_000))
        self.attack({'HEAD .*': head(), MANIFEST: text}, 'more than 8 MiB .*GET .*/manifests/v1', 1)

    def test_an_index_of_as_many_children_as_fit_ends_at_the_first_that_is_not_there(self):
        digests = ('sha256:%064x' % i for i in range(50_000))
        children = [{'mediaType': OCI_IMAGE, 'digest': digest, 'size': 2} for digest in digests]
        self.attack({}, '404 Not Found', 5, document(json.dumps({'manifests': children}), OCI_INDEX))

    def test_manifests_that_are_small_each_and_huge_together_are_refused(self):
        def padded(i):
            return document(json.dumps(fields(annotations={'pad': f'{i:2}' + 2 * MIB * 'x'})))

        numbers = {padded(i).digest: i for i in range(40)}
        children = [{**padded(0).descriptor, 'digest': digest} for digest in numbers]
        root = document(json.dumps({'manifests': children}), OCI_INDEX)
        script = {f'GET .*{digest}': lambda _, i=i: answer(padded(i).data) for digest, i in numbers.items()}
        self.attack(script, 'more than 64 MiB of manifests', 1, root)

    def test_an_index_that_names_itself_cannot_be_and_is_found_out(self):
        inner = index(self.image)
        cycle = answer(inner.data.replace(self.image.digest.encode(), inner.digest.encode()), Content_Type=OCI_INDEX)
        self.attack({f'GET .*{inner.digest}': cycle}, f'got sha256:.*, want {inner.digest}', 9, inner)

    def test_a_manifest_among_its_own_referrers_is_stored_once(self):
        page = json.dumps({'schemaVersion': 2, 'manifests': [self.image.descriptor]}).encode()
        self.unharmed({'GET .*/referrers/.*': answer(page, Content_Type=OCI_INDEX)}, options=['--recursive'])

    def test_referrers_of_referrers_without_end_are_refused(self):
        made = {}

        def referrers(request):
            subject = re.search('/referrers/([^ ]*)', request)[1]
            new = index(annotations={'of': subject})
            made[new.digest] = new
            return answer(index(new).data, Content_Type=OCI_INDEX)

        def fetched(request):
            found = made.get(re.search('/manifests/([^ ]*)', request)[1])
            return answer(found.data, Content_Type=OCI_INDEX) if found else answer(self.image.data)

        self.attack({'GET .*/referrers/.*': referrers, MANIFEST: fetched}, 'more than 1000 manifests deep', 1,
                    options=['--recursive'])

    def pages(self, link):
        page = json.dumps({'schemaVersion': 2, 'manifests': []}).encode()
        return lambda request: answer(page, Content_Type=OCI_INDEX, Link=f'<{link(request)}>; rel="next"')

    def test_pages_that_lead_to_themselves_are_refused(self):
        asked = self.attack({'GET .*/referrers/.*': self.pages(lambda _: '?page=1')}, 'follows itself', 1,
                            options=['--recursive'])
        self.assertEqual(len([one for one in asked if '/referrers/' in one]), 2)

    def test_pages_without_end_are_refused(self):
        count = itertools.count()
        self.attack({'GET .*/referrers/.*': self.pages(lambda _: f'?page={next(count)}')}, 'pages .* are more than 1000', 1,
                    options=['--recursive'])

    def test_pages_on_another_host_are_not_asked_for(self):
        elsewhere = self.serve({'.*': answer(b'{}')})
        script = {'GET .*/referrers/.*page=2.*': answer(json.dumps({'manifests': []}).encode(), Content_Type=OCI_INDEX),
                  'GET .*/referrers/.*': self.pages(lambda request: f'http://{elsewhere.host}/x/referrers/y?page=2')}
        self.unharmed(script, options=['--recursive'])
        self.assertEqual(elsewhere.requests, [])


class Redirects(Attack):
    """Places that one should not go to."""

    LOGIN = 'me:correct-horse'

    def redirect(self, location):
        return answer(status='307 Temporary Redirect', Location=location)

    def test_more_than_ten_redirects_are_refused(self):
        hops = itertools.count()
        asked = self.attack({'GET /(v2/a/b/blobs|hop).*': lambda _: self.redirect(f'/hop{next(hops)}')},
                            'more than ten redirects', 1, image(self.layer, config_type='x'))
        self.assertTrue(asked)

    def test_a_redirect_to_itself_ends(self):
        self.attack({BLOB: self.redirect('')}, 'more than ten redirects', 1)

    def test_a_redirect_to_a_file_is_refused(self):
        self.attack({BLOB: self.redirect('file:///etc/passwd')},
                    'redirect: url "file:///etc/passwd": does not begin with https.* .*GET ', 1)

    def test_a_redirect_with_a_user_is_refused_and_the_user_not_shown(self):
        asked = self.attack({BLOB: self.redirect('http://me:secret@127.0.0.1/')},
                            '(?!.*secret).*user information is not allowed', 1)
        self.assertTrue(asked)

    def test_a_redirect_with_a_line_break_is_no_second_field(self):
        self.attack({BLOB: b'HTTP/1.1 307 X\r\nLocation: /a\r\n\tb: c\r\nContent-Length: 0\r\n\r\n'},
                    'begins with a blank|malformed HTTP', 6)

    def test_a_redirect_with_a_control_character_is_refused(self):
        self.attack({BLOB: self.redirect('/\x85\x9b2J')}, '404 Not Found', 5)

    def test_a_redirect_without_a_place_is_an_error(self):
        self.attack({BLOB: answer(status='302 Found')}, '302.* .*GET ', 1)

    @needs('openssl')
    def test_a_redirect_from_https_to_http_is_refused(self):
        certificate, key = self_signed(self.directory)
        plain = self.serve({'.*': answer(self.layer.data)})
        self.environment['SSL_CERT_FILE'] = str(certificate)
        self.attack({BLOB: self.redirect(f'http://{plain.host}/x')}, 'redirect: from https to http is not safe.* .*GET https:', 1,
                    certificate=certificate, key=key)
        self.assertEqual(plain.requests, [])

    def check_password_stays(self, scheme, **tls):
        elsewhere = self.serve({'GET /there/.*': lambda request: answer(
            next(one.data for one in self.image.walk() if one.digest in request))}, **tls)

        def moved(request):
            if 'Authorization: Basic' not in request:
                return answer(status='401 Unauthorized', WWW_Authenticate='Basic realm="x"')
            return self.redirect(f'{scheme}://{elsewhere.host}/there/' + re.search('(sha256:[0-9a-f]*)', request)[1])

        server = self.serve({BLOB: moved})
        self.log_in(server.host, self.LOGIN)
        result = self.run_bounded([('x', server.host + '/a/b:v1')], *SOON)
        self.assertEqual(result.code, 0, result.text)
        self.assertEqual(len(elsewhere.requests), 3)
        self.assertFalse([one for one in elsewhere.requests if 'authorization' in one.lower()])

    def test_the_password_stays_at_the_host_and_port_it_is_for(self):
        self.check_password_stays('http')

    @needs('openssl')
    def test_the_password_stays_at_the_scheme_it_is_for(self):
        certificate, key = self_signed(self.directory)
        self.environment['SSL_CERT_FILE'] = str(certificate)
        self.check_password_stays('https', certificate=certificate, key=key)

    def test_a_challenge_of_another_host_gets_no_password(self):
        elsewhere = self.serve({'.*': answer(status='401 Unauthorized', WWW_Authenticate='Basic realm="x"')})
        server = self.serve({BLOB: self.redirect(f'http://{elsewhere.host}/x')})
        self.log_in(server.host, self.LOGIN)
        result = self.run_bounded([('x', server.host + '/a/b:v1')], *SOON)
        self.assertEqual(result.code, 6, result.text)  # as a link that is not good any more
        self.assertFalse([one for one in elsewhere.requests if 'authorization' in one.lower()])

    def test_a_login_that_is_refused_again_and_again_ends(self):
        refusal = answer(status='401 Unauthorized', WWW_Authenticate='Basic realm="x"')
        server = self.serve({'.*/v2/a/.*': refusal})
        self.log_in(server.host, self.LOGIN)
        result = self.run_bounded([('x', server.host + '/a/b:v1')], *SOON)
        self.assertEqual(result.code, 4, result.text)
        self.assertLess(len(server.requests), 10)


class Tokens(Attack):
    """Servers that give tokens."""

    def gives(self, token, says, code=1):
        """The token server answers with `token`."""
        def challenge(request):
            realm = 'http://%s/token' % re.search('Host: (.*)\r', request)[1]
            return answer(status='401 Unauthorized', WWW_Authenticate=f'Bearer realm="{realm}"')

        def manifests(request):
            return answer() if 'Authorization: Bearer good' in request else challenge(request)

        return self.attack({'GET /v2/': challenge, 'GET /token.*': token, '.*/v2/a/.*': manifests}, says, code)

    def test_a_token_is_read_up_to_1_mib(self):
        self.gives(itertools.chain([CHUNKED], itertools.repeat(FULL_CHUNK)), 'more than 1 MiB .*GET .*/token')

    def test_a_token_with_a_line_break_is_no_second_field(self):
        asked = self.gives(answer(json.dumps({'token': 'x\r\nX-Evil: 1'}).encode()), 'Authorization: not a valid')
        self.assertFalse([one for one in asked if 'X-Evil' in one])

    def test_a_token_that_is_no_text_is_refused(self):
        for token in (b'{"token": 7}', b'[]', b'{"token": ""}', b'\xff'):
            with self.subTest(token=token):
                self.gives(answer(token), 'the answer of the token server')

    def test_a_token_that_is_refused_again_and_again_ends(self):
        asked = self.gives(answer(b'{"token": "bad"}'), '401 Unauthorized', 4)
        self.assertLess(len(asked), 12)

    def test_a_realm_that_is_no_url_is_refused(self):
        for realm in ('file:///etc/passwd', '//x/y', 'http://me:secret@127.0.0.1/', 'javascript:x'):
            with self.subTest(realm=realm):
                challenge = answer(status='401 Unauthorized', WWW_Authenticate=f'Bearer realm="{realm}"')
                self.attack({'GET /v2/': challenge}, '(?!.*secret).*url ', 1)


    def test_a_realm_of_strangers_gets_neither_a_password_nor_an_identity_token(self):
        for entry in ({'auth': base64.b64encode(b'me:correct-horse').decode()}, {'identitytoken': 'correct-horse'}):
            for realm in ('https://evil.example/token', 'http://evil.example/token'):
                with self.subTest(entry=entry, realm=realm):
                    challenge = answer(status='401 Unauthorized', WWW_Authenticate=f'Bearer realm="{realm}"')
                    server = self.serve({'GET /v2/': challenge})
                    file = self.write('docker/config.json', json.dumps({'auths': {server.host: entry}}))
                    self.environment['DOCKER_CONFIG'] = str(file.parent)
                    result = self.run_bounded([('x', server.host + '/a/b:v1')], *SOON)
                    self.assertEqual(result.code, 4, result.text)
                    self.assertIn(f'is not given to {realm}', result.err)
                    self.assertNotIn('correct-horse', result.text)


    def test_a_realm_without_tls_gets_no_login_not_even_its_own(self):
        challenge = answer(status='401 Unauthorized', WWW_Authenticate='Bearer realm="http://auth.other.example/token"')
        server = self.serve({'GET /v2/': challenge})
        auth = base64.b64encode(b'me:correct-horse').decode()
        entries = {host: {'auth': auth} for host in (server.host, 'auth.other.example')}
        file = self.write('docker/config.json', json.dumps({'auths': entries}))
        listener = self.enterContext(HttpProxy(server.host))
        self.environment.update(DOCKER_CONFIG=str(file.parent), HTTP_PROXY=f'http://{listener.host}')
        result = self.run_bounded([('x', server.host + '/a/b:v1')], *SOON)
        self.assertEqual(result.code, 4, result.text)
        self.assertEqual(listener.log, [])


class Ranges(Attack):
    """Answers to a request for the rest of a blob."""

    def taken_up(self, second, says, code):
        """The first answer is cut; `second` answers the request for the rest."""
        def answers(request):
            return second if 'Range: ' in request else answer(self.layer.data[:100_000], ETag='"1"',
                                                              Content_Length=len(self.layer.data))

        self.attack({f'GET .*{self.layer.digest}': answers}, says, code, options=['--retries', '1'])

    def partial(self, range_, body=b'x', **more):
        return answer(body, status='206 Partial Content', Content_Range=range_, **more)

    def test_another_range_than_the_one_asked_for_is_refused(self):
        self.taken_up(self.partial('bytes 99999-299999/300000', 200_001 * b'x'), 'has another range', 6)

    def test_a_range_that_is_longer_than_what_is_left_is_refused(self):
        self.taken_up(self.partial('bytes 100000-300000/300001', 200_001 * b'x'), 'has another range', 6)

    def test_a_range_that_overflows_is_refused(self):
        self.taken_up(self.partial('bytes 100000-18446744073709551615/*'), 'has another range', 6)

    def test_a_range_that_is_backwards_is_refused(self):
        self.taken_up(self.partial('bytes 100000-5/300000'), 'has another range', 6)

    def test_an_answer_of_many_parts_is_refused(self):
        self.taken_up(answer(b'--x', status='206 Partial Content', Content_Type='multipart/byteranges; boundary=x'),
                      'has another range', 6)

    def test_another_version_than_before_is_found_out_by_its_bytes(self):
        other = self.layer.data[100_000:-1] + b'x'
        self.taken_up(self.partial('bytes 100000-299999/300000', other, ETag='"2"'), 'got sha256:.*, want sha256:', 9)

    def test_a_partial_answer_that_nobody_asked_for_is_refused_at_once(self):
        asked = self.attack({f'GET .*{self.layer.digest}': self.partial('bytes 5-9/300000', b'56789')}, 'another range', 6,
                            options=['--retries', '3'])
        self.assertEqual(len([one for one in asked if self.layer.digest in one]), 1)


class Links(Attack):
    """Symbolic links that somebody planted in the sync folder."""

    def planted(self, link):
        """A run with `link` in its folder, which leads out of it, is refused and writes nothing where it leads."""
        outside = self.directory / 'outside'
        outside.mkdir()
        place = self.folder / link
        place.parent.mkdir(parents=True)
        place.symlink_to(outside if link in ('.ace-dt', '.ace-dt/partial') else outside / 'file')
        self.attack({}, re.escape(link) + ': is a symbolic link, which is not followed', 1)
        self.assertEqual(list(outside.iterdir()), [])
        self.assertTrue(place.is_symlink())

    def test_a_link_in_place_of_the_folder_of_records_is_not_followed(self):
        self.planted('.ace-dt')

    def test_a_link_in_place_of_the_folder_of_partial_archives_is_not_followed(self):
        self.planted('.ace-dt/partial')

    def test_a_link_in_place_of_the_lock_is_not_followed(self):
        self.planted('.ace-dt/lock')

    def test_a_link_in_place_of_the_ledger_is_not_followed(self):
        self.planted('.ace-dt/ledger')

    def test_a_link_in_place_of_the_tracker_is_not_followed(self):
        self.planted('record-keeping.csv')


class Output(Attack):
    """What reaches the terminal."""

    NASTY = '\x1b]0;owned\x07\x1b[2J\u009b31m\x7f\r\n'

    def test_control_characters_in_an_error_do_not_reach_the_terminal(self):
        body = json.dumps({'errors': [{'code': self.NASTY, 'message': self.NASTY}]}, ensure_ascii=False).encode()
        raw = body.replace('\u009b'.encode(), b'\x9b')
        for text in (body, raw):
            with self.subTest(text=text):
                self.attack({BLOB: answer(text, status='403 Forbidden')}, '403 Forbidden', 4)

    def test_control_characters_in_a_media_type_do_not_reach_the_terminal(self):
        self.attack({'(HEAD|GET) .*manifests.*': answer(b'{}', Content_Type='text/\x9b31m')}, 'not a manifest', 1)

    def test_control_characters_in_a_url_of_a_foreign_layer_do_not_reach_the_terminal(self):
        self.attack({BLOB: answer(status='404 Not Found')}, '404 Not Found', 5, with_layer(urls=['http://x/' + self.NASTY]))

    def test_control_characters_do_not_reach_the_log_nor_the_trace(self):
        body = json.dumps({'errors': [{'code': self.NASTY}]}, ensure_ascii=False).encode()
        server = self.serve({BLOB: answer(body, status='503 Service Unavailable', Retry_After='0')})
        for options in (['-vv', '--debug', 'trace'], ['--no-term', '-vvv']):
            result = self.run_bounded([('x', server.host + '/a/b:v1')], '--retries', '1', *options)
            self.assertEqual(result.code, 6, result.text)
            self.assertNotRegex(result.text, '[\x00-\x09\x0b-\x1f\x7f-\x9f]')
        trace = (self.directory / 'trace/events.jsonl').read_text()
        self.assertIn('503 Service Unavailable', trace)
        self.assertNotRegex(trace, '[\x00-\x09\x0b-\x1f\x7f-\x9f]')


class Patience(Attack):
    """Retry-After that is none."""

    def test_a_wait_that_is_negative_does_not_count(self):
        self.attack({BLOB: answer(status='429 Too Many Requests', Retry_After='-5')}, '429 Too Many Requests', 7)

    def test_a_wait_that_is_huge_is_refused_at_once(self):
        for wait in ('31536000', '99999999999999999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'):
            with self.subTest(wait=wait):
                self.attack({BLOB: answer(status='503 Service Unavailable', Retry_After=wait)}, '503.*', 6,
                            options=['--retries', '5'])


if __name__ == '__main__':
    support.main()
