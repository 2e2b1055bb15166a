"""What no output of a run may show: passwords, tokens, signatures of links."""

import re

STORAGE_SIGNATURE = 'c2lnbmF0dXJl-not-for-logs'  # of acedt-registry's links
LOGIN_OPTIONS = ('--user', '--refresh-token')    # of acedt-registry


def in_options(options):
    """Those that a registry is started with."""
    return {value.partition(':')[2] or value
            for option, value in zip(options, options[1:]) if option in LOGIN_OPTIONS}


def in_environment(environment):
    """Those in URLs, such as of a proxy."""
    return {password for value in environment.values() for password in re.findall(r'://[^:/@]*:([^/@]+)@', value)}


def texts(places, without):
    """All files there, but archives."""
    files = [file for place in places for file in [place, *place.rglob('*')]]
    return {str(file): file.read_bytes() for file in files if file.is_file() and not file.name.endswith(without)}


def shown(secrets, texts):
    """Where which secret is."""
    return [f'{secret} in {where}' for where, text in texts.items() for secret in sorted(secrets)
            if secret.encode() in text]
