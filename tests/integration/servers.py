"""Registries that tests run: acedt-registry, Debian's docker-registry, distribution 3 and zot. The kernel chooses the
port of each."""

import base64
import collections
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

from content import MANIFESTS

LONG_ENOUGH = 30  # seconds; never expected

Request = collections.namedtuple('Request', 'method target status bytes range authorization listener')


def wait_until(condition, what):
    """Waits for `condition()` to be true, and returns it."""
    deadline = time.monotonic() + LONG_ENOUGH
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f'waited {LONG_ENOUGH} s for {what}')


def needs(*programs):
    """For tests that cannot do without them."""
    missing = [name for name in programs if not shutil.which(name)]
    return unittest.skipIf(missing, f'not installed: {", ".join(missing)}')


def self_signed(directory, names='IP:127.0.0.1'):
    """Files with a certificate, for 127.0.0.1 where nothing else is said, and its key."""
    certificate, key = directory / 'registry.pem', directory / 'registry.key'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                    '-subj', '/CN=registry', '-addext', f'subjectAltName={names}', '-days', '2',
                    '-keyout', key, '-out', certificate], check=True, capture_output=True)
    return certificate, key


class InThread:
    """Serves as long as its `with` block: `self.server`, of socketserver."""

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={'poll_interval': 0.01})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Registry:
    """Runs as long as its `with` block; what a registry is asked through its HTTP API."""

    def __init__(self, login=None, certificate=None):
        self.host, self.certificate, self.fields = None, certificate, {}
        if login:
            self.fields['Authorization'] = 'Basic ' + base64.b64encode(login.encode()).decode()

    def __enter__(self):
        with open(self.output, 'wb') as output:
            self.process = subprocess.Popen(self.command, stdout=output, stderr=subprocess.STDOUT)
        try:
            self.host = f'127.0.0.1:{wait_until(self.port, self.command[0])}'
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def port(self):
        """The port, once it listens."""
        if self.process.poll() is not None:
            raise AssertionError(f'{self.command[0]}: ended: {self.output.read_text()}')
        return self.listening()

    def ask(self, method, target, body=None, fields=None):
        """The answer's fields and its text."""
        status, answer, text = self.exchange(method, target, body, fields or {})
        challenge = dict(re.findall('(\\w+)="([^"]*)"', answer.get('WWW-Authenticate', '')))
        if status == 401 and 'realm' in challenge and 'scope' in challenge:
            query = urllib.parse.urlencode({'service': challenge['service'], 'scope': challenge['scope']})
            token = json.loads(self.exchange('GET', f'/token?{query}', None, {})[2])['token']
            fields = {**(fields or {}), 'Authorization': f'Bearer {token}'}
            status, answer, text = self.exchange(method, target, body, fields)
        assert 200 <= status < 300, f'{method} {target}: {status}: {text[:300]}'
        return answer, text

    def exchange(self, method, target, body, fields):
        connection = http.client.HTTPConnection(self.host, timeout=LONG_ENOUGH)
        if self.certificate:
            trusted = ssl.create_default_context(cafile=self.certificate)
            connection = http.client.HTTPSConnection(self.host, timeout=LONG_ENOUGH, context=trusted)
        with contextlib.closing(connection):
            connection.request(method, target, body, {**self.fields, **fields})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def push(self, repository, root, tag='v1'):
        """Puts `root` and all below it there; how the batch list calls it."""
        for content in {content.digest: content for content in root.walk() if content.pushed}.values():
            if content.media_type in MANIFESTS:
                self.put_manifest(repository, content, tag if content.digest == root.digest else content.digest)
            else:
                self.put_blob(repository, content)
        return f'{self.host}/{repository}:{tag}'

    def put_manifest(self, repository, content, name):
        self.ask('PUT', f'/v2/{repository}/manifests/{name}', content.data, {'Content-Type': content.media_type})

    def put_blob(self, repository, content):
        answer, _ = self.ask('POST', f'/v2/{repository}/blobs/uploads/')
        location = re.sub('^https?://[^/]*', '', answer['Location'])
        location += ('&' if '?' in location else '?') + 'digest=' + content.digest
        self.ask('PUT', location, content.data, {'Content-Type': 'application/octet-stream'})


