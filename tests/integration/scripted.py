"""A registry in memory that answers as a test wants it to: for what acedt-registry is too well-behaved to do."""

import contextlib
import http.server
import json
import re
import ssl
import sys
import urllib.parse
from dataclasses import dataclass, field

import servers


@dataclass
class Answer:
    status: int = 200
    fields: dict = field(default_factory=dict)
    body: bytes = b''
    length: bool = True    # whether there is a Content-Length
    chunked: bool = False  # and instead of it, chunks
    last_chunk: bool = True  # or the connection is closed before it
    close: bool = False


@dataclass
class Asked:
    """A request, as it came."""
    method: str
    target: str
    fields: object
    client: str = '-'  # the name in its certificate

    @property
    def path(self):
        return urllib.parse.urlsplit(self.target).path

    @property
    def range(self):
        """What it asks for, as a pair with None for the end, or None."""
        found = re.fullmatch(r'bytes=(\d+)-(\d*)', self.fields.get('Range', ''))
        return found and (int(found[1]), int(found[2]) if found[2] else None)


class Handler(http.server.BaseHTTPRequestHandler):

    def do_GET(self):
        registry = self.server.registry
        asked = Asked(self.command, self.path, self.headers, self.client())
        registry.log.append(asked)
        answer = registry.answer(asked)
        for quirk in registry.quirks:
            answer = quirk(asked, answer) or answer
        self.send(answer)

    def do_POST(self):
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        self.do_GET()

    do_HEAD = do_GET

    def client(self):
        certificate = getattr(self.connection, 'getpeercert', dict)() or {}
        return dict(part for parts in certificate.get('subject', ()) for part in parts).get('commonName', '-')

    def send(self, answer):
        self.close_connection |= answer.close or not (answer.length or answer.chunked) or not answer.last_chunk
        self.send_response(answer.status)
        fields = dict(answer.fields)
        if answer.chunked:
            fields['Transfer-Encoding'] = 'chunked'
        elif answer.length:
            fields.setdefault('Content-Length', str(len(answer.body)))
        if self.close_connection:
            fields['Connection'] = 'close'
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == 'HEAD':
            return
        with contextlib.suppress(ConnectionError):  # who has heard enough hangs up
            self.wfile.write(in_chunks(answer.body, answer.last_chunk) if answer.chunked else answer.body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *details):
        """Who has heard enough hangs up; all else is a mistake of the test."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
            super().handle_error(*details)


def in_chunks(body, last, size=1000):
    pieces = [body[i:i + size] for i in range(0, len(body), size)]
    return b''.join(b'%x\r\n%s\r\n' % (len(piece), piece) for piece in pieces) + (b'0\r\n\r\n' if last else b'')


def error(status, code='UNKNOWN'):
    body = json.dumps({'errors': [{'code': code, 'message': 'so it is'}]}).encode()
    return Answer(status, {'Content-Type': 'application/json'}, body)


class ScriptedRegistry(servers.InThread):
    """Runs as long as its `with` block. Each of `quirks`, a function of a request and the answer that would be right,
    may change that or return another."""

    def __init__(self, *quirks, version='HTTP/1.1', tls=None):
        self.contents, self.quirks, self.log = {}, list(quirks), []
        self.referrers = {}  # digest -> descriptors; nothing: there is no API
        handler = type('Handler', (Handler,), {'protocol_version': version})
        self.server = Server(('127.0.0.1', 0), handler)
        self.server.registry = self
        if tls:  # the handshake is made where the request is read
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f'127.0.0.1:{self.server.server_address[1]}'

    def push(self, root, tag='v1'):
        """Has `root` and all below it; how the batch list calls it."""
        for content in root.walk():
            self.contents[content.digest] = content
        self.contents[tag] = root
        return f'{self.host}/a/b:{tag}'

    def requests(self, pattern, method=None):
        return [one for one in self.log if re.search(pattern, one.target) and method in (None, one.method)]

    def answer(self, asked):
        """As a registry should."""
        if asked.path == '/v2/':
            return Answer(body=b'{}')
        if asked.path == '/v2/a/b/tags/list':
            tags = [name for name in self.contents if ':' not in name]
            return Answer(body=json.dumps({'name': 'a/b', 'tags': tags}).encode())
        kind, _, name = asked.path.removeprefix('/v2/a/b/').partition('/')
        if kind == 'referrers' and name in self.referrers:
            text = {'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json',
                    'manifests': self.referrers[name]}
            return Answer(200, {'Content-Type': text['mediaType']}, json.dumps(text).encode())
        if kind not in ('manifests', 'blobs') or name not in self.contents:
            return error(404, 'MANIFEST_UNKNOWN')
        content = self.contents[name]
        if kind == 'blobs':
            return ranged(asked, Answer(200, {'Content-Type': 'application/octet-stream'}, content.data))
        return Answer(200, {'Content-Type': content.media_type, 'Docker-Content-Digest': content.digest}, content.data)


def ranged(asked, answer):
    if not asked.range:
        return answer
    first, last = asked.range
    size = len(answer.body)
    last = size - 1 if last is None else min(last, size - 1)
    if first > last:
        return Answer(416, {'Content-Range': f'bytes */{size}'})
    return Answer(206, {**answer.fields, 'Content-Range': f'bytes {first}-{last}/{size}'}, answer.body[first:last + 1])
