"""Registries as they are in the field: what the specification does not have, and they do."""

import gzip
import shutil

import nginx
import servers
import support
from content import OCI_INDEX, blob, image, index, noise
from scripted import Answer, ScriptedRegistry, error

SIGNATURE = 'X-Signature=not-for-anybody'


def on(kind, quirk, times=None, method=None):
    """`quirk` for the first so many requests of that kind: manifests, blobs or referrers."""
    left = [times]

    def change(asked, answer):
        if f'/{kind}/' not in asked.path or method not in (None, asked.method) or left[0] == 0:
            return None
        if left[0]:
            left[0] -= 1
        return quirk(asked, answer)
    return change


def with_fields(**fields):
    """Those of the answer that are named so, with - for _; None takes one away."""
    named = {name.replace('_', '-'): value for name, value in fields.items()}

    def change(_, answer):
        if answer.status in (200, 206):
            answer.fields = {name: value for name, value in {**answer.fields, **named}.items() if value is not None}
    return change


def instead(*args, **options):
    return lambda *_: Answer(*args, **options)


class Quirks(support.Case):

    def setUp(self):
        super().setUp()
        self.secrets.add(SIGNATURE)
        self.small, self.large = noise(1000, 'small'), noise(300_000, 'large')
        self.image = image(self.small, self.large)

    def scripted(self, *quirks, **options):
        return self.enterContext(ScriptedRegistry(*quirks, **options))

    def check_mirrored(self, source, *options, root=None):
        """A run that ends well, with all that the image consists of; the registry, and what was said."""
        root = root or self.image
        folder = self.directory / f'sync-{len(list(self.directory.iterdir()))}'
        result = self.mirror([('x', source.push(root))], *options, folder=folder)
        archive, = self.check_folder(folder)
        for content in root.walk():
            self.assertEqual(archive.blobs[content.digest], content.data)
        return result.text

    def failed(self, source, code):
        return self.refused([('x', source.push(self.image))], '--retries', '0', code=code)


