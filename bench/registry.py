"""The test registry as a process of its own, and what it knows."""
import csv
import http.client
import json
import os
import ssl
import subprocess
import time


class Registry:
    """Serves the corpora of a work; `list` is the batch list of all that it has."""

    def __init__(self, program, folder, work):
        self.list = os.path.join(folder, 'list.csv')
        self.ca_file = os.path.join(folder, 'ca.pem') if work.tls else None
        command = [program, '--write-list', self.list, *work.registry_flags()]
        for corpus in work.corpora:
            command += ['--corpus', corpus.text()]
        if work.tls:
            command += ['--tls-self-signed', self.ca_file]
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
        if self.ca_file:
            return http.client.HTTPSConnection(self.address, context=ssl.create_default_context(cafile=self.ca_file))
        return http.client.HTTPConnection(self.address)

    def stats(self):
        """Counts since it started, once nobody but this is connected: what is sent is counted to the end then."""
        connection = self.connect()
        for _ in range(100):
            connection.request('GET', '/_/stats')
            stats = json.load(connection.getresponse())
            if stats['open_connections'] == 1:
                break
            time.sleep(0.01)
        connection.close()
        return stats

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
