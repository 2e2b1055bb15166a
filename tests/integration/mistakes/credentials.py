"""Logins, where they come from, and the commands login and logout."""

import base64

from scripted import Answer, ScriptedRegistry, error

from . import LOGIN, MIRROR, Mistake, as_another_user, registry, scripted, sh


def auth(login):
    return base64.b64encode(login.encode()).decode()


def config(text):
    return {'.docker/config.json': text}


def helper(script):
    def set_up(world):
        world.write('bin/docker-credential-test', '#!/bin/sh\n' + script).chmod(0o755)
        world.environment['PATH'] = f'{world.directory}/bin:{world.environment["PATH"]}'
    return set_up


PRIVATE = registry('--auth', 'basic', '--user', LOGIN, login=LOGIN)
BEARER = registry('--auth', 'bearer', '--user', LOGIN, login=LOGIN)
STORE = config('{"credsStore": "test"}')


def tokens(answer):
    """A registry that wants a token, and answers requests for one with `answer`. It accepts none."""
    def set_up(world):
        source = world.enterContext(ScriptedRegistry())
        challenge = f'Bearer realm="http://{source.host}/token",service="s",scope="repository:a/b:pull"'
        refusal = Answer(401, {'WWW-Authenticate': challenge})
        source.quirks.append(lambda asked, _: answer if asked.path == '/token' else refusal)
        world.names['REGISTRY'] = source.host
    return set_up


