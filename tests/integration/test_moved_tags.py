#!/usr/bin/env python3
"""Tags that move after their row was archived."""

import json
import os

import support
from content import image, noise


class MovedTags(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        self.push('app', 1)
        self.push('other', 2)
        self.rows = [(name, f'{self.source.host}/dev/{name}:v1') for name in ('app', 'other')]
        self.mirror(self.rows)

    def push(self, name, seed):
        root = image(noise(1000, seed))
        self.source.push(f'dev/{name}', root)
        return root.digest

    def requests(self, *options):
        """Of a run, without the greeting."""
        before = self.source.stats()['requests']
        self.mirror(self.rows, *options)
        return self.source.stats()['requests'] - before - 1

    def tracked(self):
        return [line.split(',') for line in (self.folder / support.TRACKER).read_text().splitlines()[1:]]

    def test_without_the_option_nothing_is_asked(self):
        self.push('app', 3)
        self.assertEqual(self.requests(), -1)
        self.assertEqual(self.archives(), ['000001-app.tar', '000002-other.tar'])

    def test_a_tag_that_has_not_moved_costs_one_request(self):
        self.assertEqual(self.requests('--check-tags'), 2)
        self.assertEqual(self.archives(), ['000001-app.tar', '000002-other.tar'])

    def test_a_tag_that_has_moved_gets_a_new_archive(self):
        digest = self.push('app', 3)
        self.mirror(self.rows, '--check-tags')
        self.assertEqual(self.tracked()[2], ['000003-app.tar', self.rows[0][1], digest])
        self.assertEqual(self.requests('--check-tags'), 2)
        self.assertEqual(len(self.archives()), 3)

    def test_a_tag_that_moves_back_gets_a_new_archive_too(self):
        self.push('app', 3)
        self.mirror(self.rows, '--check-tags')
        first = self.push('app', 1)
        self.mirror(self.rows, '--check-tags')
        self.assertEqual(self.tracked()[3][::2], ['000004-app.tar', first])

    def test_a_tag_that_has_moved_is_seen_though_its_first_archive_is_rebuilt(self):
        first, before = self.folder / '000001-app.tar', (self.folder / '000001-app.tar').read_bytes()
        first.write_bytes(before[:3000])
        digest = self.push('app', 3)
        self.mirror(self.rows, '--check-tags')
        self.assertEqual(first.read_bytes(), before)
        self.assertEqual(self.tracked()[2][::2], ['000003-app.tar', digest])

    def test_a_tag_that_is_gone_is_a_warning(self):
        gone = [('app', f'{self.source.host}/dev/app:v1'), ('gone', f'{self.source.host}/dev/gone:v1')]
        self.push('gone', 4)
        self.mirror(gone)
        self.source.fault('* /v2/dev/gone/manifests/v1 * status 404')
        result = self.mirror(gone, '--check-tags')
        self.assertIn('the tag is gone, its archive stays', result.text)

    def test_a_reference_with_a_digest_is_not_asked_for(self):
        name, artifact = self.rows[0]
        digest = self.tracked()[0][2]
        self.rows = [(name, f'{artifact}@{digest}')]
        self.mirror(self.rows)
        self.assertEqual(self.requests('--check-tags'), -1)

    def test_a_dry_run_shows_them(self):
        self.push('app', 3)
        result = self.mirror(self.rows, '--check-tags', '--dry-run', '-o', 'json')
        states = [(row['state'], row['archive']) for row in json.loads(result.out)['rows']]
        self.assertEqual(states, [('todo', '000003-app.tar'), ('done', '000002-other.tar')])

    def test_a_plan_includes_them(self):
        digest = self.push('app', 3)
        plan = self.directory / 'the.plan'
        for command in (['plan', self.write('list.csv', 'name,artifact\n' + '\n'.join(map(','.join, self.rows))),
                         self.folder, '--out', plan, '--check-tags'],
                        ['batch-serialize', '--plan', plan, '--shard', '1/1', self.folder],
                        ['commit', plan, self.folder]):
            result = self.execute([os.environ['ACE_DT'], 'mirror', *command], self.folder)
            self.assertEqual(result.code, 0, result.text)
        self.assertEqual(self.tracked()[2], ['000003-app.tar', self.rows[0][1], digest])


if __name__ == '__main__':
    support.main()
