"""Who one is to a registry: where logins are looked for, who keeps them, and what goes out."""

import base64
import json
import os
import shutil
import stat
import subprocess
import threading
import unittest

import servers
import support
from content import image, noise
from scripted import Answer, ScriptedRegistry

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
        self.said = self.mirror(self.rows).text
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
        self.write('.docker/config.json', f'{{\n  "auths": {{\n    "{self.source.host}": 7\n  }}\n}}')
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

    def test_where_a_helper_fails_the_entry_of_the_host_counts_with_a_warning(self):
        self.auth_file('.docker/config.json', ('', auth()), credsStore='missing')
        self.pulls()
        self.assertIn('docker-credential-missing is not in PATH; another login is used', self.said)


class OnlyWhatIsNeeded(support.Case):
    """What is broken and not needed for a row is at most a warning."""

    def setUp(self):
        super().setUp()
        self.environment['XDG_RUNTIME_DIR'] = str(self.directory / 'run')

    def rows(self, is_public=True):
        login = f'{USER}:{PASSWORD}'
        source = (self.registry('--auth', 'bearer') if is_public else
                  self.registry('--auth', 'basic', '--user', login, login=login))
        return source.host, [('x', source.push('a/b', image(noise(100, 1))))]

    def pulls(self, rows):
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.mirror(rows).text

    def test_a_broken_entry_of_another_registry(self):
        host, rows = self.rows(is_public=False)
        others = {'other.example': {'auth': '!!!'}, 'another.example': 7}
        self.write('.docker/config.json', json.dumps({'auths': {host: auth(), **others}, 'credHelpers': {'b.example': 1}}))
        self.assertNotIn('Warning', self.pulls(rows))

    def test_all_of_it_for_a_public_image(self):
        host, rows = self.rows()
        for text, warning in (({'auths': {host: {'auth': '!!!'}}}, 'is not base64 of user:password'),
                              ({'credsStore': 'missing'}, 'docker-credential-missing is not in PATH'),
                              ('{"auths": ', 'not JSON')):
            with self.subTest(warning=warning):
                self.write('.docker/config.json', text if isinstance(text, str) else json.dumps(text))
                self.assertRegex(self.pulls(rows), f'(?m)^Warning .*{warning}.*; no login is used$')

    def test_line_breaks_in_base64(self):
        host, rows = self.rows(is_public=False)
        text = base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()
        self.secrets.add(text)
        self.write('.docker/config.json', json.dumps({'auths': {host: {'auth': text[:8] + '\r\n' + text[8:] + '\n'}}}))
        self.assertNotIn('Warning', self.pulls(rows))

    def test_a_pipe_or_a_folder_in_place_of_a_file_does_not_block(self):
        _, rows = self.rows()
        for make in (os.mkfifo, os.mkdir):
            with self.subTest(make=make.__name__):
                path = self.directory / make.__name__ / 'config.json'
                path.parent.mkdir()
                make(path)
                self.environment['DOCKER_CONFIG'] = str(path.parent)
                self.assertRegex(self.pulls(rows), '(?m)^Warning .*/config.json.*; no login is used$')

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which('setpriv'), 'only root can be somebody else')
    def test_a_folder_of_another_user(self):
        _, rows = self.rows()
        self.directory.chmod(0o777)
        self.prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
        for folder in ('run/containers', '.docker'):
            path = self.directory / folder
            path.mkdir(parents=True)
            path.chmod(0o700)
            self.assertRegex(self.pulls(rows), f'(?m)^Warning .*{folder}.*Permission denied; no login is used$')
            path.rmdir()