class ManifestQuirks(Quirks):

    def test_a_head_without_a_digest_is_followed_by_a_get(self):
        source = self.scripted(on('manifests', with_fields(Docker_Content_Digest=None)))
        self.check_mirrored(source)
        self.assertEqual(len(source.requests('/manifests/v1', 'GET')), 1)

    def test_a_head_that_is_refused_is_followed_by_a_get(self):
        for status in (400, 401, 403, 405, 500):
            with self.subTest(status=status):
                self.check_mirrored(self.scripted(on('manifests', instead(status), method='HEAD')))

    def test_a_head_that_says_there_is_nothing_in_it_is_followed_by_a_get(self):
        self.check_mirrored(self.scripted(on('manifests', with_fields(Content_Length='0'), method='HEAD')))

    def test_a_digest_that_is_none_does_not_count(self):
        self.check_mirrored(self.scripted(on('manifests', with_fields(Docker_Content_Digest='sha256:tbd'))))

    def test_a_digest_of_something_else_is_an_error_of_corrupt_content(self):
        other = with_fields(Docker_Content_Digest=noise(1, 'other').digest, Content_Type='text/plain')
        error_text = self.failed(self.scripted(on('manifests', other)), 9)
        self.assertRegex(error_text, f'got {self.image.digest}, want {noise(1, "other").digest}')

    def test_a_head_that_says_the_digest_of_something_else_is_found_out(self):
        other = noise(1, 'other').digest
        source = self.scripted(on('manifests', with_fields(Docker_Content_Digest=other)))
        source.contents[other] = self.image
        self.assertRegex(self.failed(source, 9), f'got {self.image.digest}, want {other}')

    def test_the_media_type_may_have_parameters_or_be_none_of_a_manifest(self):
        for media_type in (self.image.media_type + '; charset=utf-8', 'text/plain', 'application/octet-stream',
                           'application/json', None):
            with self.subTest(media_type=media_type):
                self.check_mirrored(self.scripted(on('manifests', with_fields(Content_Type=media_type))))

    def test_a_manifest_that_comes_gzip_encoded_is_decoded(self):
        def encode(_, answer):
            answer.fields['Content-Encoding'] = 'gzip'
            answer.body = gzip.compress(answer.body)
        source = self.scripted(on('manifests', encode))
        self.check_mirrored(source)
        self.assertEqual({one.fields['Accept-Encoding'] for one in source.log}, {'identity'})

    def test_a_manifest_that_is_only_said_to_be_gzip_encoded_is_good_too(self):
        self.check_mirrored(self.scripted(on('manifests', with_fields(Content_Encoding='gzip'))))

    def test_a_manifest_in_another_encoding_is_an_error_that_names_it(self):
        source = self.scripted(on('manifests', with_fields(Content_Encoding='br')))
        self.assertIn('encoded as "br", which was not asked for', self.failed(source, 1))

    def test_a_gzip_bomb_is_an_error(self):
        bomb = gzip.compress(bytes(20 << 20))
        source = self.scripted(on('manifests', instead(200, {'Content-Encoding': 'gzip'}, bomb)))
        self.assertIn('decodes to more than', self.failed(source, 1))

    def test_a_gzip_stream_that_ends_too_early_is_an_error_of_corrupt_content(self):
        cut = gzip.compress(bytes(1000))[:-9]
        source = self.scripted(on('manifests', instead(200, {'Content-Encoding': 'gzip'}, cut)))
        self.assertIn('gzip: ends too early', self.failed(source, 9))

    def test_a_page_for_people_is_not_taken_for_a_manifest(self):
        page = instead(200, {'Content-Type': 'text/html; charset=utf-8'}, b'<html>Please log in</html>')
        error_text = self.failed(self.scripted(on('manifests', page)), 1)
        self.assertIn('not a manifest that can be mirrored: "text/html"', error_text)
        self.assertIn('hint: the registry answered with an HTML page', error_text)

    def test_answers_without_content_are_errors(self):
        for status in (204, 304):
            with self.subTest(status=status):
                self.assertIn(f': {status}', self.failed(self.scripted(on('manifests', instead(status))), 1))

    def test_a_newline_at_the_end_counts(self):
        def add_newline(_, answer):
            answer.body += b'\n'
        error_text = self.failed(self.scripted(on('manifests', add_newline, method='GET')), 9)
        self.assertIn(f'more than the {len(self.image.data)} bytes wanted', error_text)

    def test_what_is_not_there_may_be_forbidden_so_the_next_endpoint_is_asked(self):
        lacking, source = self.scripted(on('manifests', instead(403))), self.scripted()
        source.push(self.image)
        endpoints = f'["http://{lacking.host}", "http://{source.host}"]'
        self.configure(f'registryConfig: {{registries: {{reg.example.com: {{endpoints: {endpoints}}}}}}}\n')
        self.mirror([('x', 'reg.example.com/a/b:v1')])
        self.check_folder()

    def test_a_403_says_that_it_may_mean_404(self):
        error_text = self.failed(self.scripted(on('manifests', instead(403))), 4)
        self.assertRegex(error_text, 'hint: log in with .*; some registries answer this for content that does not exist')

    def test_a_401_without_a_challenge_is_an_error_that_says_what_to_do(self):
        source = self.scripted(on('manifests', instead(401)))
        error_text = self.failed(source, 4)
        self.assertIn('401 Unauthorized', error_text)
        self.assertIn(f'hint: log in with `ace-dt login {source.host}`', error_text)


class BlobQuirks(Quirks):

    def test_answers_may_close_the_connection_be_chunked_or_end_with_it(self):
        def change(**options):
            def quirk(_, answer):
                vars(answer).update(options)
            return quirk
        for options in ({'close': True}, {'chunked': True}, {'length': False}):
            with self.subTest(options=options):
                self.check_mirrored(self.scripted(change(**options)))

    def test_a_registry_may_speak_http_1_0(self):
        self.check_mirrored(self.scripted(version='HTTP/1.0'))

    def test_a_body_that_ends_with_its_connection_and_too_early_is_taken_up(self):
        def cut(_, answer):
            answer.body, answer.length = answer.body[:500], False
        source = self.scripted(on('blobs', cut, times=2))
        self.check_mirrored(source)
        self.assertTrue([one for one in source.requests('/blobs/') if one.range and one.range[0] == 500])

    def test_a_page_for_people_is_not_taken_for_a_blob(self):
        page = instead(200, {'Content-Type': 'text/html'}, b'<html>Please log in</html>')
        error_text = self.failed(self.scripted(on('blobs', page)), 9)
        self.assertIn('hint: the registry answered with an HTML page', error_text)

    def test_an_empty_answer_is_not_taken_for_a_blob(self):
        for answer, code in ((Answer(200), 9), (Answer(204), 1), (Answer(304), 1)):
            with self.subTest(status=answer.status):
                self.failed(self.scripted(on('blobs', lambda *_, answer=answer: answer)), code)

    def test_nothing_is_asked_for_behind_the_last_byte(self):
        def break_behind_the_end(_, answer):
            answer.chunked, answer.last_chunk = True, False
        source = self.scripted(on('blobs', break_behind_the_end))
        self.assertNotIn('failed', self.check_mirrored(source))
        self.assertEqual(len(source.requests('/blobs/')), len(self.image.children))


