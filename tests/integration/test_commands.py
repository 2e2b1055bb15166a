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

    def type(self, shell, setup, keys, wanted):
        """Types `keys` into a shell, until it shows `wanted`."""
        master, terminal = pty.openpty()
        process = subprocess.Popen(shell, stdin=terminal, stdout=terminal, stderr=terminal, cwd=self.directory,
                                   env={**self.environment, 'TERM': 'dumb', 'PS1': '> '}, start_new_session=True)
        os.close(terminal)
        shown, end = '', time.monotonic() + servers.LONG_ENOUGH
        try:
            os.write(master, f'{setup}; echo re""ady\n'.encode())
            for typed, awaited in ('', 'ready\r\n'), (keys, wanted):
                os.write(master, typed.encode())
                while awaited not in shown and select.select([master], [], [], max(0, end - time.monotonic()))[0]:
                    shown += os.read(master, 4096).decode().replace('\a', '')
            self.assertIn(wanted, shown)
        finally:
            process.kill()
            process.wait()
            os.close(master)

    def test_bash_completes_when_tab_is_pressed(self):
        self.type(['bash', '--norc', '-i'], f'. {self.script("bash")}', 'ace-dt mirror ba\ts\t',
                  'ace-dt mirror batch-serialize ')

    @servers.needs('zsh')
    def test_zsh_completes_when_tab_is_pressed(self):
        script = self.script('zsh')
        self.assertEqual(self.execute(['zsh', '-n', script]).text, '')
        self.write('functions/_ace-dt', script.read_text())  # as it is installed
        self.type(['zsh', '-f', '-i'], 'fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u -D',
                  'ace-dt mirror ls --tr\t', 'ace-dt mirror ls --tracker-filename ')

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
