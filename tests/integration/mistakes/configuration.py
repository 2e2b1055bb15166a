"""The configuration file."""
from . import MIRROR, Mistake, as_another_user, sh


def config(text):
    return {'ace-dt-config.yaml': text}


MISTAKES = [
    Mistake('a file that does not exist', MIRROR + ' --config no.yaml', 2, '''
Error: --config: no such file: no.yaml
hint: check the path; ace-dt config --sample prints a file to start from
'''),
    Mistake('a file of the variable that does not exist', MIRROR, 2, '''
Error: ACE_DT_CONFIG: no such file: /no/such.yaml
hint: check the path; ace-dt config --sample prints a file to start from
''', environment={'ACE_DT_CONFIG': '/no/such.yaml'}),
    Mistake('a folder', MIRROR + ' --config .', 1, '''
Error: read .: Is a directory
hint: name a file: this is a folder
'''),
    Mistake('bad YAML: a tab', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:2: not valid YAML: a tab indents this line, and only blanks may
hint: check blanks, quotes and brackets in this line and the one before; ace-dt config --sample prints a valid file
''', files=config('retries: 3\n\tquiet: true\n')),
    Mistake('bad YAML: indentation', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:2: not valid YAML: a key stands where none may: check how far the line is indented
hint: check blanks, quotes and brackets in this line and the one before; ace-dt config --sample prints a valid file
''', files=config('retries: 3\n quiet: true\n')),
    Mistake('bad YAML: a bracket', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:2: not valid YAML: a '[' has no ']'
hint: check blanks, quotes and brackets in this line and the one before; ace-dt config --sample prints a valid file
''', files=config('caFile: [a.pem\nretries: 3\n')),
    Mistake('bad YAML: a quote', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:2: not valid YAML: a quote is never closed
hint: check blanks, quotes and brackets in this line and the one before; ace-dt config --sample prints a valid file
''', files=config('caFile: "a.pem\nretries: 3\n')),
    Mistake('bad YAML: an alias', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: not valid YAML: an alias (*) without its anchor (&)
hint: check blanks, quotes and brackets in this line and the one before; ace-dt config --sample prints a valid file
''', files=config('retries: *none\n')),
    Mistake('bad YAML: a colon', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: not valid YAML: a key stands where none may: check how far the line is indented
hint: check blanks, quotes and brackets in this line and the one before; ace-dt config --sample prints a valid file
''', files=config('retries: 3: 4\n')),
    Mistake('an escape', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: not valid YAML: an unknown escape after a backslash
hint: check blanks, quotes and brackets in this line and the one before; ace-dt config --sample prints a valid file
''', files=config('caFile: "a\\q"\n')),
    Mistake('JSON that is cut', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: not valid YAML: a '{' has no '}'
hint: check blanks, quotes and brackets in this line and the one before; ace-dt config --sample prints a valid file
''', files=config('{"retries": 3')),
    Mistake('two documents', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:2: more text after the first YAML document
hint: remove the second document, or the stray comma or bracket
''', files=config('retries: 3\n---\nquiet: true\n')),
    Mistake('a list', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: got a list, want keys with values
hint: ace-dt config --sample prints each key with a value that it may have
''', files=config('- retries: 3\n')),
    Mistake('a text', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: got a single value, want keys with values
hint: ace-dt config --sample prints each key with a value that it may have
''', files=config('hello\n')),
    Mistake('an unknown key', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: unknown key "retrys"
hint: did you mean "retries"?
''', files=config('retrys: 3\n')),
    Mistake('an unknown key like none', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: unknown key "frobnicate"
hint: ace-dt config --sample prints all keys
''', files=config('frobnicate: 3\n')),
    Mistake('a key in the flag spelling', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: unknown key "keep-going"
hint: did you mean "keepGoing"?
''', files=config('keep-going: true\n')),
    Mistake('an unknown key of a registry', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:4: registryConfig.registries.docker.io: unknown key "endpoint"
hint: did you mean "endpoints"?
''', files=config('registryConfig:\n  registries:\n    docker.io:\n      endpoint: [https://a.invalid]\n')),
    Mistake('a registry at the top', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: unknown key "registries"
hint: put it below registryConfig
''', files=config('registries:\n  docker.io: {}\n')),
    Mistake('a key twice', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:2: duplicate key "retries"
hint: keep one of them
''', files=config('retries: 3\nretries: 4\n')),
    Mistake('a map for a value', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:2: retries: got keys with values, want a single value
hint: ace-dt config --sample prints each key with a value that it may have
''', files=config('retries:\n  count: 3\n')),
    Mistake('a list for a value', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: retries: got a list, want a single value
hint: ace-dt config --sample prints each key with a value that it may have
''', files=config('retries: [3]\n')),
    Mistake('a word for a number', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: retries: got "many", want a number from 0 to 1000
hint: choose a number in this range, without a unit
''', files=config('retries: many\n')),
    Mistake('a wrong unit', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: memory: got "48m", want a size such as 48MiB or 1GB
hint: write a number and a unit: kB, MB, GB, KiB, MiB or GiB
''', files=config('memory: 48m\n')),
    Mistake('no unit', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: stallTimeout: got "30", want a time such as 500ms, 30s or 2m
hint: write a number and a unit: ms, s, m or h
''', files=config('stallTimeout: 30\n')),
    Mistake('a word for a switch', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: keepGoing: got "maybe", want true or false
hint: choose one of these
''', files=config('keepGoing: maybe\n')),
    Mistake('a choice', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: compression: got "zsdt", want zstd, gzip or none
hint: did you mean zstd?
''', files=config('compression: zsdt\n')),
    Mistake('apiVersion', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: apiVersion: got "config.dt.act3-ace.io/v1", want "config.dt.act3-ace.io/v1alpha1"
hint: write "config.dt.act3-ace.io/v1alpha1", or leave the key out
''', files=config('apiVersion: config.dt.act3-ace.io/v1\n')),
    Mistake('kind', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:1: kind: got "Config", want "Configuration"
hint: write "Configuration", or leave the key out
''', files=config('kind: Config\n')),
    Mistake('an endpoint without a scheme', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:4: registryConfig.registries.docker.io.endpoints: endpoint "mirror.invalid" has no scheme
hint: write "https://mirror.invalid", or "http://…" for a registry without TLS
''', files=config('registryConfig:\n  registries:\n    docker.io:\n      endpoints: [mirror.invalid]\n')),
    Mistake('endpoint ftp', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:4: registryConfig.registries.docker.io.endpoints: url "ftp://mirror.invalid": does not begin with https:// or http://
hint: write a URL as in https://host:port/path
''', files=config('registryConfig:\n  registries:\n    docker.io:\n      endpoints: ["ftp://mirror.invalid"]\n')),
    Mistake('an endpoint with a login', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:4: registryConfig.registries.docker.io.endpoints: url "https://...@mirror.invalid": a user is not allowed
hint: leave user and password out of it, and use `ace-dt login`
''', files=config('registryConfig:\n  registries:\n    docker.io:\n      endpoints: ["https://ada:correct-horse@mirror.invalid"]\n')),
    Mistake('endpoints that are no list', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:4: registryConfig.registries.docker.io.endpoints: got a single value, want a list of URLs
hint: write them in brackets: ["https://mirror.example"]
''', files=config('registryConfig:\n  registries:\n    docker.io:\n      endpoints: https://mirror.invalid\n')),
    Mistake('a registry with a path', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:3: registryConfig.registries.docker.io/library: not a registry
hint: write it as in references: host or host:port
''', files=config('registryConfig:\n  registries:\n    docker.io/library: {}\n')),
    Mistake('a bad expression', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:4: registryConfig.registries.docker.io.rewritePull.^(a: "^(a" is no regular expression: Mismatched '(' and ')' in regular expression
hint: write it as in ECMAScript, such as "^library/(.*)"
''', files=config('registryConfig:\n  registries:\n    docker.io:\n      rewritePull: {"^(a": "b"}\n')),
    Mistake('a bad group', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:4: registryConfig.registries.docker.io.rewritePull.^a: there is no group 3 in the pattern, which has 0
hint: put what it is to match in parentheses
''', files=config('registryConfig:\n  registries:\n    docker.io:\n      rewritePull: {"^a": "$3"}\n')),
    Mistake('supportsReferrers', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:3: registryConfig.endpointConfig.https://a.invalid.supportsReferrers: got "apy", want auto, api or tag
hint: did you mean api?
''', files=config('registryConfig:\n  endpointConfig:\n    "https://a.invalid": {supportsReferrers: apy}\n')),
    Mistake('insecureSkipVerify', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:3: registryConfig.endpointConfig.https://a.invalid.tls.insecureSkipVerify: got "maybe", want true or false
hint: write true or false
''', files=config('registryConfig:\n  endpointConfig:\n    "https://a.invalid": {tls: {insecureSkipVerify: maybe}}\n')),
    Mistake('an endpoint twice', 'ace-dt config', 2, '''
Error: ace-dt-config.yaml:4: registryConfig.endpointConfig.https://a.invalid:443: the same endpoint as one above
hint: join the two entries
''', files=config('registryConfig:\n  endpointConfig:\n    "https://a.invalid": {}\n    "https://a.invalid:443": {}\n')),
    Mistake('an unreadable file', 'ace-dt config --config secret.yaml', 1, '''
Error: open secret.yaml: Permission denied
hint: run it as a user who may do that, or change the permissions of the path and the folders above it
''', [sh('touch secret.yaml; chmod 0 secret.yaml'), as_another_user]),
    Mistake('a variable', MIRROR, 2, '''
Error: ACE_DT_CONCURRENT_HTTP: got "lots", want a whole number
hint: choose a number from 1 to 1024
''', environment={'ACE_DT_CONCURRENT_HTTP': 'lots'}),
]