class RangeQuirks(Quirks):
    """A blob of 20 MB comes in pieces."""

    def setUp(self):
        super().setUp()
        self.image = image(noise(20_000_000, 'huge'))

    def check_comes(self, quirk, *options):
        source = self.scripted(on('blobs', quirk))
        self.check_mirrored(source, *options)
        return source

    def test_ranges_may_be_ignored(self):
        def ignore(_, answer):
            if answer.status == 206:
                return source.contents[self.image.children[1].digest] and Answer(body=self.image.children[1].data)
        source = self.scripted(on('blobs', ignore))
        self.check_mirrored(source)
        self.assertEqual(len(source.requests(self.image.children[1].digest)), 1)

    def test_ranges_may_be_honoured_at_the_first_request_and_refused_later(self):
        def refuse(asked, _):
            return Answer(416) if asked.range and asked.range[0] > 0 else None
        self.check_comes(refuse, '--connections', '2')

    def test_all_ranges_may_be_refused(self):
        self.check_comes(lambda asked, _: Answer(416) if asked.range else None)

    def test_ranges_may_be_wrong(self):
        size = len(self.image.children[1].data)
        for field in (f'bytes */{size}', f'bytes 0-{size}/{size}', f'bytes 5-10/{size}', 'bytes 0-8388607/12', 'none',
                      None):
            with self.subTest(field=field):
                self.check_comes(with_range(field), '--connections', '2')

    def test_the_size_of_the_whole_may_be_left_open(self):
        def leave_open(_, answer):
            if answer.status == 206:
                answer.fields['Content-Range'] = answer.fields['Content-Range'].partition('/')[0] + '/*'
        source = self.check_comes(leave_open)
        self.assertGreater(len(source.requests(self.image.children[1].digest)), 1)

    def test_entity_tags_may_differ_between_the_nodes_of_a_registry(self):
        for nodes in (2, 1000):
            with self.subTest(nodes=nodes):
                asked = []

                def tag(one, answer):
                    asked.append(one)
                    answer.fields['ETag'] = f'"{len(asked) % nodes}"'
                source = self.scripted(on('blobs', tag))
                self.assertNotIn('failed', self.check_mirrored(source))
                self.assertGreater(len(source.requests(self.image.children[1].digest)), 1)

    def test_a_range_may_come_in_part(self):
        def half(asked, answer):
            if answer.status == 206 and len(answer.body) > 1_000_000:
                first, size = asked.range[0], len(self.image.children[1].data)
                half = len(answer.body) // 2
                answer.body = answer.body[:half]
                answer.fields['Content-Range'] = f'bytes {first}-{first + half - 1}/{size}'
        self.check_comes(half)


def with_range(field):
    """Answers of 206 have that Content-Range."""
    def change(_, answer):
        if answer.status == 206:
            answer.fields.pop('Content-Range')
            if field:
                answer.fields['Content-Range'] = field
    return change


