"""That the tests find secrets where a run shows them; every other test looks for its own."""

import os
import unittest.mock

import support

PASSWORD = 'correct-horse'


class RunsThatShowSecrets(support.Case):

    def setUp(self):
        super().setUp()
        self.log_in('reg.example.com', f'me:{PASSWORD}')
        self.folder.mkdir()

    def check_found(self, script, where):
        """A program that does this instead of a mirror."""
        program = self.write('program', f'#!/bin/sh\n{script}\n')
        program.chmod(0o755)
        with unittest.mock.patch.dict(os.environ, ACE_DT=str(program)):
            with self.assertRaisesRegex(AssertionError, where):
                self.run_mirror([('x', 'reg.example.com/a/b:v1')], '--debug', 'debug')

    def test_on_stdout(self):
        self.check_found(f'echo {PASSWORD}', f'{PASSWORD} in what it said')

    def test_on_stderr(self):
        self.check_found('echo Authorization: Basic bWU6Y29ycmVjdC1ob3JzZQ== >&2', 'bWU6.* in what it said')

    def test_in_the_tracker(self):
        self.check_found(f'echo x,{PASSWORD} > sync/{support.TRACKER}', f'{PASSWORD} in .*{support.TRACKER}')

    def test_in_the_debug_files(self):
        self.check_found(f'mkdir debug && echo {PASSWORD} > debug/events.jsonl', 'debug/events.jsonl')

    def test_in_the_environment_of_a_proxy(self):
        self.environment['HTTPS_PROXY'] = 'http://me:p4ss@proxy.example:3128'
        self.check_found('echo p4ss', 'p4ss in what it said')

    def test_a_run_that_shows_none_is_good(self):
        program = self.write('program', '#!/bin/sh\necho nothing\n')
        program.chmod(0o755)
        with unittest.mock.patch.dict(os.environ, ACE_DT=str(program)):
            self.assertEqual(self.run_mirror([]).out, 'nothing\n')


if __name__ == '__main__':
    support.main()
