"""Blobs, images and indexes, made in memory."""

import copy
import gzip
import hashlib
import io
import json
import random
import tarfile

OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json'
OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
OCI_ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json'
OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
DOCKER_IMAGE = 'application/vnd.docker.distribution.manifest.v2+json'
DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json'
DOCKER_LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip'
DOCKER_FOREIGN_LAYER = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
MANIFESTS = {OCI_IMAGE, OCI_INDEX, OCI_ARTIFACT, DOCKER_IMAGE, DOCKER_LIST}

SOURCE = 'vnd.act3-ace.manifest.source'
EXTRA_MANIFESTS = 'vnd.act3-ace.data.extra-manifests'
AMD64 = {'architecture': 'amd64', 'os': 'linux'}


class Content:
    """A blob or a manifest, and what it refers to."""

    def __init__(self, data, media_type, children=(), algorithm='sha256'):
        self.data, self.media_type, self.children = data, media_type, list(children)
        self.digest = f'{algorithm}:{hashlib.new(algorithm, data).hexdigest()}'
        self.more = {}       # what its descriptor has besides
        self.pushed = True   # whether it is in the registry at all

    @property
    def descriptor(self):
        return {'mediaType': self.media_type, 'digest': self.digest, 'size': len(self.data), **self.more}

    def described(self, pushed=True, **more):
        """The same with a longer descriptor."""
        other = copy.copy(self)
        other.more, other.pushed = {**self.more, **more}, pushed
        return other

    def walk(self):
        """All that is below, and itself as the last."""
        for child in self.children:
            yield from child.walk()
        yield self


def blob(data, media_type='application/octet-stream', algorithm='sha256'):
    return Content(data, media_type, algorithm=algorithm)


def noise(size, seed):
    """A blob that does not compress."""
    return blob(random.Random(seed).randbytes(size))


def layer(name, size=1000, media_type=OCI_LAYER):
    """A layer that a container engine can unpack: one file."""
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode='w') as tar:
        entry = tarfile.TarInfo(name)
        entry.size = size
        tar.addfile(entry, io.BytesIO(random.Random(name).randbytes(size)))
    return blob(gzip.compress(text.getvalue(), mtime=0), media_type)


def manifest(media_type, children, **members):
    data = json.dumps({'schemaVersion': 2, 'mediaType': media_type, **members})
    return Content(data.encode(), media_type, children)


def config(layers, media_type=OCI_CONFIG):
    diff_ids = ['sha256:' + hashlib.sha256(gzip.decompress(one.data)).hexdigest() for one in layers]
    text = {**AMD64, 'config': {}, 'rootfs': {'type': 'layers', 'diff_ids': diff_ids},
            'history': [{'created_by': 'a test'} for _ in layers]}
    return blob(json.dumps(text).encode(), media_type)


def image(*layers, subject=None, media_type=OCI_IMAGE, config_type=OCI_CONFIG, **members):
    """A container engine can run it where its layers come from layer()."""
    own = config([one for one in layers if one.media_type in (OCI_LAYER, DOCKER_LAYER)], config_type)
    if subject:
        members['subject'] = subject.descriptor
    return manifest(media_type, [*([subject] if subject else []), own, *layers], config=own.descriptor,
                    layers=[one.descriptor for one in layers], **members)


def docker_image(*layers):
    return image(*layers, media_type=DOCKER_IMAGE, config_type=DOCKER_CONFIG)


def index(*manifests, media_type=OCI_INDEX, extra=(), **members):
    """With `extra`: those in the annotation that `mirror gather --index-fallback` makes."""
    if extra:
        members['annotations'] = {EXTRA_MANIFESTS: json.dumps([one.descriptor for one in extra])}
    return manifest(media_type, [*manifests, *extra], manifests=[one.descriptor for one in manifests], **members)
