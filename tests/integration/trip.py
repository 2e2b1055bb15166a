"""The artifacts of the whole trip, with their referrers: how they are mirrored in three runs, and what must arrive."""

import json
import os
import shutil

import support
from content import AMD64, OCI_IMAGE, OCI_INDEX, SOURCE, blob, image, index, layer, manifest

REPOSITORY = 'high/side'
TITLE = 'org.opencontainers.image.title'


def cosign_signature(signed='anything'):
    """What looks like a signature of cosign for an artifact with the digest `signed`."""
    config = blob(f'{{"of":"{signed}"}}'.encode(), 'application/vnd.oci.image.config.v1+json')
    payload = blob(f'a signature of {signed}'.encode(), 'application/vnd.dev.cosign.simplesigning.v1+json')
    return manifest(OCI_IMAGE, [config, payload], config=config.descriptor, layers=[payload.descriptor])


class Trip(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        base = layer('base', 200_000)
        self.apps = [image(base, layer(name)) for name in ('git', 'curl', 'make')]
        self.signature = image(blob(b'signature'), subject=self.apps[0],
                               artifactType='application/vnd.example.signature')
        self.sbom = image(blob(b'what is in it').described(annotations={TITLE: 'sbom.txt'}), subject=self.signature,
                          artifactType='application/vnd.example.sbom')
        self.cosign = cosign_signature()
        for i, app in enumerate(self.apps):
            self.source.push('gather/tools', app, f'app{i}')
        for referrer in (self.signature, self.sbom):
            self.source.push('gather/tools', referrer, referrer.digest)
        self.cosign_tag = self.apps[0].digest.replace(':', '-') + '.sig'
        self.source.push('gather/tools', self.cosign, self.cosign_tag)
        self.rows = [('tools', self.gathered('v1', self.apps[:1])), ('web', self.gathered('v2', self.apps[:2])),
                     ('tools', self.gathered('v3', self.apps))]

    def gathered(self, tag, apps):
        """Pushes an artifact like those of `mirror gather`. Its root is appended to self.roots."""
        entries = [one.described(platform=AMD64, annotations={SOURCE: f'reg.example.com/app{i}:v1'})
                   for i, one in enumerate(apps)]
        self.roots = [*getattr(self, 'roots', []), index(*entries)]
        return self.source.push('gather/tools', self.roots[-1], tag)

    def to(self, registry, repository=REPOSITORY):
        return f'{registry.host}/{repository}'

    def verify(self, registry):
        return self.execute([os.environ['ACE_DT'], 'mirror', 'verify', self.folder, '--against', self.to(registry)])

    def mirror_in_three_runs(self, *options):
        for count in (1, 2, 3):
            latest = dict(self.rows[:count])
            self.mirror(list(latest.items()), '--recursive', *options)
        self.assertEqual([file.partition('.')[0] for file in self.archives()],
                         ['000001-tools', '000002-web', '000003-tools'])

    def check_arrived(self, registry, tags=True):
        for root in (*self.roots, self.signature, self.sbom, self.cosign):
            self.check_pushed(registry, REPOSITORY, root)
        if tags:
            self.check_tag(registry, REPOSITORY, 'tools', self.roots[2])
            self.check_tag(registry, REPOSITORY, 'web', self.roots[1])
            self.check_tag(registry, REPOSITORY, self.cosign_tag, self.cosign)

    def referrers(self, registry, subject):
        """The digests of the referrers of `subject`, by the API or the tag schema."""
        status, _, text = registry.exchange('GET', f'/v2/{REPOSITORY}/referrers/{subject.digest}', None, {})
        if status != 200:
            tag = subject.digest.replace(':', '-')
            _, text = registry.ask('GET', f'/v2/{REPOSITORY}/manifests/{tag}', fields={'Accept': OCI_INDEX})
        return [one['digest'] for one in json.loads(text)['manifests']]

    def check_referrers(self, registry):
        self.assertEqual(self.referrers(registry, self.apps[0]), [self.signature.digest])
        self.assertEqual(self.referrers(registry, self.signature), [self.sbom.digest])

    def push_in_parts(self, destination):
        """Pushes the first archive, then the others from a folder that no longer has the first one."""
        for pattern in ('000001-*', '00000[23]-*'):
            part = self.directory / f'part {pattern[:7]}'
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            for path in self.folder.glob(pattern):
                shutil.copy(path, part)
            self.push(self.to(destination), folder=part)
