"""Names, connections, TLS and proxies."""

from proxies import Socks5

from . import MIRROR, Mistake, in_namespaces, no_registry, proxy, registry, tls

NSS = 'mount --bind nss /etc/nsswitch.conf && '
def row(artifact):
    return {'list.csv': f'name,artifact\napp,{artifact}\n'}
def endpoint(url, more=''):
    return {'ace-dt-config.yaml': f'registryConfig:\n  registries:\n    "REGISTRY":\n      endpoints: ["{url}"]\n{more}'}
MISTAKES = [
    Mistake('refused', MIRROR, 6, '''
Error: connect to 127.0.0.1: Connection refused (list.csv:2: app: 127.0.0.1:1/a/b:v1: GET https://127.0.0.1:1/v2/)
hint: check that the server is up and listens on this port, that no firewall is between, and whether this machine needs a proxy (HTTPS_PROXY)
''', files=row('127.0.0.1:1/a/b:v1')),
    Mistake('unknown host', NSS + MIRROR, 6, '''
Error: no such host: registry.invalid (list.csv:2: app: registry.invalid/a/b:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: check the name, and the resolver of this machine
''', [in_namespaces('-m')], files={'nss': 'hosts: files\n'}),
    Mistake('no resolver', MIRROR, 6, '''
Error: the name registry.invalid cannot be looked up: the resolver does not answer (list.csv:2: app: registry.invalid/a/b:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: check the network and the resolver of this machine (/etc/resolv.conf)
''', [in_namespaces('-n')]),
    Mistake('no route', MIRROR, 6, '''
Error: connect to 192.0.2.1: Network is unreachable (list.csv:2: app: 192.0.2.1/a/b:v1: registry 192.0.2.1: GET https://192.0.2.1/v2/)
hint: check that the server is up and listens on this port, that no firewall is between, and whether this machine needs a proxy (HTTPS_PROXY)
''', [in_namespaces('-n')], files=row('192.0.2.1/a/b:v1')),
    Mistake('an unknown authority', MIRROR, 6, '''
Error: certificate not trusted: that of REGISTRY is self-signed (subject CN=registry, issuer CN=registry, valid until 2099-01-01) (list.csv:2: app: REGISTRY/a/b:v1: GET https://REGISTRY/v2/)
hint: if it is the right server, add its authority with --ca-file FILE, as /etc/docker/certs.d/REGISTRY/ca.crt or in SSL_CERT_FILE; to go without verification, set insecureSkipVerify for this endpoint in the configuration file
''', [tls()]),
    Mistake('expired', MIRROR, 6, '''
Error: certificate not trusted: that of REGISTRY expired on 2020-02-01 (subject CN=registry, issuer CN=registry, valid until 2020-02-01) (list.csv:2: app: REGISTRY/a/b:v1: GET https://REGISTRY/v2/)
hint: check the clock of this machine, and have the certificate renewed; to go without verification, set insecureSkipVerify for this endpoint in the configuration file
''', [tls(until='20200201000000Z', trusted=True)]),
    Mistake('wrong name', MIRROR, 6, '''
Error: certificate not trusted: that of REGISTRY is for registry.example and not for 127.0.0.1 (list.csv:2: app: REGISTRY/a/b:v1: GET https://REGISTRY/v2/)
hint: reach the server by a name in its certificate, as an endpoint in the configuration file or in the reference; to go without verification, set insecureSkipVerify for this endpoint in the configuration file
''', [tls(names='DNS:registry.example', trusted=True)]),
    Mistake('plain HTTP on a TLS port', MIRROR, 6, '''
Error: connection closed before a response (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/)
hint: check that the registry is up; if this port speaks TLS, its endpoint begins with https://
''', [tls()], files=endpoint('http://REGISTRY')),
    Mistake('TLS on a plain port', MIRROR, 6, '''
Error: REGISTRY does not speak TLS (list.csv:2: app: REGISTRY/a/b:v1: GET https://REGISTRY/v2/)
hint: if it is meant to be plain HTTP, give it an endpoint that begins with http:// in the configuration file
''', [registry()], files=endpoint('https://REGISTRY')),
    Mistake('TLS on something else', MIRROR, 6, '''
Error: REGISTRY does not speak TLS (list.csv:2: app: REGISTRY/a/b:v1: GET https://REGISTRY/v2/)
hint: if it is meant to be plain HTTP, give it an endpoint that begins with http:// in the configuration file
''', [no_registry(b'SSH-2.0-OpenSSH_9.2\r\n')], files=endpoint('https://REGISTRY')),
    Mistake('TLS on something that closes', MIRROR, 6, '''
Error: REGISTRY does not speak TLS (list.csv:2: app: REGISTRY/a/b:v1: GET https://REGISTRY/v2/)
hint: if it is meant to be plain HTTP, give it an endpoint that begins with http:// in the configuration file
''', [no_registry(b'')], files=endpoint('https://REGISTRY')),
    Mistake('proxy refused', MIRROR, 6, '''
Error: proxy http://127.0.0.1:1: connect to 127.0.0.1: Connection refused (list.csv:2: app: registry.invalid/a:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: check the proxy in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY; hosts in NO_PROXY are reached without
''', files=row('registry.invalid/a:v1'), environment={'HTTPS_PROXY': 'http://127.0.0.1:1'}),
    Mistake('proxy unknown', NSS + MIRROR, 6, '''
Error: proxy http://proxy.invalid:3128: no such host: proxy.invalid (list.csv:2: app: registry.invalid/a/b:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: check the name, and the resolver of this machine
''', [in_namespaces('-m')], files={'nss': 'hosts: files\n'}, environment={'HTTPS_PROXY': 'http://proxy.invalid:3128'}),
    Mistake('proxy wants login', MIRROR, 4, '''
Error: proxy http://PROXY: it wants a user and a password (407) (list.csv:2: app: registry.invalid/a:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: set its user and password in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, as in http://USER:PASSWORD@HOST:PORT
''', [registry(), proxy(login='ada:correct-horse')], files=row('registry.invalid/a:v1'), environment={'HTTPS_PROXY': 'http://PROXY'}),
    Mistake('proxy refuses login', MIRROR, 4, '''
Error: proxy http://PROXY: it does not accept its user and password (407) (list.csv:2: app: registry.invalid/a:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: set its user and password in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, as in http://USER:PASSWORD@HOST:PORT
''', [registry(), proxy(login='ada:correct-horse')], files=row('registry.invalid/a:v1'), environment={'HTTPS_PROXY': 'http://ada:wrong-horse@PROXY'}),
    Mistake('proxy over plain wants login', MIRROR, 4, '''
Error: proxy http://PROXY: it wants a user and a password (407) (list.csv:2: app: plain.invalid/a:v1: registry plain.invalid: GET http://plain.invalid/v2/)
hint: set its user and password in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, as in http://USER:PASSWORD@HOST:PORT
''', [registry(), proxy(login='ada:correct-horse')], files={**row('plain.invalid/a:v1'), 'ace-dt-config.yaml': 'registryConfig: {registries: {plain.invalid: {endpoints: ["http://plain.invalid"]}}}\n'}, environment={'HTTP_PROXY': 'http://PROXY'}),
    Mistake('proxy that is no proxy', MIRROR, 6, '''
Error: proxy http://REGISTRY: no connection to registry.invalid: 400 (list.csv:2: app: registry.invalid/a:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: ask who runs the proxy to let this host and port through, or name the host in NO_PROXY to go there without it
''', [registry()], files=row('registry.invalid/a:v1'), environment={'HTTPS_PROXY': 'http://REGISTRY'}),
    Mistake('proxy https that is http', MIRROR, 6, '''
Error: proxy https://REGISTRY: it does not speak TLS (list.csv:2: app: registry.invalid/a:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: if it is to be spoken to in plain HTTP, which is usual, its URL begins with http://
''', [registry()], files=row('registry.invalid/a:v1'), environment={'HTTPS_PROXY': 'https://REGISTRY'}),
    Mistake('proxy without a port', MIRROR, 2, '''
Error: HTTPS_PROXY: proxy "http://...@proxy.invalid:port": not a host and a port
hint: a proxy is http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT
''', files=row('registry.invalid/a:v1'), environment={'HTTPS_PROXY': 'http://ada:correct-horse@proxy.invalid:port'}),
    Mistake('proxy of unknown scheme', MIRROR, 2, '''
Error: HTTPS_PROXY: proxy "ftp://proxy.invalid": unknown scheme
hint: a proxy is http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT
''', files=row('registry.invalid/a:v1'), environment={'HTTPS_PROXY': 'ftp://proxy.invalid'}),
    Mistake('socks wants a login', MIRROR, 4, '''
Error: proxy socks5://PROXY: no connection to registry.invalid: it wants a user and a password (list.csv:2: app: registry.invalid/a:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: set its user and password in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, as in http://USER:PASSWORD@HOST:PORT
''', [registry(), proxy(Socks5, login='ada:correct-horse')], files=row('registry.invalid/a:v1'), environment={'ALL_PROXY': 'socks5://PROXY'}),
    Mistake('socks refuses login', MIRROR, 4, '''
Error: proxy socks5://PROXY: no connection to registry.invalid: it does not accept user and password (list.csv:2: app: registry.invalid/a:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: set its user and password in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, as in http://USER:PASSWORD@HOST:PORT
''', [registry(), proxy(Socks5, login='ada:correct-horse')], files=row('registry.invalid/a:v1'), environment={'ALL_PROXY': 'socks5://ada:wrong-horse@PROXY'}),
    Mistake('socks is no socks', MIRROR, 6, '''
Error: proxy socks5://REGISTRY: no connection to registry.invalid: it does not speak SOCKS5 (list.csv:2: app: registry.invalid/a:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: ask who runs the proxy to let this host and port through, or name the host in NO_PROXY to go there without it
''', [registry()], files=row('registry.invalid/a:v1'), environment={'ALL_PROXY': 'socks5://REGISTRY'}),
    Mistake('socks closes', MIRROR, 6, '''
Error: proxy socks5://REGISTRY: it closed the connection (list.csv:2: app: registry.invalid/a:v1: registry registry.invalid: GET https://registry.invalid/v2/)
hint: check the proxy in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY; hosts in NO_PROXY are reached without
''', [no_registry(b'')], files=row('registry.invalid/a:v1'), environment={'ALL_PROXY': 'socks5://REGISTRY'}),
    Mistake('an empty SSL_CERT_FILE', MIRROR, 6, '''
Error: certificate not trusted: that of REGISTRY is self-signed (subject CN=registry, issuer CN=registry, valid until 2099-01-01) (list.csv:2: app: REGISTRY/a/b:v1: GET https://REGISTRY/v2/)
hint: if it is the right server, add its authority with --ca-file FILE, as /etc/docker/certs.d/REGISTRY/ca.crt or in SSL_CERT_FILE; to go without verification, set insecureSkipVerify for this endpoint in the configuration file
''', [tls()], environment={'SSL_CERT_FILE': '/nonexistent/ca.pem'}),
    Mistake('two endpoints fail', MIRROR, 6, '''
Error: registry REGISTRY: GET http://127.0.0.1:1/v2/: connect to 127.0.0.1: Connection refused; GET http://127.0.0.1:2/v2/: connect to 127.0.0.1: Connection refused (list.csv:2: app: REGISTRY/a/b:v1)
hint: check that the server is up and listens on this port, that no firewall is between, and whether this machine needs a proxy (HTTPS_PROXY)
''', [registry()], files={'ace-dt-config.yaml': 'registryConfig: {registries: {"REGISTRY": {endpoints: ["http://127.0.0.1:1", "http://127.0.0.1:2"]}}}\n'}),
    Mistake('two endpoints lack it', MIRROR, 5, '''
Error: GET http://OTHER/v2/a/b/manifests/v9: 404 Not Found: manifest_unknown: manifest unknown: v9; GET http://REGISTRY/v2/a/b/manifests/v9: 404 Not Found: manifest_unknown: manifest unknown: v9 (list.csv:2: app: REGISTRY/a/b:v9)
hint: check the repository and the tag; some registries answer this to anonymous clients: log in with `ace-dt login OTHER`
''', [registry(), registry(push=False, name='OTHER')], files={**row('REGISTRY/a/b:v9'), 'ace-dt-config.yaml': 'registryConfig: {registries: {"REGISTRY": {endpoints: ["http://OTHER", "http://REGISTRY"]}}}\n'}),
]