class Redirects(Quirks):
    """Blobs are at another host, under signed links."""

    def setUp(self):
        super().setUp()
        self.storage = self.scripted(self.serve)
        self.fresh = set()

    def serve(self, asked, _):
        """What the storage has, for a link that was not used before."""
        query = asked.target.partition('?')[2]
        if asked.fields.get('Authorization') or SIGNATURE not in query:
            return error(400, 'InvalidRequest')
        return None

    def redirecting(self, status=307, to=None):
        source = self.scripted()
        prefix = f'http://{self.storage.host}' if to is None else to

        def redirect(asked, answer):
            if answer.status not in (200, 206) or SIGNATURE in asked.target:
                return None
            return Answer(status, {'Location': f'{prefix}{asked.path}?{SIGNATURE}&n={len(source.log)}'})
        source.quirks.append(on('blobs', redirect))
        self.storage.contents = source.contents
        return source

    def test_they_are_followed_by_every_status_that_means_it(self):
        for status in (301, 302, 303, 307, 308):
            with self.subTest(status=status):
                self.assertNotIn(SIGNATURE, self.check_mirrored(self.redirecting(status), '--debug', 'debug'))

    def test_they_may_be_relative(self):
        self.check_mirrored(self.redirecting(to=''))
        source = self.scripted()
        name = self.small.digest.partition(':')[2]

        def aside(asked, answer):
            return None if SIGNATURE in asked.target else Answer(302, {'Location': f'../blobs/sha256:{name}?{SIGNATURE}'})
        source.quirks.append(lambda asked, answer: aside(asked, answer) if name in asked.path else None)
        self.check_mirrored(source)

    def expire(self, status, first):
        """The first request to the storage for each blob of `first` finds its link expired."""
        expired = set(first)

        def refuse(asked, _):
            name = asked.path.rpartition('/')[2]
            if name not in expired:
                return None
            expired.discard(name)
            body = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'
            return Answer(status, {'Content-Type': 'application/xml'}, body)
        self.storage.quirks.append(on('blobs', refuse))

    def test_a_link_that_expired_is_asked_for_anew(self):
        for status in (400, 401, 403):
            with self.subTest(status=status):
                source = self.redirecting()
                self.expire(status, {self.small.digest, self.large.digest})
                out = self.check_mirrored(source)
                self.assertRegex(out, f'(?m)^{self.storage.host} ↦ .* is tried again in ')
                self.assertEqual(len(source.requests(self.small.digest)), 2)

    def test_also_in_the_middle_of_a_blob(self):
        huge = noise(20_000_000, 'huge')
        source, used = self.redirecting(), []

        def refuse_the_second(asked, _):
            used.append(asked)
            return Answer(403) if len(used) == 2 else None
        self.storage.quirks.append(lambda asked, _: refuse_the_second(asked, _) if huge.digest in asked.path else None)
        self.check_mirrored(source, root=image(huge))
        self.assertEqual(len(source.requests(huge.digest)), len(used))
        self.assertEqual([one.range is not None for one in used], [True] * len(used))

    def test_a_link_that_is_never_taken_is_an_error_that_says_so_without_it(self):
        source = self.redirecting()
        self.storage.quirks.append(on('blobs', instead(403)))
        error_text = self.failed(source, 6)
        self.assertRegex(error_text, f'403 Forbidden.*GET http://{self.storage.host}/v2/a/b/blobs/sha256:[0-9a-f]*')
        self.assertIn('hint: the storage refused the link', error_text)

    def test_manifests_may_be_at_redirects_too(self):
        source = self.scripted()
        self.storage.contents = source.contents
        source.quirks.append(on('manifests', lambda asked, answer: Answer(
            307, {'Location': f'http://{self.storage.host}{asked.path}?{SIGNATURE}'})))
        self.check_mirrored(source)


