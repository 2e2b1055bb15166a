"""Registries that misbehave, and what it takes to come to the right end all the same."""

import json
import shutil

import support
from content import image, noise


class RegistriesThatMisbehave(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.small, self.large = noise(1000, 'small'), noise(1_000_000, 'large')
        self.image = image(self.small, self.large)
        self.rows = [('app', self.source.push('a/app', self.image))]
        self.mirror(self.rows, folder=self.directory / 'undisturbed')
        self.source.forget_requests()

    def with_fault(self, *rules):
        """A run that comes to the same end as one without."""
        self.source.fault(*rules)
        result = self.mirror(self.rows, '-v', 'debug')
        self.assertEqual(self.snapshot(), self.snapshot(self.directory / 'undisturbed'))
        records = [json.loads(line) for line in result.err.splitlines()]
        self.failed_attempts = [record for record in records if record['msg'] == 'attempt failed']
        return result.out

    def requests_of(self, content):
        return self.source.requests(content.digest, 'GET')

    def test_an_answer_of_503_is_followed_by_another_try_when_the_registry_says(self):
        targets = '*/manifests/v1', f'*/manifests/{self.image.digest}', f'*/blobs/{self.small.digest}'
        out = self.with_fault('* /v2/ 1 status 503', *(f'* {target} 2 status 503 retry-after 0' for target in targets))
        self.assertRegex(out, f'(?m)^{self.source.host} ↦ 503 Service Unavailable.*; .* is tried again in [0-9.]+m?s$')
        for what in ('manifest v1', f'manifest {self.image.digest}', f'blob {self.small.digest}'):
            attempt = next(one for one in self.failed_attempts if one['what'] == what)
            self.assertEqual(attempt['attempt'], '1')
            self.assertRegex(attempt['why'], '503 Service Unavailable')

    def test_a_registry_that_asks_for_a_second_gets_it(self):
        out = self.with_fault(f'GET */blobs/{self.small.digest} 1 status 429 retry-after 1')
        self.assertRegex(out, f'(?m)^{self.source.host} ↦ asks for a pause of 1s; until then, no requests are sent')
        attempt, = self.failed_attempts
        self.assertRegex(attempt['why'], '429 Too Many Requests')
        self.assertRegex(attempt['delay'], '^1[.0-9]*s$')

    def test_a_connection_that_is_closed_or_reset_is_followed_by_another_try(self):
        self.with_fault(*(f'* {target} 1 {action}' for target in ('/v2/', '*/manifests/*', '*/blobs/*')
                          for action in ('drop', 'cut 0', 'reset 100')))

    def test_a_blob_that_was_cut_is_taken_up_where_it_stopped(self):
        self.with_fault(f'GET */blobs/{self.large.digest} 1 cut 600000',
                        f'GET */blobs/{self.large.digest} 1 reset 300000')
        first, second, *_ = self.requests_of(self.large)
        self.assertEqual((first.range, second.range), ('-', 'bytes=600000-'))

    def test_a_registry_without_ranges_is_read_from_the_start_again(self):
        self.with_fault(f'GET */blobs/{self.large.digest} 1 cut 600000',
                        f'GET */blobs/{self.large.digest} 1 ignore-range')

    def test_wrong_bytes_once_are_fetched_again(self):
        self.with_fault(*(f'GET */{content.digest} 1 flip 100' for content in (self.small, self.large, self.image)))

    def test_wrong_bytes_for_ever_stop_the_run_with_both_digests(self):
        self.source.fault(f'GET */{self.small.digest} * flip 100')
        error = self.refused(self.rows)
        self.assertRegex(error, f'{self.small.digest}: got sha256:[0-9a-f]*, want {self.small.digest[:19]}…')
        self.assertEqual(self.archives(), [])

    def test_a_wrong_length_once_is_no_failure(self):
        for delta in ('+10', '-10'):
            with self.subTest(delta=delta):
                shutil.rmtree(self.folder, ignore_errors=True)
                self.with_fault(*(f'GET */{content.digest} 1 length {delta}'
                                  for content in (self.small, self.large, self.image)))

    def test_answers_may_be_chunked_and_without_digests(self):
        self.with_fault('* * * chunked no-digest')

    def test_an_error_for_good_is_not_tried_again(self):
        self.source.fault(f'GET */blobs/{self.small.digest} * status 404')
        error = self.refused(self.rows)
        self.assertRegex(error, f'404 Not Found.*list.csv:2: app: {self.rows[0][1]}: GET .*{self.small.digest}')
        self.assertEqual(len(self.requests_of(self.small)), 1)

    def test_a_redirect_to_storage_is_followed_without_the_login(self):
        source = self.registry('--redirect-blobs', '--auth', 'basic', '--user', 'me:secret', login='me:secret')
        rows = [('app', source.push('a/app', self.image))]
        self.log_in(source.host, 'me:secret')
        source.forget_requests()
        self.mirror(rows)
        stored = [one for one in source.requests(method='GET') if one.listener == 'storage']
        self.assertEqual({one.authorization for one in stored}, {'-'})
        self.assertEqual(len(stored), 3)
        self.check_folder()


if __name__ == '__main__':
    support.main()
