"""Registries that do not have it, do not let in, or misbehave."""

import re

from content import OCI_IMAGE, blob, manifest
from scripted import Answer

from . import LAYER, MIRROR, PUSH, Mistake, no_registry, registry, scripted, synced

def row(artifact):
    return {'list.csv': f'name,artifact\napp,{artifact}\n'}
def on(pattern, *answer, **more):
    return lambda asked, _: Answer(*answer, **more) if re.search(pattern, asked.method + ' ' + asked.target) else None
MISSING = 'sha256:' + 64 * '0'
SCHEMA1 = manifest('application/vnd.docker.distribution.manifest.v1+json', [])
SCHEMA1P = manifest('application/vnd.docker.distribution.manifest.v1+prettyjws', [])
LARGE = blob(b'{"a":"' + (9 << 20) * b'x' + b'"}', OCI_IMAGE)
HTML = {'Content-Type': 'text/html'}, b'<html>Please log in</html>'
MISTAKES = [
    Mistake('a repository that does not exist', MIRROR, 5, '''
Error: 404 Not Found: manifest_unknown: manifest unknown: v1 (list.csv:2: app: REGISTRY/no/such:v1: GET http://REGISTRY/v2/no/such/manifests/v1)
hint: check the repository and the tag; some registries answer this to anonymous clients: log in with `ace-dt login REGISTRY`
''', [registry()], row('REGISTRY/no/such:v1')),
    Mistake('a tag that does not exist', MIRROR, 5, '''
Error: 404 Not Found: manifest_unknown: manifest unknown: v9 (list.csv:2: app: REGISTRY/a/b:v9: GET http://REGISTRY/v2/a/b/manifests/v9)
hint: check the repository and the tag; some registries answer this to anonymous clients: log in with `ace-dt login REGISTRY`
''', [registry()], row('REGISTRY/a/b:v9')),
    Mistake('a digest that does not exist', MIRROR, 5, '''
Error: 404 Not Found: manifest_unknown: manifest unknown: sha256:0000000000000000000000000000000000000000000000000000000000000000 (list.csv:2: app: REGISTRY/a/b@sha256:000000000000…: GET http://REGISTRY/v2/a/b/manifests/sha256:000000000000…)
hint: check the repository and the digest; some registries answer this to anonymous clients: log in with `ace-dt login REGISTRY`
''', [registry()], row(f'REGISTRY/a/b@{MISSING}')),
    Mistake('a blob that does not exist', MIRROR, 5, '''
Error: 404 Not Found: name_unknown: a fault was asked for (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/blobs/sha256:5184e0be84eeceb461352164b7c7ec9c2f377d0331d65f061bd6ccad6f870c81)
hint: the registry has lost content that a manifest names: push the artifact there again, or mirror it from another registry
''', [registry(faults=[f'GET */blobs/{LAYER.digest} * status 404'])]),
    Mistake('two rows fail with keep-going', MIRROR + ' --keep-going', 3, '''
Error: 404 Not Found: manifest_unknown: manifest unknown: v8 (list.csv:2: a: REGISTRY/a/b:v8: GET http://REGISTRY/v2/a/b/manifests/v8)
hint: check the repository and the tag; some registries answer this to anonymous clients: log in with `ace-dt login REGISTRY`
Error: 404 Not Found: manifest_unknown: manifest unknown: v9 (list.csv:3: b: REGISTRY/a/b:v9: GET http://REGISTRY/v2/a/b/manifests/v9)
hint: check the repository and the tag; some registries answer this to anonymous clients: log in with `ace-dt login REGISTRY`
''', [registry()], {'list.csv': 'name,artifact\na,REGISTRY/a/b:v8\nb,REGISTRY/a/b:v9\n'}),
    Mistake('a 500 for the manifest', MIRROR, 6, '''
Error: 500 Internal Server Error: unknown: a fault was asked for (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: the registry, or a proxy in front of it, has a problem: run the same command again later, and ask who runs the registry if it stays
''', [registry(faults=['* */manifests/* * status 500'])]),
    Mistake('a 503 for all', MIRROR, 6, '''
Error: 503 Service Unavailable: unknown: a fault was asked for (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: the registry, or a proxy in front of it, has a problem: run the same command again later, and ask who runs the registry if it stays
''', [registry(faults=['* * * status 503'])]),
    Mistake('a 503 for the blob after retries', MIRROR.replace('--retries 0', '--retries 1'), 6, '''
Error: 503 Service Unavailable: unknown: a fault was asked for; gave up after 2 attempts (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/blobs/sha256:5184e0be84eeceb461352164b7c7ec9c2f377d0331d65f061bd6ccad6f870c81)
hint: the registry, or a proxy in front of it, has a problem: run the same command again later, and ask who runs the registry if it stays
''', [registry(faults=[f'* */blobs/{LAYER.digest} * status 503 retry-after 0'])]),
    Mistake('a 429', MIRROR, 7, '''
Error: 429 Too Many Requests: toomanyrequests: a fault was asked for (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: run the same command again later; log in for a higher limit, or ask for less with --max-requests-per-second
''', [registry(faults=['* */manifests/* * status 429'])]),
    Mistake('a 429 with a long wait', MIRROR + ' --retry-max-wait 1s', 7, '''
Error: 429 Too Many Requests: toomanyrequests: a fault was asked for (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: the registry asks to come back in 1h0m0s, which is more than --retry-max-wait: raise that, or run the same command again then
''', [registry(faults=['* */manifests/* * status 429 retry-after 3600'])]),
    Mistake('a 403 for the manifest', MIRROR, 4, '''
Error: 403 Forbidden: denied: a fault was asked for (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: log in with `ace-dt login REGISTRY`, or check what the account may do there; some registries answer this for content that does not exist
''', [registry(faults=['* */manifests/* * status 403'])]),
    Mistake('a 403 for the blob', MIRROR, 4, '''
Error: 403 Forbidden: denied: a fault was asked for (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/blobs/sha256:5184e0be84eeceb461352164b7c7ec9c2f377d0331d65f061bd6ccad6f870c81)
hint: log in with `ace-dt login REGISTRY`, or check what the account may do there; some registries answer this for content that does not exist
''', [registry(faults=[f'* */blobs/{LAYER.digest} * status 403'])]),
    Mistake('a 401 without a challenge', MIRROR, 4, '''
Error: 401 Unauthorized: unauthorized: a fault was asked for (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: log in with `ace-dt login REGISTRY`, or check what the account may do there; some registries answer this for content that does not exist
''', [registry(faults=['* * * status 401'])]),
    Mistake('HTML in place of a manifest', MIRROR, 1, '''
Error: not a manifest that can be mirrored: "text/html" (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: the registry answered with an HTML page: does a proxy or a login page answer in its place?
''', [scripted(on('/manifests/', 200, *HTML))]),
    Mistake('HTML in place of all', MIRROR, 1, '''
Error: not a manifest that can be mirrored: "text/html" (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: the registry answered with an HTML page: does a proxy or a login page answer in its place?
''', [scripted(on('.', 200, *HTML))]),
    Mistake('HTML 404 for all', MIRROR, 5, '''
Error: 404 Not Found (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: check the repository and the tag; some registries answer this to anonymous clients: log in with `ace-dt login REGISTRY`
''', [scripted(on('.', 404, *HTML))]),
    Mistake('HTML in place of a blob', MIRROR, 9, '''
Error: got 26 bytes, want 1000 (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/blobs/sha256:5184e0be84eeceb461352164b7c7ec9c2f377d0331d65f061bd6ccad6f870c81)
hint: the registry answered with an HTML page: does a proxy or a login page answer in its place?
''', [scripted(on(f'/blobs/{LAYER.digest}', 200, *HTML))]),
    Mistake('a login page by redirect', MIRROR, 1, '''
Error: not a manifest that can be mirrored: "text/html" (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/login)
hint: the registry answered with an HTML page: does a proxy or a login page answer in its place?
''', [scripted(on('/manifests/', 302, {'Location': '/login?next=secret-page'}), on('/login', 200, *HTML))]),
    Mistake('redirect loop', MIRROR, 1, '''
Error: more than ten redirects (list.csv:2: app: REGISTRY/a/b:v1: HEAD http://REGISTRY/v2/a/b/manifests/v1)
hint: check that this is the address of a registry; if it is, ask who runs it
''', [scripted(on('/manifests/', 302, {'Location': '/v2/a/b/manifests/v1'}))]),
    Mistake('a manifest that is no JSON', MIRROR, 1, '''
Error: manifest sha256:7ccfa1fbf3940e6f0c0375d87c0f9235a50514e14cb427bdfaf5077987b26ccf: document: invalid JSON: malformed, cut off or nested too deeply (list.csv:2: app: REGISTRY/a/b:v1)
hint: the manifest is malformed: make the artifact again with a current tool
''', [scripted(on('GET .*/manifests/', 200, {'Content-Type': OCI_IMAGE}, b'not json'), on('HEAD .*/manifests', 404))]),
    Mistake('wrong bytes of a blob', MIRROR, 9, '''
Error: blob sha256:5184e0be84eeceb461352164b7c7ec9c2f377d0331d65f061bd6ccad6f870c81: got sha256:7d10793a64c1c3b6955d7a0c3a93d1d41486d210ff4dd84045c39eddcfd731c0, want sha256:5184e0be84ee… (list.csv:2: app: REGISTRY/a/b:v1)
hint: run the same command again; if it stays, the registry or a proxy in front of it has damaged content: push the artifact there again
''', [registry(faults=[f'GET */blobs/{LAYER.digest} * flip 100'])]),
    Mistake('wrong bytes of a manifest', MIRROR, 9, '''
Error: got sha256:e0d3f40ec40567ab0b758a536f35b56693e0a105e7a6fe39c53861acd070ccc2, want sha256:947791f116c8134397a27fd5297f2e811e95452231b7ad34b1ac0a69f3920739 (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/sha256:947791f116c8…)
hint: run the same command again; if it stays, the registry or a proxy in front of it has damaged content: push the artifact there again
''', [registry(faults=['GET */manifests/* * flip 100'])]),
    Mistake('wrong length of a blob', MIRROR, 9, '''
Error: got 1010 bytes, want 1000 (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/blobs/sha256:5184e0be84eeceb461352164b7c7ec9c2f377d0331d65f061bd6ccad6f870c81)
hint: run the same command again; if it stays, the registry or a proxy in front of it has damaged content: push the artifact there again
''', [registry(faults=[f'GET */blobs/{LAYER.digest} * length +10'])]),
    Mistake('shorter length of a blob', MIRROR, 9, '''
Error: got 990 bytes, want 1000 (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/blobs/sha256:5184e0be84eeceb461352164b7c7ec9c2f377d0331d65f061bd6ccad6f870c81)
hint: run the same command again; if it stays, the registry or a proxy in front of it has damaged content: push the artifact there again
''', [registry(faults=[f'GET */blobs/{LAYER.digest} * length -10'])]),
    Mistake('a blob that is cut', MIRROR, 6, '''
Error: connection closed before the response ended (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/blobs/sha256:5184e0be84eeceb461352164b7c7ec9c2f377d0331d65f061bd6ccad6f870c81)
hint: check the network, and that this is the address of a registry; then run the same command again, which continues where it stopped
''', [registry(faults=[f'GET */blobs/{LAYER.digest} * cut 100'])]),
    Mistake('a blob that is reset', MIRROR, 6, '''
Error: Connection reset by peer (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/blobs/sha256:5184e0be84eeceb461352164b7c7ec9c2f377d0331d65f061bd6ccad6f870c81)
hint: check the network, and that this is the address of a registry; then run the same command again, which continues where it stopped
''', [registry(faults=[f'GET */blobs/{LAYER.digest} * reset 100'])]),
    Mistake('a blob that stalls', MIRROR + ' --stall-timeout 500ms', 6, '''
Error: no progress for 500ms (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/blobs/sha256:5184e0be84eeceb461352164b7c7ec9c2f377d0331d65f061bd6ccad6f870c81)
hint: raise --stall-timeout for a slower network
''', [registry(faults=[f'GET */blobs/{LAYER.digest} * stall 100'])]),
    Mistake('no answer', MIRROR + ' --stall-timeout 500ms', 6, '''
Error: no progress for 1s (list.csv:2: app: REGISTRY/a/b:v1: HEAD http://REGISTRY/v2/a/b/manifests/v1)
hint: raise --stall-timeout for a slower network
''', [registry(faults=['* */manifests/* * hang'])]),
    Mistake('closed without answer', MIRROR, 6, '''
Error: connection closed before a response (list.csv:2: app: REGISTRY/a/b:v1: HEAD http://REGISTRY/v2/a/b/manifests/v1)
hint: check that the registry is up; if this port speaks TLS, its endpoint begins with https://
''', [registry(faults=['* */manifests/* * drop'])]),
    Mistake('a manifest that is too large', MIRROR, 1, '''
Error: manifest sha256:b9541a2470298c3908ff00ababb5fa647e72ec7c6fbc5066ee0efb7d0e7d0ed8: larger than 8 MiB (list.csv:2: app: REGISTRY/a/b:v1)
hint: such an artifact cannot be mirrored: make it with fewer or smaller entries in its manifest
''', [scripted(root=LARGE)]),
    Mistake('a manifest of schema 1', MIRROR, 1, '''
Error: not a manifest that can be mirrored: "application/vnd.docker.distribution.manifest.v1+json" (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: docker's schema 1 and media types of other makers are not supported: push the image anew with a current tool
''', [scripted(root=SCHEMA1)]),
    Mistake('a manifest of signed schema 1', MIRROR, 1, '''
Error: not a manifest that can be mirrored: "application/vnd.docker.distribution.manifest.v1+prettyjws" (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/a/b/manifests/v1)
hint: docker's schema 1 and media types of other makers are not supported: push the image anew with a current tool
''', [scripted(root=SCHEMA1P)]),
    Mistake('something else listens', MIRROR, 6, '''
Error: malformed HTTP: expected http/ (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/)
hint: check the network, and that this is the address of a registry; then run the same command again, which continues where it stopped
''', [no_registry(b'SSH-2.0-OpenSSH_9.2\r\n')]),
    Mistake('something silent that closes', MIRROR, 6, '''
Error: connection closed before a response (list.csv:2: app: REGISTRY/a/b:v1: GET http://REGISTRY/v2/)
hint: check that the registry is up; if this port speaks TLS, its endpoint begins with https://
''', [no_registry(b'')]),
    # pushing
    Mistake('a push to a destination without a repository', 'ace-dt mirror batch-deserialize sync REGISTRY', 2, '''
Error: DESTINATION: got "REGISTRY", want REGISTRY/REPOSITORY without a tag
hint: write host[:port]/repository: each archive NNN-NAME gets the tag NAME
''', [registry(push=False), synced]),
    Mistake('a push to a destination with a scheme', 'ace-dt mirror batch-deserialize sync https://REGISTRY/to', 2, '''
Error: reference "https://REGISTRY/to": starts with a scheme
hint: write host[:port]/repository[:tag] or host[:port]/repository@digest, without scheme, user and password
''', [registry(push=False), synced]),
    Mistake('a push to a destination with a tag', 'ace-dt mirror batch-deserialize sync REGISTRY/to:v1', 2, '''
Error: DESTINATION: got "REGISTRY/to:v1", want REGISTRY/REPOSITORY without a tag
hint: write host[:port]/repository: each archive NNN-NAME gets the tag NAME
''', [registry(push=False), synced]),
    Mistake('a push to an unknown host', 'ace-dt mirror batch-deserialize sync registry.invalid/to --retries 0', 6, '''
Error: no such host: registry.invalid (registry registry.invalid: GET https://registry.invalid/v2/)
hint: check the name, and the resolver of this machine
''', [synced]),
    Mistake('a push of a media type that is refused', PUSH, 1, '''
Error: 415 Unsupported Media Type: unknown: a fault was asked for (000001-app.tar: PUT http://REGISTRY/v2/mirror/manifests/sha256:947791f116c8134397a27fd5297f2e811e95452231b7ad34b1ac0a69f3920739)
hint: the registry does not accept this media type; some accept docker's types only if configured to (zot: http.compat: ["docker2s2"])
''', [registry(faults=['PUT */manifests/* * status 415']), synced]),
    Mistake('a push that is too large', PUSH, 1, '''
Error: 413 Content Too Large: unknown: a fault was asked for (POST http://REGISTRY/v2/mirror/blobs/uploads/)
hint: the registry, or a proxy in front of it, limits the size of a request (nginx: client_max_body_size)
''', [registry(faults=['* */blobs/uploads/* * status 413']), synced]),
    Mistake('a push beyond a quota', PUSH, 8, '''
Error: 403 Forbidden: denied: storage quota of 10 mib exceeded (000001-app.tar: PUT http://REGISTRY/v2/mirror/manifests/sha256:947791f116c8134397a27fd5297f2e811e95452231b7ad34b1ac0a69f3920739)
hint: the quota of mirror in the registry is used up: raise it, or remove content there
''', [registry(faults=['PUT */manifests/* * status 403 says DENIED storage quota of 10 MiB exceeded']), synced]),
    Mistake('a push to a tag that must not move', PUSH, 1, '''
Error: 400 Bad Request: tag_immutable: the tag is immutable (000001-app.tar: PUT http://REGISTRY/v2/mirror/manifests/app)
hint: the tag points to something else, and the registry does not let it move: push it under another one with --tag-as, or remove it there
''', [registry(faults=['PUT */manifests/app * status 400 says TAG_IMMUTABLE the tag is immutable']), synced]),
    Mistake('a push that is refused 403', PUSH, 4, '''
Error: 403 Forbidden: denied: a fault was asked for (POST http://REGISTRY/v2/mirror/blobs/uploads/)
hint: log in with `ace-dt login REGISTRY`, and check that the account may push to mirror and that the repository, or its project, exists
''', [registry(faults=['POST */blobs/uploads/* * status 403']), synced]),
    Mistake('a push that is refused 401', PUSH, 4, '''
Error: 401 Unauthorized: unauthorized: a fault was asked for (POST http://REGISTRY/v2/mirror/blobs/uploads/)
hint: log in with `ace-dt login REGISTRY`, or check what the account may do there; some registries answer this for content that does not exist
''', [registry(faults=['POST */blobs/uploads/* * status 401']), synced]),
    Mistake('a push to a repository that must exist', PUSH, 5, '''
Error: 404 Not Found: name_unknown: repository not known (POST http://REGISTRY/v2/mirror/blobs/uploads/)
hint: create the repository mirror, or its project, first: this registry does not do so on push
''', [registry(faults=['POST */blobs/uploads/* * status 404 says NAME_UNKNOWN repository not known']), synced]),
    Mistake('a push to a registry that is read-only', PUSH, 1, '''
Error: 405 Method Not Allowed: unknown: a fault was asked for (POST http://REGISTRY/v2/mirror/blobs/uploads/)
hint: ask who runs the registry whether mirror can be pushed to, and see its log for the reason
''', [registry(faults=['POST */blobs/uploads/* * status 405']), synced]),
    Mistake('a push that fails with 500', PUSH, 6, '''
Error: 500 Internal Server Error: unknown: a fault was asked for (POST http://REGISTRY/v2/mirror/blobs/uploads/)
hint: the registry, or a proxy in front of it, has a problem: run the same command again later, and ask who runs the registry if it stays
''', [registry(faults=['POST */blobs/uploads/* * status 500']), synced]),
    Mistake('a push that breaks', PUSH, 6, '''
Error: connection closed before a response (POST http://REGISTRY/v2/mirror/blobs/uploads/)
hint: check that the registry is up; if this port speaks TLS, its endpoint begins with https://
''', [registry(faults=['POST */blobs/uploads/ * drop']), synced]),
    Mistake('a push of manifest that is refused', PUSH, 1, '''
Error: 400 Bad Request: manifest_invalid: bad manifest (000001-app.tar: PUT http://REGISTRY/v2/mirror/manifests/sha256:947791f116c8134397a27fd5297f2e811e95452231b7ad34b1ac0a69f3920739)
hint: the registry does not accept the manifest, or lacks content that it names: see its log for the reason
''', [registry(faults=['PUT */manifests/* * status 400 says MANIFEST_INVALID bad manifest']), synced]),
    Mistake('a push of no folder', 'ace-dt mirror batch-deserialize nosuch REGISTRY/to', 2, '''
Error: no such folder: nosuch
hint: give the folder with the archives first, then the destination; mirror deserialize pushes one archive
''', [registry()]),
    Mistake('a push of a file', 'ace-dt mirror batch-deserialize list.csv REGISTRY/to', 2, '''
Error: no such folder: list.csv
hint: give the folder with the archives first, then the destination; mirror deserialize pushes one archive
''', [registry()]),
    Mistake('one archive that is missing', 'ace-dt mirror deserialize nosuch.tar REGISTRY/to', 1, '''
Error: nosuch.tar: open nosuch.tar: No such file or directory
hint: check the path: a folder or file in it does not exist
''', [registry()]),
    Mistake('one archive that is a folder', 'ace-dt mirror deserialize sync REGISTRY/to', 1, '''
Error: read sync: Is a directory
hint: name a file: this is a folder
''', [registry(), synced]),
    Mistake('one archive that is none', 'ace-dt mirror deserialize list.csv REGISTRY/to', 9, '''
Error: list.csv: truncated: no end-of-archive marker
hint: copy the archive again from where it was made; check it there with `ace-dt mirror verify --full`
''', [registry()]),
]