class ReferrersQuirks(Quirks):

    def setUp(self):
        super().setUp()
        self.sbom = image(blob(b'sbom'), subject=self.image)
        self.other = image(blob(b'other'), subject=self.image)

    def source(self, *quirks):
        source = self.scripted(*quirks)
        for one in (self.image, self.sbom, self.other):
            source.push(one, one.digest)
            source.referrers[one.digest] = []
        source.referrers[self.image.digest] = [self.sbom.descriptor, self.other.descriptor]
        return source

    def check_found(self, source, *expected):
        shutil.rmtree(self.folder, ignore_errors=True)
        result = self.mirror([('x', source.push(self.image))], '-r', '--debug', 'debug')
        archive, = self.check_folder()
        listed = [one['digest'] for one in archive.documents['index.json']['manifests']]
        self.assertEqual(listed, [self.image.digest, *(one.digest for one in expected)])
        return result

    def check_by_tag(self, answer):
        """A registry whose API gives that `answer` is one without."""
        source = self.source(on('referrers', answer))
        source.push(index(self.sbom, media_type=OCI_INDEX), self.image.digest.replace(':', '-'))
        self.check_found(source, self.sbom)

    def test_links_may_be_absolute_and_name_a_host_that_is_another_outside(self):
        for prefix in ('', 'http://registry.internal:5000', 'https://registry.internal'):
            with self.subTest(prefix=prefix):
                source = self.source(on('referrers', self.in_pages(prefix)))
                self.check_found(source, self.sbom, self.other)
                self.assertEqual(len(source.requests(f'/referrers/{self.image.digest}')), 2)

    def in_pages(self, prefix):
        """One referrer of the image in each answer."""
        def page(asked, answer):
            if self.image.digest not in asked.path:
                return
            answer.body = index(self.other if asked.target.endswith('?page=2') else self.sbom).data
            if not asked.target.endswith('?page=2'):
                answer.fields['Link'] = f'<{prefix}{asked.path}?page=2>; rel="next"'
        return page

    def test_a_page_that_follows_itself_is_an_error(self):
        source = self.source(on('referrers', lambda asked, answer: answer.fields.update(
            Link=f'<{asked.target}>; rel="next"')))
        self.assertIn('a page of a list says that it follows itself',
                      self.refused([('x', source.push(self.image))], '-r', code=1))

    def test_a_filter_that_is_said_to_be_applied_changes_nothing(self):
        self.check_found(self.source(on('referrers', with_fields(OCI_Filters_Applied='artifactType'))),
                         self.sbom, self.other)

    def test_registries_put_it_in_many_ways_that_they_have_no_api(self):
        page = Answer(200, {'Content-Type': 'text/html'}, b'<html>')
        for answer in (error(404), error(400), error(403), error(405), error(501), Answer(404), page):
            with self.subTest(status=answer.status):
                self.check_by_tag(lambda *_, answer=answer: answer)

    def test_an_api_that_fails_whatever_is_asked_of_it_is_none(self):
        source = self.source(on('referrers', instead(500)))
        result = self.mirror([('x', source.push(self.image))], '-r', '--retries', '1')
        self.assertRegex(result.out, '500 Internal Server Error.*; referrers of sha256:.* is tried again in ')

    def test_an_api_that_fails_once_is_asked_again(self):
        self.check_found(self.source(on('referrers', instead(500), times=1)), self.sbom, self.other)

    def test_what_else_has_failed_is_an_error(self):
        source = self.source(on('referrers', instead(502)))
        self.refused([('x', source.push(self.image))], '-r', '--retries', '0', code=6)

    def test_tags_that_are_not_there_may_be_forbidden_or_pages(self):
        page = Answer(200, {'Content-Type': 'text/html'}, b'<html>')
        for answer in (Answer(403), page):
            with self.subTest(status=answer.status):
                source = self.source(lambda asked, it, answer=answer: answer if it.status == 404 else None,
                                     on('tags', instead(403)))
                self.check_found(source, self.sbom, self.other)


@servers.needs('docker-registry')
class DockerRegistry(Quirks):

    def test_it_has_no_referrers_and_that_is_no_failure(self):
        source = self.enterContext(servers.DockerRegistry(self.directory))
        self.mirror([('x', source.push('a/b', self.image))], '-r')
        self.check_folder()


@servers.needs('docker-registry', 'nginx', 'openssl')
class DockerRegistryBehindNginx(Quirks):

    def check_through(self, **directives):
        """nginx with TLS and what else `directives` say."""
        certificate, key = servers.self_signed(self.directory)
        source = self.enterContext(servers.DockerRegistry(self.directory))
        proxy = self.enterContext(nginx.Nginx(self.directory, source.host, certificate, key, **directives))
        self.environment['SSL_CERT_FILE'] = str(certificate)
        self.image = image(self.small, noise(13_000_000, 'huge'))
        source.push('a/b', self.image)
        signature = image(blob(b'signature'))
        source.push('a/b', signature, self.image.digest.replace(':', '-') + '.sig')
        result = self.mirror([('x', f'{proxy.host}/a/b:v1')], '-r')
        archive, = self.check_folder()
        self.assertEqual([one['digest'] for one in archive.documents['index.json']['manifests']],
                         [self.image.digest, signature.digest])
        return result.out

    def test_as_it_is(self):
        self.assertNotIn('failed', self.check_through())

    def test_that_encodes_all_it_can(self):
        self.assertNotIn('failed', self.check_through(
            location='gzip on; gzip_types *; gzip_proxied any; gzip_min_length 1; gzip_http_version 1.0;'))

    def test_that_closes_each_connection_and_hides_ranges(self):
        self.assertNotIn('failed', self.check_through(
            server='keepalive_timeout 0;', location='max_ranges 0; proxy_set_header Range ""; '
                                                    'proxy_hide_header Docker-Content-Digest;'))

    def test_that_takes_no_head(self):
        self.assertNotIn('failed', self.check_through(server='if ($request_method = HEAD) { return 405; }'))


if __name__ == '__main__':
    support.main()
