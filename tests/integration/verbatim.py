"""A registry that says, byte for byte, what a test wants it to say."""

import contextlib
import re
import socket
import ssl
import threading


def head(status='200 OK', **fields):
    """`fields`: Content_Type stands for Content-Type."""
    lines = [f'HTTP/1.1 {status}', *(f'{name.replace("_", "-")}: {value}' for name, value in fields.items())]
    return '\r\n'.join([*lines, '', '']).encode('latin-1')


def answer(body=b'', status='200 OK', **fields):
    return head(status, **{'Content_Length': len(body), 'Connection': 'close', **fields}) + body


class Verbatim:
    """Runs as long as its `with` block. `script`: pattern of "METHOD /target" -> what to answer with: bytes, an iterable
    of them, sent as long as somebody reads, or a function from the request to one of these. The first pattern that fits
    counts; else the contents below `root` are served as they are, by their digests, and `root` as v1.

    Every connection carries one request, and is closed behind the answer.
    """

    def __init__(self, script, root=None, certificate=None, key=None):
        self.script, self.contents = script, {one.digest: one for one in root.walk()} if root else {}
        self.root, self.requests, self.tls = root, [], None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate, key)

    def __enter__(self):
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=128)
        self.host = '127.0.0.1:%d' % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        with contextlib.ExitStack() as open_until_the_end, contextlib.suppress(OSError):  # whoever had enough hangs up
            open_until_the_end.enter_context(connection)
            if self.tls:
                connection = open_until_the_end.enter_context(self.tls.wrap_socket(connection, server_side=True))
            request = b''
            while b'\r\n\r\n' not in request:
                piece = connection.recv(65536)
                if not piece:
                    return
                request += piece
            request = request.decode('latin-1')
            self.requests.append(request)
            self.send(connection, self.answer_to(request))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    @staticmethod
    def send(connection, what):
        for piece in [what] if isinstance(what, bytes) else what:
            connection.sendall(piece)

    def answer_to(self, request):
        method, target, _ = request.split(' ', 2)
        for pattern, what in self.script.items():
            if re.fullmatch(pattern, f'{method} {target}'):
                return what(request) if callable(what) else what
        return self.honest(method, target)

    def honest(self, method, target):
        if target == '/v2/':
            return answer()
        name = target.rpartition('/')[2]
        content = self.root if name == 'v1' else self.contents.get(name)
        if not content:
            return answer(status='404 Not Found')
        whole = answer(content.data, Content_Type=content.media_type, Docker_Content_Digest=content.digest)
        return whole if method == 'GET' else whole[:len(whole) - len(content.data)]