class LoginsThatEnd(support.Case):
    """Helpers of clouds give secrets that are good for some hours; here, for some requests."""

    def setUp(self):
        super().setUp()
        self.uses, self.one_at_a_time = {}, threading.Lock()  # secret -> how often it was accepted
        self.tokens = set()
        self.secrets |= {'secret-1', 'secret-2', 'secret-3'}
        program = self.write('helpers/docker-credential-test', """#!/bin/sh
echo >> "$0.calls"
printf '{"Username":"ada","Secret":"secret-%s"}' $(wc -l < "$0.calls")
""")
        program.chmod(0o755)
        self.environment['PATH'] = f'{program.parent}:{os.environ["PATH"]}'
        self.write('.docker/config.json', '{"credsStore": "test"}')

    def asked(self):
        return len((self.directory / 'helpers/docker-credential-test.calls').read_text())

    def accepts(self, asked, times):
        """Whether this is the newest secret; the first one is accepted so many times."""
        kind, _, text = asked.fields.get('Authorization', '').partition(' ')
        secret = base64.b64decode(text).decode().removeprefix('ada:') if kind == 'Basic' else ''
        with self.one_at_a_time:
            uses = self.uses.get(secret, 0)
            if secret not in ('secret-1', 'secret-2') or (secret == 'secret-1' and uses >= times):
                return False
            self.uses[secret] = uses + 1
        return True

    def run_against(self, quirk):
        source = self.enterContext(ScriptedRegistry(quirk))
        self.host = source.host
        rows = [('x', source.push(image(*[noise(5000, i) for i in range(12)])))]
        self.mirror(rows, '--connections', '4')
        self.check_folder()
        self.assertEqual(self.asked(), 2)
        self.assertEqual(set(self.uses), {'secret-1', 'secret-2'})

    def test_the_registry_refuses_it(self):
        def basic(asked, _):
            if not self.accepts(asked, 5):
                return Answer(401, {'WWW-Authenticate': 'Basic realm="r"'}, b'{}')
        self.run_against(basic)

    def test_the_token_server_refuses_it(self):
        def bearer(asked, _):
            if asked.path == '/token':
                if not self.accepts(asked, 1):
                    return Answer(401, {}, b'{"errors":[{"code":"UNAUTHORIZED"}]}')
                self.tokens.add(f'Bearer t{len(self.uses)}-of-{sum(self.uses.values())}')
                return Answer(200, {}, json.dumps({'token': max(self.tokens)[7:]}).encode())
            token = asked.fields.get('Authorization', '')
            if token in self.tokens and not ('t1' in token and '/blobs/' in asked.path):
                return None
            realm = f'Bearer realm="http://{self.host}/token",service="s",scope="repository:a/b:pull"'
            return Answer(401, {'WWW-Authenticate': realm}, b'{}')
        self.run_against(bearer)


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

    def keep(self, host, start=subprocess.run, **more):
        return start([os.environ['ACE_DT'], 'login', host, '-u', USER, '--password', 'env:PASSWORD', '--no-auth-check'],
                     env={**self.environment, 'PASSWORD': PASSWORD}, cwd=self.directory, stdout=subprocess.PIPE,
                     stderr=subprocess.STDOUT, **more)

    def kept(self, file='.docker/config.json'):
        return json.loads((self.directory / file).read_text())['auths']

    def test_of_logins_at_the_same_time_none_is_lost_and_nothing_else_is_left(self):
        hosts = [f'registry-{i}.example' for i in range(16)]
        for process in [self.keep(host, subprocess.Popen) for host in hosts]:
            said, _ = process.communicate(timeout=servers.LONG_ENOUGH)
            self.assertEqual(process.returncode, 0, said)
        self.assertCountEqual(self.kept(), hosts)
        for process in [subprocess.Popen([os.environ['ACE_DT'], 'logout', host], env=self.environment,
                                         stdout=subprocess.DEVNULL) for host in hosts[1:]]:
            self.assertEqual(process.wait(timeout=servers.LONG_ENOUGH), 0)
        self.assertCountEqual(self.kept(), hosts[:1])
        self.assertEqual(os.listdir(self.directory / '.docker'), ['config.json'])

    def test_a_login_that_is_killed_leaves_the_file_whole(self):
        self.assertEqual(self.keep('first.example').returncode, 0)
        done = {'first.example'}
        for i in range(60):
            process = self.keep(f'registry-{i}.example', subprocess.Popen)
            try:
                process.communicate(timeout=0.0005 * i)
                done.add(f'registry-{i}.example')
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
            self.assertLessEqual(done, self.kept().keys())
        self.assertEqual(self.keep('last.example').returncode, 0)
        self.assertLessEqual(done | {'last.example'}, self.kept().keys())
        self.assertEqual(os.listdir(self.directory / '.docker'), ['config.json'])

    def test_links_and_the_mode_stay(self):
        (self.directory / 'dotfiles').mkdir()
        (self.directory / '.docker').mkdir()
        (self.directory / 'dotfiles/link').symlink_to('logins.json')
        (self.directory / '.docker/config.json').symlink_to('../dotfiles/link')
        self.keep('first.example')
        file = self.directory / 'dotfiles/logins.json'
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        file.chmod(0o640)
        self.keep('second.example')
        self.assertCountEqual(self.kept(), ['first.example', 'second.example'])
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o640)
        self.assertTrue((self.directory / '.docker/config.json').is_symlink() and (file.parent / 'link').is_symlink())

    @unittest.skipUnless(os.geteuid() == 0, 'only root can give files away')
    def test_the_owner_stays(self):
        self.keep('first.example')
        os.chown(self.directory / '.docker/config.json', 65534, 65534)
        self.keep('second.example')
        owner = (self.directory / '.docker/config.json').stat()
        self.assertEqual((owner.st_uid, owner.st_gid), (65534, 65534))

    def test_a_pipe_in_place_of_the_file_is_an_error_at_once(self):
        (self.directory / '.docker').mkdir()
        os.mkfifo(self.directory / '.docker/config.json')
        for words in (['login', 'a.example', '-u', USER, '--password-stdin', '--no-auth-check'], ['logout', 'a.example']):
            result = self.execute_ace_dt(*words, text=PASSWORD)
            self.assertEqual(result.code, 1, result.text)
            self.assertIn('config.json', result.err)

    def test_a_login_leaves_a_broken_entry_of_another_registry_as_it_is(self):
        self.write('.docker/config.json', '{"auths": {"other.example": {"auth": "!!!"}}}')
        self.assertEqual(self.keep('a.example').returncode, 0)
        self.assertEqual(self.kept()['other.example'], {'auth': '!!!'})

    def test_a_wrong_password_is_not_kept(self):
        result = self.log_in_here(password='wrong-password')
        self.assertEqual(result.code, 4, result.text)
        self.assertIn('the login was not saved', result.err)
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
