"""The commands that tell of the others: help, version, completion."""

import os
import pty
import select
import subprocess
import time

import servers
import support


class Commands(support.Case):

    def output(self, *words):
        result = self.execute([os.environ['ACE_DT'], *words])
        self.assertEqual(result.code, 0, result.text)
        return result.out

    def refused(self, *words):
        result = self.execute([os.environ['ACE_DT'], *words])
        self.assertEqual(result.code, 2, result.text)
        return result.err


class HelpAndVersion(Commands):

    def test_help_prints_what_the_flag_prints(self):
        for words in [], ['mirror'], ['mirror', 'batch-serialize'], ['config']:
            self.assertEqual(self.output('help', *words), self.output(*words, '--help'))

    def test_help_for_a_command_that_does_not_exist(self):
        self.assertIn('did you mean ace-dt mirror verify?', self.refused('help', 'mirror', 'verfy'))

    def test_version_prints_what_the_flag_prints(self):
        self.assertRegex(self.output('version'), r'^ace-dt \d+\.\d+\.\d+\n$')
        self.assertEqual(self.output('version'), self.output('--version'))


class Completion(Commands):

    def setUp(self):
        super().setUp()
        self.environment['PATH'] = f'{os.path.dirname(os.environ["ACE_DT"])}:{self.environment["PATH"]}'

    def script(self, shell):
        return self.write(f'completion.{shell}', self.output('completion', shell))

    def bash(self, *words):
        """What completes the last of `words`."""
        body = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ace_dt; printf "%s\\n" "${COMPREPLY[@]}"'
        result = self.execute(['bash', '-euc', f'. {self.script("bash")}; {body}', 'bash', 'ace-dt', *words])
        self.assertEqual(result.err, '')
        return result.out.split()

    def test_an_unknown_shell_is_refused(self):
        self.assertIn('SHELL: got "csh", want bash, zsh or fish', self.refused('completion', 'csh'))

    def test_bash_completes_commands(self):
        self.assertEqual(self.bash('mirror', 'ba'), ['batch-serialize', 'batch-deserialize'])
        self.assertIn('mirror', self.bash(''))
        self.assertEqual(self.bash('completion', ''), ['bash', 'zsh', 'fish'])

    def test_bash_completes_flags_and_their_values(self):
        self.assertEqual(self.bash('mirror', 'ls', '--tr'), ['--tracker-filename'])
        self.assertEqual(self.bash('mirror', 'batch-serialize', '--compression', ''), ['zstd', 'gzip', 'none'])
        self.assertEqual(self.bash('mirror', 'batch-serialize', '--compression', '=', 'z'), ['zstd'])
        self.assertEqual(self.bash('mirror', '-v', 'ls', '-o', 'j'), ['json'])

    def test_bash_leaves_files_to_itself(self):
        self.assertEqual(self.bash('mirror', 'batch-serialize', 'ga'), [])

    def test_bash_completes_when_tab_is_pressed(self):
        master, terminal = pty.openpty()
        shell = subprocess.Popen(['bash', '--norc', '-i'], stdin=terminal, stdout=terminal, stderr=terminal,
                                 env={**self.environment, 'TERM': 'dumb'}, cwd=self.directory, start_new_session=True)
        os.close(terminal)
        try:
            os.write(master, f'. {self.script("bash")}\nace-dt mirror ba\ts\t'.encode())
            self.assertIn('ace-dt mirror batch-serialize ', self.until(master, 'batch-serialize '))
        finally:
            shell.kill()
            shell.wait()
            os.close(master)

    def until(self, terminal, wanted):
        shown, end = '', time.monotonic() + servers.LONG_ENOUGH
        while wanted not in shown and select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            shown += os.read(terminal, 4096).decode().replace('\a', '')
        return shown

    @servers.needs('zsh')
    def test_zsh_can_read_its_script(self):
        self.assertEqual(self.execute(['zsh', '-n', self.script('zsh')]).text, '')

    @servers.needs('fish')
    def test_fish_completes(self):
        def fish(line):
            result = self.execute(['fish', '-c', f'source {self.script("fish")}; complete -C "{line}"'])
            return [one.partition('\t')[0] for one in result.out.splitlines()]
        self.assertEqual(fish('ace-dt mirror ba'), ['batch-deserialize', 'batch-serialize'])
        self.assertEqual(fish('ace-dt mirror ls --tr'), ['--tracker-filename'])
        self.assertEqual(fish('ace-dt mirror ls -o '), ['csv', 'json', 'table'])


if __name__ == '__main__':
    support.main()
