"""Who one is to a registry: where logins are looked for, who keeps them, and what goes out."""

import base64
import json
import os
import stat
import subprocess

import servers
import support
from content import image, noise

USER, PASSWORD = 'ada', 'correct-horse'
HELPER = '''#!/usr/bin/env python3
import json, pathlib, sys
kept = pathlib.Path(__file__).with_name('kept.json')
logins = json.loads(kept.read_text()) if kept.exists() else {{}}
text = sys.stdin.read()
with pathlib.Path(__file__).with_name('calls').open('a') as calls:
    calls.write(sys.argv[1] + ' ' + (json.loads(text)['ServerURL'] if sys.argv[1] == 'store' else text) + '\\n')
if sys.argv[1] == 'store':
    logins[json.loads(text)['ServerURL']] = json.loads(text)
    kept.write_text(json.dumps(logins))
elif sys.argv[1] == 'erase':
    logins.pop(text, None)
    kept.write_text(json.dumps(logins))
elif text in logins:
    print(json.dumps(logins[text]))
else:
    print('credentials not found in native keychain')
    sys.exit(1)
'''


def auth(user=USER, password=PASSWORD):
    return {'auth': base64.b64encode(f'{user}:{password}'.encode()).decode()}


class Credentials(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry('--auth', 'basic', '--user', f'{USER}:{PASSWORD}', login=f'{USER}:{PASSWORD}')
        self.rows = [('x', self.source.push('team/app', image(noise(100, 1))))]
        self.source.forget_requests()
        self.environment['XDG_RUNTIME_DIR'] = str(self.directory / 'run')

    def auth_file(self, name, *entries, **more):
        """`entries`: pairs of a key, to which the host is prefixed, and an entry."""
        auths = {self.source.host + key: entry for key, entry in entries}
        return str(self.write(name, json.dumps({'auths': auths, **more})))

    def helper(self, **logins):
        """docker-credential-test, in PATH; its calls."""
        folder = self.directory / 'helpers'
        program = self.write('helpers/docker-credential-test', HELPER.format())
        program.chmod(0o755)
        self.environment['PATH'] = f'{folder}:{os.environ["PATH"]}'
        self.write('helpers/kept.json', json.dumps({
            self.source.host: {'Username': user, 'Secret': secret} for user, secret in logins.items()}))
        return lambda: (folder / 'calls').read_text().split('\n')[:-1] if (folder / 'calls').exists() else []

    def new_folder(self):
        self.folders = getattr(self, 'folders', 0) + 1
        self.folder = self.directory / f'sync{self.folders}'

    def pulls(self):
        self.source.forget_requests()
        self.new_folder()
        self.mirror(self.rows)
        self.assertEqual({one.authorization for one in self.source.requests('/team/app/')}, {'basic'})

    def refused_to_pull(self):
        self.new_folder()
        return self.refused(self.rows, code=4)

    def execute_ace_dt(self, *words, text=''):
        done = subprocess.run([os.environ['ACE_DT'], *words], env=self.environment, cwd=self.directory,
                              input=text.encode(), capture_output=True, timeout=servers.LONG_ENOUGH)
        result = support.Result(done.returncode, done.stdout.decode(), done.stderr.decode())
        self.assertNotIn(PASSWORD, result.text)
        return result


class Places(Credentials):

    def test_each_of_the_usual_places_is_enough(self):
        for name in ('run/containers/auth.json', '.config/containers/auth.json', '.docker/config.json'):
            with self.subTest(name=name):
                file = self.auth_file(name, ('', auth()))
                self.pulls()
                os.unlink(file)
        self.environment['DOCKER_CONFIG'] = os.path.dirname(self.auth_file('docker/config.json', ('', auth())))
        self.pulls()

    def test_a_place_that_comes_first_counts(self):
        self.auth_file('.docker/config.json', ('', auth(password='wrong-password')))
        self.refused_to_pull()
        self.auth_file('run/containers/auth.json', ('', auth()))
        self.pulls()
        self.environment['DOCKER_CONFIG'] = os.path.dirname(
            self.auth_file('docker/config.json', ('', auth(password='wrong-password'))))
        self.refused_to_pull()
        self.environment['REGISTRY_AUTH_FILE'] = self.auth_file('podman.json', ('', auth()))
        self.pulls()
        self.environment['ACE_DT_REGISTRY_AUTH_FILE'] = self.auth_file('own.json', ('', auth(password='wrong-password')))
        self.refused_to_pull()

    def test_the_configuration_names_a_file(self):
        self.auth_file('.docker/config.json', ('', auth(password='wrong-password')))
        self.configure(f'registryAuthFile: {self.auth_file("mine.json", ("", auth()))}\n')
        self.pulls()

    def test_a_file_that_is_named_and_not_there_is_an_error(self):
        self.environment['REGISTRY_AUTH_FILE'] = '/no/such/file'
        self.assertIn('REGISTRY_AUTH_FILE: no such file: /no/such/file', self.refused(self.rows, code=2))

    def test_the_longest_key_that_fits_the_repository_counts(self):
        wrong = auth(password='wrong-password')
        self.auth_file('.docker/config.json', ('', wrong), ('/team', wrong), ('/team/app', auth()))
        self.pulls()
        self.auth_file('.docker/config.json', ('', auth()), ('/team', wrong))
        self.refused_to_pull()
        self.auth_file('.docker/config.json', ('', auth()), ('/other', wrong), ('/team/app/sub', wrong))
        self.pulls()

    def test_a_malformed_file_is_an_error_with_its_line(self):
        self.write('.docker/config.json', '{\n  "auths": {\n    "x": 7\n  }\n}')
        self.assertRegex(self.refused_to_pull(), r'/\.docker/config\.json:3: ')
        self.write('.docker/config.json', '{\n  "auths": {\n')
        self.assertRegex(self.refused_to_pull(), r'/\.docker/config\.json:[23]: ')


class Helpers(Credentials):

    def test_a_helper_of_the_host_and_one_for_all_are_asked_once(self):
        for setting in ({'credHelpers': {self.source.host: 'test'}}, {'credsStore': 'test'}):
            with self.subTest(setting=setting):
                calls = self.helper(**{USER: PASSWORD})
                before = len(calls())
                self.auth_file('.docker/config.json', **setting)
                self.pulls()
                self.assertEqual(calls()[before:], [f'get {self.source.host}'])

    def test_a_helper_that_is_missing_says_so(self):
        self.auth_file('.docker/config.json', credsStore='missing')
        error = self.refused_to_pull()
        self.assertIn(f'login of {self.source.host}: docker-credential-missing is not in PATH', error)
        self.assertRegex(error, r'/\.docker/config\.json:1: ')

    def test_a_helper_that_fails_says_what_it_said(self):
        self.helper()
        program = self.write('helpers/docker-credential-test', '#!/bin/sh\necho the vault is locked\nexit 3\n')
        self.assertEqual(stat.S_IMODE(program.stat().st_mode) & 0o100, 0o100)
        self.auth_file('.docker/config.json', credsStore='test')
        self.assertIn('docker-credential-test get failed with status 3: the vault is locked', self.refused_to_pull())

    def test_where_a_helper_has_no_login_the_entry_of_the_host_counts(self):
        self.helper()
        self.auth_file('.docker/config.json', ('', auth()), credsStore='test')
        self.pulls()


class Login(Credentials):

    def log_in_here(self, *more, password=PASSWORD):
        return self.execute_ace_dt('login', self.source.host, '-u', USER, '--password-stdin', *more, text=password + '\n')

    def test_a_login_is_kept_where_pulls_read_it_until_the_logout(self):
        self.refused_to_pull()
        result = self.log_in_here()
        self.assertEqual(result.code, 0, result.text)
        file = self.directory / '.docker/config.json'
        self.assertIn(str(file), result.out)
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.pulls()
        result = self.execute_ace_dt('logout', self.source.host)
        self.assertEqual(result.code, 0, result.text)
        self.refused_to_pull()

    @servers.needs('skopeo')
    def test_others_read_it_and_it_is_read_from_others(self):
        self.log_in_here()
        listed = subprocess.run(['skopeo', 'inspect', '--tls-verify=false', '--authfile', self.directory / '.docker/config.json',
                                 '--raw', 'docker://' + self.rows[0][1]], capture_output=True, timeout=servers.LONG_ENOUGH)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        os.unlink(self.directory / '.docker/config.json')
        file = self.directory / '.config/containers/auth.json'
        file.parent.mkdir(parents=True)
        done = subprocess.run(['skopeo', 'login', '--tls-verify=false', '--authfile', file, '-u', USER, '--password-stdin',
                               self.source.host], input=PASSWORD.encode(), capture_output=True, timeout=servers.LONG_ENOUGH)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.pulls()

    def test_a_wrong_password_is_not_kept(self):
        result = self.log_in_here(password='wrong-password')
        self.assertEqual(result.code, 4, result.text)
        self.assertIn('the login was not kept', result.err)
        self.assertFalse((self.directory / '.docker/config.json').exists())

    def test_a_registry_that_cannot_be_asked_may_be_logged_in_to_all_the_same(self):
        result = self.execute_ace_dt('login', '127.0.0.1:1', '-u', USER, '--password-stdin', text=PASSWORD)
        self.assertEqual(result.code, 6, result.text)
        result = self.execute_ace_dt('login', '127.0.0.1:1', '-u', USER, '--password-stdin', '--no-auth-check', text=PASSWORD)
        self.assertEqual(result.code, 0, result.text)

    def test_a_helper_keeps_it_where_there_is_one(self):
        calls = self.helper()
        self.auth_file('.docker/config.json', credsStore='test')
        self.assertEqual(self.log_in_here().code, 0)
        self.assertNotIn(auth()['auth'], (self.directory / '.docker/config.json').read_text())
        self.pulls()
        self.assertEqual(self.execute_ace_dt('logout', self.source.host).code, 0)
        self.assertEqual([call.split()[0] for call in calls()], ['store', 'get', 'erase'])
        self.refused_to_pull()

    def test_a_login_for_some_repositories_does_not_count_for_others(self):
        result = self.execute_ace_dt('login', self.source.host + '/team', '-u', USER, '--password-stdin', text=PASSWORD)
        self.assertEqual(result.code, 0, result.text)
        self.pulls()
        other = self.source.push('other/app', image(noise(100, 1)))
        self.refused([('y', other)], code=4)

    def test_without_a_terminal_nothing_is_asked(self):
        result = self.execute_ace_dt('login', self.source.host)
        self.assertEqual(result.code, 2, result.text)
        self.assertIn('hint: give --username', result.err)


@servers.needs('docker-registry', 'htpasswd')
class DockerRegistry(support.Case):

    def test_a_login_at_a_registry_with_htpasswd(self):
        with servers.DockerRegistry(self.directory, login=f'{USER}:{PASSWORD}') as source:
            rows = [('x', source.push('team/app', image(noise(100, 1))))]
            self.refused(rows, code=4)
            done = subprocess.run([os.environ['ACE_DT'], 'login', source.host, '-u', USER, '-p', 'env:PASSWORD'],
                                  env={**self.environment, 'PASSWORD': PASSWORD}, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.mirror(rows)
            self.check_folder()


if __name__ == '__main__':
    support.main()
