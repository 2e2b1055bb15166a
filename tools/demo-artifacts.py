#!/usr/bin/env python3
"""Pushes gather artifacts of small made-up images to a registry, over plain HTTP.

usage: demo-artifacts.py HOST NAME:TAG=IMAGE,IMAGE... ...
An image has a layer that all images share and one of its own; the artifact gather/NAME:TAG is an index of its images.
"""
import hashlib
import json
import random
import sys
import urllib.parse
import urllib.request

MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
INDEX = 'application/vnd.oci.image.index.v1+json'


def put(url, body, media_type):
    request = urllib.request.Request(url, data=body, method='PUT', headers={'Content-Type': media_type})
    urllib.request.urlopen(request).close()


def descriptor(media_type, body, **more):
    return {'mediaType': media_type, 'digest': 'sha256:' + hashlib.sha256(body).hexdigest(), 'size': len(body), **more}


class Repository:
    def __init__(self, host, name):
        self.url = f'http://{host}/v2/{name}'

    def blob(self, media_type, body):
        one = descriptor(media_type, body)
        begin = urllib.request.Request(f'{self.url}/blobs/uploads/', data=b'', method='POST')
        with urllib.request.urlopen(begin) as answer:
            location = urllib.parse.urljoin(self.url, answer.headers['Location'])
        separator = '&' if '?' in location else '?'
        put(f'{location}{separator}digest={one["digest"]}', body, 'application/octet-stream')
        return one

    def manifest(self, content, reference=None, **more):
        body = json.dumps(content, separators=(',', ':')).encode()
        one = descriptor(content['mediaType'], body, **more)
        put(f'{self.url}/manifests/{reference or one["digest"]}', body, content['mediaType'])
        return one


def layer(name, size):
    return random.Random(name).randbytes(size)


def push_image(repository, name):
    config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': {'Cmd': [name]},
                         'rootfs': {'type': 'layers', 'diff_ids': []}}).encode()
    layers = [layer('base', 3_000_000), layer(name, 500_000)]
    content = {
        'schemaVersion': 2, 'mediaType': MANIFEST,
        'config': repository.blob('application/vnd.oci.image.config.v1+json', config),
        'layers': [repository.blob('application/vnd.oci.image.layer.v1.tar+gzip', one) for one in layers],
    }
    source = f'registry.example.com/{name}:1'
    return repository.manifest(content, annotations={'org.opencontainers.image.ref.name': source,
                                                     'vnd.act3-ace.manifest.source': source})


def push_artifact(host, name, tag, images):
    repository = Repository(host, f'gather/{name}')
    manifests = [push_image(repository, image) for image in images]
    repository.manifest({'schemaVersion': 2, 'mediaType': INDEX, 'manifests': manifests,
                         'artifactType': 'application/vnd.act3-ace.data.gather+json'}, tag)
    print(f'pushed {host}/gather/{name}:{tag} of {len(images)} images')


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    for artifact in sys.argv[2:]:
        where, _, images = artifact.partition('=')
        name, _, tag = where.partition(':')
        push_artifact(sys.argv[1], name, tag, images.split(','))


if __name__ == '__main__':
    main()
