"""Proxies in front of a registry: HTTP, SOCKS5, and one that breaks connections."""

import base64
import contextlib
import select
import socket
import socketserver
import threading

import servers


def relay(one, other, takes=lambda data: True):
    """Until either has ended, or `takes` returns false for something that `one` sends, which is dropped then."""
    pairs = {one: other, other: one}
    with contextlib.suppress(OSError):
        while True:
            for ready in select.select(list(pairs), [], [], servers.LONG_ENOUGH)[0]:
                data = ready.recv(65536)
                if not data or (ready is one and not takes(data)):
                    return
                pairs[ready].sendall(data)


class Proxy(servers.InThread):
    """Runs as long as its `with` block. Leads every name to `upstream`; what it was asked for is in `log`."""

    def __init__(self, upstream, login=None):
        self.upstream, self.login, self.log = tuple(upstream.split(':')), login, []
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError, AssertionError):
                    proxy.serve(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self.server = Server(('127.0.0.1', 0), Handler)
        self.host = '{}:{}'.format(*self.server.server_address)

    def go_through(self, handler, first=b''):
        with socket.create_connection(self.upstream) as upstream:
            upstream.sendall(first)
            relay(handler.connection, upstream)


class HttpProxy(Proxy):

    def serve(self, handler):
        method, target, _ = handler.rfile.readline().decode().split()
        fields = {}
        while (line := handler.rfile.readline().decode().strip()):
            name, _, value = line.partition(': ')
            fields[name.lower()] = value
        given = fields.pop('proxy-authorization', None)
        self.log.append((method, target, base64.b64decode(given.split()[1]).decode() if given else None))
        if self.login and self.log[-1][2] != self.login:
            handler.wfile.write(b'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n'
                                b'Proxy-Authenticate: Basic realm="x"\r\nConnection: close\r\n\r\n')
        elif method == 'CONNECT':
            handler.wfile.write(b'HTTP/1.1 200 Connection established\r\n\r\n')
            self.go_through(handler)
        else:
            path = '/' + target.split('/', 3)[3]
            fields['connection'] = 'close'  # so that each request is seen
            head = f'{method} {path} HTTP/1.1\r\n' + ''.join(f'{name}: {value}\r\n' for name, value in fields.items())
            self.go_through(handler, head.encode() + b'\r\n')


class Socks5(Proxy):
    """RFC 1928, and RFC 1929 with a login."""

    def serve(self, handler):
        version, count = handler.rfile.read(2)
        methods = handler.rfile.read(count)
        assert version == 5
        method = 2 if self.login else 0
        handler.wfile.write(bytes([5, method if method in methods else 0xff]))
        assert method in methods
        if self.login:
            handler.rfile.read(1)
            user = handler.rfile.read(handler.rfile.read(1)[0]).decode()
            password = handler.rfile.read(handler.rfile.read(1)[0]).decode()
            good = f'{user}:{password}' == self.login
            handler.wfile.write(bytes([1, 0 if good else 1]))
            assert good
        _, command, _, kind = handler.rfile.read(4)
        assert (command, kind) == (1, 3), 'a name is to be looked up by the proxy'
        name = handler.rfile.read(handler.rfile.read(1)[0]).decode()
        port = int.from_bytes(handler.rfile.read(2), 'big')
        self.log.append(f'{name}:{port}')
        handler.wfile.write(bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        self.go_through(handler)


class Breaking(Proxy):
    """Passes connections on unchanged. The first one that sends `limit` bytes is closed: towards the registry at once,
    towards the client when `go_on` is set."""

    def __init__(self, upstream, limit):
        super().__init__(upstream)
        self.limit, self.is_broken = limit, threading.Lock()
        self.reached, self.go_on = threading.Event(), threading.Event()

    def serve(self, handler):
        left = self.limit

        def takes(data):
            nonlocal left
            left -= len(data)
            return left > 0 or not self.is_broken.acquire(blocking=False)
        with socket.create_connection(self.upstream) as upstream:
            relay(handler.connection, upstream, takes)
        if left <= 0:
            self.reached.set()
            self.go_on.wait(servers.LONG_ENOUGH)
