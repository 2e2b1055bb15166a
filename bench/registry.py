"""Registries as processes of their own, and what they know: the test registry, and others as destinations of pushes."""
import csv
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import time

PATIENCE = 30  # seconds until a registry serves


class Registry:
    """The test registry with the corpora of a work; `list` is the batch list of all that it has."""

    def __init__(self, program, folder, flags=(), corpora=(), tls=False):
        self.list = os.path.join(folder, 'list.csv')
        self.ca_file = os.path.join(folder, 'ca.pem') if tls else None
        command = [program, '--write-list', self.list, *flags]
        for corpus in corpora:
            command += ['--corpus', corpus.text()]
        if tls:
            command += ['--tls-self-signed', self.ca_file]
        self.own_connections = 0
        self.process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        greeting = self.process.stdout.readline()
        if 'listening on ' not in greeting:
            raise SystemExit('the registry did not start')
        self.address = greeting.split()[-1]
        with open(self.list, encoding='utf-8', newline='') as file:
            self.artifacts = [row[1] for row in csv.reader(file)][1:]

    def close(self):
        self.process.terminate()
        self.process.wait()

    def connect(self):
        self.own_connections += 1
        if self.ca_file:
            return http.client.HTTPSConnection(self.address, context=ssl.create_default_context(cafile=self.ca_file))
        return http.client.HTTPConnection(self.address)

    def counts(self):
        """What it saw since it started, once nobody but this is connected: what is sent is counted to the end then."""
        connection = self.connect()
        for _ in range(100):
            connection.request('GET', '/_/stats')
            stats = json.load(connection.getresponse())
            if stats['open_connections'] == 1:
                break
            time.sleep(0.01)
        connection.close()
        return {'transferred': stats['body_bytes_sent'] + stats['body_bytes_received'], 'requests': stats['requests'],
                'connections': stats['connections'] - self.own_connections}

    def content(self):
        """Manifests and blobs of all artifacts: digest without sha256:, and size."""
        connection = self.connect()
        manifests, blobs = {}, {}
        for artifact in self.artifacts:
            repository, _, tag = artifact.partition('/')[2].rpartition(':')
            connection.request('GET', f'/v2/{repository}/manifests/{tag}')
            response = connection.getresponse()
            text = response.read()
            manifests[response.getheader('Docker-Content-Digest')[len('sha256:'):]] = len(text)
            manifest = json.loads(text)
            for descriptor in [manifest['config'], *manifest['layers']]:
                blobs[descriptor['digest'][len('sha256:'):]] = descriptor['size']
        connection.close()
        return manifests, blobs


class OtherRegistry:
    """A registry of others, as a destination of pushes. Its folder is removed with it."""

    def __init__(self, program, configuration, folder):
        self.folder = folder
        with socket.create_server(('127.0.0.1', 0)) as free:
            port = free.getsockname()[1]
        self.address = f'127.0.0.1:{port}'
        path = os.path.join(folder, 'configuration.json')  # JSON is YAML
        with open(path, 'w', encoding='utf-8') as file:
            json.dump(configuration(port, os.path.join(folder, 'content')), file)
        self.process = subprocess.Popen([program, 'serve', path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_until_it_serves(port)

    def wait_until_it_serves(self, port):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(('127.0.0.1', port)).close()
                return
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f'{self.process.args[0]} did not start') from None
                time.sleep(0.01)

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)

    def counts(self):
        return {}


def docker(storage):
    """Of Debian's docker-registry."""
    return lambda port, folder: {
        'version': '0.1', 'storage': storage(folder), 'http': {'addr': f'127.0.0.1:{port}'},
        'log': {'level': 'error', 'accesslog': {'disabled': True}}}


def zot(port, folder):
    return {'distSpecVersion': '1.1.0', 'storage': {'rootDirectory': folder},
            'http': {'address': '127.0.0.1', 'port': str(port)}, 'log': {'level': 'error'}}


OTHERS = {  # program, and configuration by port and folder
    'docker': ('docker-registry', docker(lambda folder: {'filesystem': {'rootdirectory': folder}})),
    'docker-memory': ('docker-registry', docker(lambda _: {'inmemory': {}})),
    'zot': ('zot', zot),
}