class TestRegistry(Registry):
    """acedt-registry: keeps a log of requests, and has faults on demand."""

    def __init__(self, directory, *options, **access):
        super().__init__(**access)
        own = pathlib.Path(tempfile.mkdtemp(dir=directory))
        self.port_file, self.output = own / 'port', own / 'output'
        self.command = [os.environ['ACEDT_REGISTRY'], '--port', '0', '--port-file', self.port_file, *options]

    def listening(self):
        text = self.port_file.read_text() if self.port_file.exists() else ''
        return text.split('\n')[0] if text.endswith('\n') else None

    def stats(self):
        """Counts since it started."""
        return json.loads(self.ask('GET', '/_/stats')[1])

    def fault(self, *rules):
        self.ask('POST', '/_/faults', '\n'.join(rules))

    def heal(self):
        self.ask('DELETE', '/_/faults')

    def forget_requests(self):
        self.ask('DELETE', '/_/log')

    def requests(self, pattern='', method=None):
        """Those since the last forget_requests() whose target matches."""
        _, text = self.ask('GET', '/_/log')
        requests = [Request(*line.split(' ')) for line in text.decode().splitlines()]
        return [one for one in requests if re.search(pattern, one.target) and method in (None, one.method)]

    def blobs_asked_for(self):
        """How often each digest was, since the last forget_requests()."""
        return collections.Counter(one.target.rpartition('/')[2] for one in self.requests('/blobs/', 'GET'))


class OtherRegistry(Registry):
    """A registry of others. `login`: USER:PASSWORD that it wants; `key`: of `certificate`, to serve TLS with.

    A subclass has `program`, `settings()`, and two patterns for what the program logs: `started` matches the port, and
    `answered` matches method, target and status of a request."""

    def __init__(self, directory, login=None, certificate=None, key=None, **more):
        super().__init__(login, certificate)
        own = pathlib.Path(tempfile.mkdtemp(dir=directory))
        self.output, self.forgotten = own / 'output', 0
        passwords = own / 'htpasswd' if login else None
        if login:
            user, _, password = login.partition(':')
            passwords.write_bytes(subprocess.run(['htpasswd', '-nbB', '-C', '4', user, password], check=True,
                                                 capture_output=True).stdout)
        file = own / 'config.yaml'
        tls = {'certificate': str(certificate), 'key': str(key)} if certificate else None
        file.write_text(json.dumps(self.settings(own, passwords, tls, **more)))  # JSON is YAML
        self.command = [self.program, 'serve', file]

    def listening(self):
        found = re.search(self.started, self.output.read_text())
        return found and found[1]

    def log(self):
        """All requests. A request is logged before a short answer to it is sent, so none is missing here."""
        return [Request(*found.groups(), None, None, None, None)
                for found in re.finditer(self.answered, self.output.read_text())]

    def forget_requests(self):
        self.forgotten = len(self.log())

    def requests(self, pattern='', method=None):
        """Those since the last forget_requests() whose target matches."""
        return [one for one in self.log()[self.forgotten:]
                if re.search(pattern, one.target) and method in (None, one.method)]


class DockerRegistry(OtherRegistry):
    """Debian's docker-registry, which is distribution 2. `more`: more settings."""

    program = 'docker-registry'
    started = r'listening on 127\.0\.0\.1:(\d+)'
    answered = r'"(\w+) (/\S*) HTTP/[\d.]+" (\d+)'

    def settings(self, own, passwords, tls, **more):
        settings = {'version': '0.1', 'storage': {'inmemory': {}}, 'http': {'addr': '127.0.0.1:0'}, **more}
        if passwords:
            settings['auth'] = {'htpasswd': {'realm': 'test', 'path': str(passwords)}}
        if tls:
            settings['http']['tls'] = tls
        return settings


class Distribution3(DockerRegistry):
    """distribution 3. Its program is called `registry`; install it as registry3."""

    program = 'registry3'


class Zot(OtherRegistry):
    """zot. `http`: more settings for there."""

    program = 'zot'
    started = r'kernel chosen port","port":(\d+)'
    answered = r'"method":"(\w+)","path":"([^"]*)","statusCode":(\d+)'

    def settings(self, own, passwords, tls, **http):
        settings = {'distSpecVersion': '1.1.1', 'storage': {'rootDirectory': str(own / 'content')},
                    'http': {'address': '127.0.0.1', 'port': '0', **http}, 'log': {'level': 'info'}}
        if passwords:
            settings['http']['auth'] = {'htpasswd': {'path': str(passwords)}}
        if tls:
            settings['http']['tls'] = {'cert': tls['certificate'], 'key': tls['key']}
        return settings
