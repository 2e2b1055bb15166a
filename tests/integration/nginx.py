"""nginx in front of a registry: TLS, and a port of the kernel's."""

import os
import pathlib
import socket
import subprocess
import tempfile

import servers

CONFIG = '''
user root; daemon off; pid {own}/pid; error_log stderr; worker_processes 1;
events {{ }}
http {{
  access_log off; proxy_max_temp_file_size 0; client_body_temp_path {own}; proxy_temp_path {own}; fastcgi_temp_path {own};
  uwsgi_temp_path {own}; scgi_temp_path {own};
  server {{
    listen {address} {tls};
    {server}
    location / {{ proxy_pass http://{upstream}; proxy_set_header Host {host}; {location} }}
  }}
}}
'''


class Nginx:
    """Runs as long as its `with` block. `server` and `location`: more directives for there."""

    def __init__(self, directory, upstream, certificate=None, key=None, server='', location='', host='$http_host'):
        self.own = pathlib.Path(tempfile.mkdtemp(dir=directory))
        # Bound here and handed down as nginx does it for its own upgrades: nobody can take the port in between.
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.host = '{}:{}'.format(*self.socket.getsockname())
        if certificate:
            server += f'ssl_certificate {certificate}; ssl_certificate_key {key};'
        self.config = self.own / 'nginx.conf'
        self.config.write_text(CONFIG.format(own=self.own, address=self.host, tls='ssl' if certificate else '',
                                             server=server, upstream=upstream, location=location, host=host))

    def __enter__(self):
        number = self.socket.fileno()
        output = self.own / 'output'
        with open(output, 'wb') as file:
            self.process = subprocess.Popen(['nginx', '-c', self.config, '-e', 'stderr'], stdout=file, stderr=file,
                                            env={**os.environ, 'NGINX': f'{number};'}, pass_fds=[number])
        self.socket.close()
        servers.wait_until(lambda: (self.own / 'pid').exists() or self.process.poll() is not None, 'nginx')
        if self.process.poll() is not None:
            raise AssertionError(f'nginx ended: {output.read_text()}')
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