L = 'ace-dt login REGISTRY'
MISTAKES = [
    Mistake('no login', MIRROR, 4, '''
Error: 401 Unauthorized: unauthorized: authentication required (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: log in with `ace-dt login REGISTRY`, or check what the account may do there; some registries answer this for content that does not exist
''', [PRIVATE]),
    Mistake('no login for a token', MIRROR, 4, '''
Error: 401 Unauthorized: unauthorized: wrong user or password (list.csv:2: app: REGISTRY/a/b:v1: token for a/b: GET http://REGISTRY/token)
hint: log in with `ace-dt login REGISTRY`, or check what the account may do there; some registries answer this for content that does not exist
''', [BEARER]),
    Mistake('a wrong password', MIRROR, 4, '''
Error: 401 Unauthorized: unauthorized: authentication required (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: log in with `ace-dt login REGISTRY`, or check what the account may do there; some registries answer this for content that does not exist
''', [PRIVATE], config('{"auths": {"REGISTRY": {"auth": "%s"}}}' % auth('ada:wrong-horse'))),
    Mistake('a wrong password for a token', MIRROR, 4, '''
Error: 401 Unauthorized: unauthorized: wrong user or password (list.csv:2: app: REGISTRY/a/b:v1: token for a/b: GET http://REGISTRY/token)
hint: log in with `ace-dt login REGISTRY`, or check what the account may do there; some registries answer this for content that does not exist
''', [BEARER], config('{"auths": {"REGISTRY": {"auth": "%s"}}}' % auth('ada:wrong-horse'))),
    Mistake('a token that is never accepted', MIRROR, 4, '''
Error: 401 Unauthorized (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: log in with `ace-dt login REGISTRY`, or check what the account may do there; some registries answer this for content that does not exist
''', [tokens(Answer(200, {'Content-Type': 'application/json'}, b'{"token": "abc"}'))]),
    Mistake('a token server that fails', MIRROR, 6, '''
Error: 500 Internal Server Error: unknown: so it is (list.csv:2: app: REGISTRY/a/b:v1: token for a/b: GET http://REGISTRY/token)
hint: the registry, or a proxy in front of it, has a problem: run the same command again later, and ask who runs the registry if it stays
''', [tokens(error(500))]),
    Mistake('a token server with 404', MIRROR, 5, '''
Error: 404 Not Found: unknown: so it is (list.csv:2: app: REGISTRY/a/b:v1: token for a/b: GET http://REGISTRY/token)
hint: check that REGISTRY is a registry, and its path in the configuration file, if it has one
''', [tokens(error(404))]),
    Mistake('a token server with 403', MIRROR, 4, '''
Error: 403 Forbidden: denied: so it is (list.csv:2: app: REGISTRY/a/b:v1: token for a/b: GET http://REGISTRY/token)
hint: log in with `ace-dt login REGISTRY`, or check what the account may do there; some registries answer this for content that does not exist
''', [tokens(error(403, 'DENIED'))]),
    Mistake('a token server with HTML', MIRROR, 1, '''
Error: the answer of the token server is no JSON object (list.csv:2: app: REGISTRY/a/b:v1: token for a/b: GET http://REGISTRY/token)
hint: does a proxy or a login page answer in its place? if not, ask who runs the registry
''', [tokens(Answer(200, {'Content-Type': 'text/html'}, b'<html>'))]),
    Mistake('a token server without a token', MIRROR, 1, '''
Error: the answer of the token server has no token (list.csv:2: app: REGISTRY/a/b:v1: token for a/b: GET http://REGISTRY/token)
hint: does a proxy or a login page answer in its place? if not, ask who runs the registry
''', [tokens(Answer(200, {}, b'{}'))]),
    Mistake('a challenge of unknown kind', MIRROR, 4, '''
Error: 401 Unauthorized (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: log in with `ace-dt login REGISTRY`, or check what the account may do there; some registries answer this for content that does not exist
''', [scripted(lambda *_: Answer(401, {'WWW-Authenticate': 'Negotiate'}))]),
    Mistake('a helper that is missing', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:2: login of REGISTRY: docker-credential-missing is not in PATH (list.csv:2: app: REGISTRY/a/b:v1)
hint: install it, or remove it from that file and log in again with `ace-dt login REGISTRY`
''', [PRIVATE], config('{\n"credsStore": "missing"}')),
    Mistake('a helper that fails', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:1: login of REGISTRY: docker-credential-test get failed with status 3: the vault is locked (list.csv:2: app: REGISTRY/a/b:v1)
hint: see what it wants: echo REGISTRY | docker-credential-test get
''', [PRIVATE, helper('echo the vault is locked >&2; exit 3\n')], STORE),
    Mistake('a helper that fails on stdout', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:1: login of REGISTRY: docker-credential-test get failed with status 3: the vault is locked (list.csv:2: app: REGISTRY/a/b:v1)
hint: see what it wants: echo REGISTRY | docker-credential-test get
''', [PRIVATE, helper('echo the vault is locked; exit 3\n')], STORE),
    Mistake('a helper that prints rubbish', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:1: login of REGISTRY: docker-credential-test get: the answer is no JSON object (list.csv:2: app: REGISTRY/a/b:v1)
hint: see what it wants: echo REGISTRY | docker-credential-test get
''', [PRIVATE, helper('echo rubbish\n')], STORE),
    Mistake('a helper that prints no login', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:1: login of REGISTRY: docker-credential-test get: the answer has no Username and Secret (list.csv:2: app: REGISTRY/a/b:v1)
hint: see what it wants: echo REGISTRY | docker-credential-test get
''', [PRIVATE, helper('echo "{}"\n')], STORE),
    Mistake('a helper with a path', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:1: credsStore: want a name such as "pass", for docker-credential-pass (list.csv:2: app: REGISTRY/a/b:v1)
hint: log in again, or point REGISTRY_AUTH_FILE at another file
''', [PRIVATE], config('{"credsStore": "/usr/bin/pass"}')),
    Mistake('a helper that may not run', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:1: login of REGISTRY: start docker-credential-test: Permission denied (list.csv:2: app: REGISTRY/a/b:v1)
hint: run it as a user who may do that, or change the permissions of the path and the folders above it
''', [PRIVATE, helper(''), sh('chmod a-x bin/docker-credential-test')], STORE),
    Mistake('an auth file that is no JSON', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:1: not JSON: want a value (list.csv:2: app: REGISTRY/a/b:v1)
hint: log in again, or point REGISTRY_AUTH_FILE at another file
''', [PRIVATE], config('auths:\n')),
    Mistake('an auth file that is cut', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:2: not JSON: want a value (list.csv:2: app: REGISTRY/a/b:v1)
hint: log in again, or point REGISTRY_AUTH_FILE at another file
''', [PRIVATE], config('{\n"auths": {')),
    Mistake('an auth file that is a list', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:1: the file is not a JSON object (list.csv:2: app: REGISTRY/a/b:v1)
hint: log in again, or point REGISTRY_AUTH_FILE at another file
''', [PRIVATE], config('[]')),
    Mistake('an entry that is a number', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:3: the entry of "REGISTRY" is not a JSON object (list.csv:2: app: REGISTRY/a/b:v1)
hint: log in again, or point REGISTRY_AUTH_FILE at another file
''', [PRIVATE], config('{\n"auths": {\n"REGISTRY": 7}}')),
    Mistake('an auth that is no base64', MIRROR, 4, '''
Error: DIRECTORY/.docker/config.json:1: the auth of "REGISTRY" is not base64 of user:password (list.csv:2: app: REGISTRY/a/b:v1)
hint: log in again, or point REGISTRY_AUTH_FILE at another file
''', [PRIVATE], config('{"auths": {"REGISTRY": {"auth": "correct-horse"}}}')),
    Mistake('an auth file that is named and missing', MIRROR, 2, '''
Error: REGISTRY_AUTH_FILE: no such file: /no/such/file
hint: log in with `ace-dt login REGISTRY`, which makes it, or unset REGISTRY_AUTH_FILE
''', environment={'REGISTRY_AUTH_FILE': '/no/such/file'}),
    Mistake('an auth file that is a folder', MIRROR, 4, '''
Error: credentials: DIRECTORY: not a regular file
hint: make it readable, or point REGISTRY_AUTH_FILE at another file
''', environment={'REGISTRY_AUTH_FILE': 'DIRECTORY'}),
    Mistake('an auth file that may not be read', MIRROR.replace('sync', 'open/sync'), 4, '''
Error: credentials: open DIRECTORY/auth.json: Permission denied
hint: make it readable, or point REGISTRY_AUTH_FILE at another file
''', [sh('mkdir -m 777 open; touch auth.json; chmod 0 auth.json'), as_another_user], environment={'REGISTRY_AUTH_FILE': 'DIRECTORY/auth.json'}),
    Mistake('login without a terminal', L + ' < /dev/null', 2, '''
Error: there is no terminal to ask for the username
hint: give --username, and --password-stdin or --password env:VARIABLE
''', [PRIVATE]),
    Mistake('login with a user without a terminal', L + ' -u ada < /dev/null', 2, '''
Error: there is no terminal to ask for the password
hint: give --username, and --password-stdin or --password env:VARIABLE
''', [PRIVATE]),
    Mistake('login with a password on the command line', L + ' -u ada -p correct-horse', 2, '''
Error: --password: want env:VARIABLE, file:PATH or cmd:PROGRAM
hint: other users can see a password on the command line: use --password-stdin
''', [PRIVATE]),
    Mistake('login with an unset variable', L + ' -u ada -p env:NONE', 2, '''
Error: --password: NONE is not set
hint: export the variable, or give --password-stdin
''', [PRIVATE]),
    Mistake('login with a missing file', L + ' -u ada -p file:none', 1, '''
Error: open none: No such file or directory
hint: check the path: a folder or file in it does not exist
''', [PRIVATE]),
    Mistake('login with a missing program', L + ' -u ada -p cmd:none', 2, '''
Error: --password: none is not in PATH
hint: install it, or name it with its path
''', [PRIVATE]),
    Mistake('login with no program', L + ' -u ada -p cmd:', 2, '''
Error: --password: cmd: without a program
hint: give the program, as in --password 'cmd:pass show registry'
''', [PRIVATE]),
    Mistake('login with a failing program', L + ' -u ada -p "cmd:false"', 2, '''
Error: --password: false failed with status 1
hint: run it by hand to see why
''', [PRIVATE]),
    Mistake('login with both', L + ' -u ada -p env:A --password-stdin < /dev/null', 2, '''
Error: --password and --password-stdin cannot be used together
hint: give one of them
''', [PRIVATE]),
    Mistake('login with stdin without user', L + ' --password-stdin < /dev/null', 2, '''
Error: --password-stdin without --username
hint: add --username NAME
''', [PRIVATE]),
    Mistake('login with an empty password', L + ' -u ada --password-stdin < /dev/null', 2, '''
Error: the password is empty
hint: check where it comes from: a file, a variable or standard input
''', [PRIVATE]),
    Mistake('login with a colon in the user', L + ' -u ada:x --password-stdin < /dev/null', 2, '''
Error: the username is empty or contains a ':'
hint: give the name alone: the password is asked for, or comes from --password-stdin
''', [PRIVATE]),
    Mistake('login with a wrong password', L + ' -u ada --password-stdin < password', 4, '''
Error: 401 Unauthorized: unauthorized: authentication required: the login was not saved (GET http://REGISTRY/v2/)
hint: check the username and the password, which may have to be an access token
''', [PRIVATE], {'password': 'wrong-horse\n'}),
    Mistake('login with a wrong password for a token', L + ' -u ada --password-stdin < password', 4, '''
Error: 401 Unauthorized: unauthorized: wrong user or password: the login was not saved (token: GET http://REGISTRY/token)
hint: check the username and the password, which may have to be an access token
''', [BEARER], {'password': 'wrong-horse\n'}),
    Mistake('login to a registry that is down', 'ace-dt login 127.0.0.1:1 -u ada --password-stdin < password', 6, '''
Error: connect to 127.0.0.1: Connection refused: the login was not saved (GET https://127.0.0.1:1/v2/)
hint: if the registry cannot be reached, --no-auth-check saves the login without a check
''', files={'password': 'wrong-horse\n'}),
    Mistake('login without a registry', 'ace-dt login', 2, '''
Error: REGISTRY is required
hint: see ace-dt login --help
'''),
    Mistake('login to a repository with a tag', 'ace-dt login registry.invalid:v1 -u ada --password-stdin < list.csv', 2, '''
Error: REGISTRY: url "https://registry.invalid:v1": port is not from 1 to 65535
hint: write host[:port][/namespace]
'''),
    Mistake('login with a helper that fails', L + ' -u ada --password-stdin < password', 4, '''
Error: DIRECTORY/.docker/config.json:1: login of REGISTRY: docker-credential-test store failed with status 1: no keychain
hint: see what it wants: echo REGISTRY | docker-credential-test get
''', [PRIVATE, helper('echo no keychain; exit 1\n')], {'password': 'correct-horse\n', **STORE}),
    Mistake('login with a helper that is missing', L + ' -u ada --password-stdin < password', 4, '''
Error: DIRECTORY/.docker/config.json:1: login of REGISTRY: docker-credential-test is not in PATH
hint: install it, or remove it from that file and log in again with `ace-dt login REGISTRY`
''', [PRIVATE], {'password': 'correct-horse\n', **STORE}),
    Mistake('login with no home', L + ' -u ada --password-stdin < password', 2, '''
Error: there is no file to save logins in
hint: set HOME or REGISTRY_AUTH_FILE
''', [PRIVATE], {'password': 'correct-horse\n'}, {'HOME': ''}),
    Mistake('login to a file that is no JSON', L + ' -u ada --password-stdin < password', 4, '''
Error: DIRECTORY/.docker/config.json:1: not JSON: want a value
hint: log in again, or point REGISTRY_AUTH_FILE at another file
''', [PRIVATE], {'password': 'correct-horse\n', **config('rubbish')}),
    Mistake('login into a folder that may not be written', 'HOME=/proc ' + L + ' -u ada --password-stdin < password', 1, '''
Error: make directory /proc/.docker: No such file or directory
hint: check the path: a folder or file in it does not exist
''', [PRIVATE], {'password': 'correct-horse\n'}),
    Mistake('logout with a helper that is missing', 'ace-dt logout REGISTRY', 4, '''
Error: DIRECTORY/.docker/config.json:1: login of REGISTRY: docker-credential-test is not in PATH
hint: install it, or remove it from that file and log in again with `ace-dt login REGISTRY`
''', [PRIVATE], STORE),
    Mistake('logout to a file that is no JSON', 'ace-dt logout REGISTRY', 4, '''
Error: DIRECTORY/.docker/config.json:1: not JSON: want a value
hint: log in again, or point REGISTRY_AUTH_FILE at another file
''', [PRIVATE], config('rubbish')),
]
