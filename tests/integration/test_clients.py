"""Clients of others read what was pushed into servers of others: crane, oras and regctl."""

import json
import tarfile

import servers
import support
import trip


class Clients:
    """Tests at a server. A subclass is a Trip as well, and has `kind`, the class of the server."""

    def setUp(self):
        super().setUp()
        self.mirror_in_three_runs('--compression', 'zstd')
        self.server = self.enterContext(self.kind(self.directory))
        self.repository = self.to(self.server)
        self.push(self.repository)

    def ask(self, *command):
        """What a program says that must succeed."""
        result = self.execute(command)
        self.assertEqual(result.code, 0, f'{command}: {result.text}')
        return result.out

    def check_copied(self, folder, *roots):
        """The image layout in `folder` has `roots`, and everything below them."""
        for root in roots:
            for content in root.walk():
                path = folder / 'blobs' / content.digest.replace(':', '/')
                self.assertEqual(path.read_bytes(), content.data)

    @servers.needs('crane')
    def test_crane_finds_every_image_valid(self):
        for name in (':tools', ':web', *(f'@{one.digest}' for one in (*self.roots, *self.apps))):
            self.assertIn('PASS', self.ask('crane', 'validate', '--remote', self.repository + name))

    @servers.needs('crane')
    def test_crane_lists_the_tags_and_their_digests(self):
        tags = {'tools': self.roots[2], 'web': self.roots[1], self.cosign_tag: self.cosign}
        listed = set(self.ask('crane', 'ls', self.repository).split())
        of_referrers = {one.digest.replace(':', '-') for one in (self.apps[0], self.signature)}
        self.assertEqual(listed - of_referrers, set(tags))
        for tag, root in tags.items():
            self.assertEqual(self.ask('crane', 'digest', f'{self.repository}:{tag}').strip(), root.digest)

    @servers.needs('crane')
    def test_crane_pulls_an_index_with_its_images(self):
        self.ask('crane', 'pull', '--format', 'oci', f'{self.repository}:tools', self.directory / 'pulled')
        self.check_copied(self.directory / 'pulled', self.roots[2])

    @servers.needs('oras')
    def test_oras_discovers_the_referrers_of_referrers(self):
        found = json.loads(self.ask('oras', 'discover', '--plain-http', '--format', 'json',
                                    f'{self.repository}@{self.apps[0].digest}'))
        signature, = found['referrers']
        self.assertEqual((signature['digest'], signature['artifactType']),
                         (self.signature.digest, 'application/vnd.example.signature'))
        sbom, = signature['referrers']
        self.assertEqual((sbom['digest'], sbom['artifactType']), (self.sbom.digest, 'application/vnd.example.sbom'))

    @servers.needs('oras')
    def test_oras_pulls_the_file_of_an_artifact(self):
        self.ask('oras', 'pull', '--plain-http', '--output', self.directory / 'pulled',
                 f'{self.repository}@{self.sbom.digest}')
        self.assertEqual((self.directory / 'pulled/sbom.txt').read_bytes(), b'what is in it')

    @servers.needs('oras')
    def test_oras_copies_an_index_with_all_referrers(self):
        self.ask('oras', 'cp', '--recursive', '--from-plain-http', f'{self.repository}:tools', '--to-oci-layout',
                 f'{self.directory}/copied:tools')
        self.check_copied(self.directory / 'copied', self.roots[2], self.signature, self.sbom)

    def regctl(self, *words):
        return self.ask('regctl', '--host', f'reg={self.server.host},tls=disabled', *words)

    @servers.needs('regctl')
    def test_regctl_lists_the_artifacts_of_an_image(self):
        listed = json.loads(self.regctl('artifact', 'list', '--format', '{{json .Descriptors}}',
                                        f'{self.repository}@{self.apps[0].digest}'))
        self.assertEqual([(one['digest'], one['artifactType']) for one in listed],
                         [(self.signature.digest, 'application/vnd.example.signature')])
        listed = json.loads(self.regctl('artifact', 'list', '--digest-tags', '--format', '{{json .Descriptors}}',
                                        f'{self.repository}@{self.apps[0].digest}'))
        self.assertEqual({one['digest'] for one in listed}, {self.signature.digest, self.cosign.digest})

    @servers.needs('regctl')
    def test_regctl_exports_an_image(self):
        file = self.directory / 'exported.tar'
        self.regctl('image', 'export', f'{self.repository}:tools', file)
        with tarfile.open(file) as tar:
            for content in self.roots[2].walk():
                self.assertEqual(tar.extractfile('blobs/' + content.digest.replace(':', '/')).read(), content.data)


@servers.needs('docker-registry')
class AtDockerRegistry(Clients, trip.Trip):
    kind = servers.DockerRegistry


@servers.needs('registry3')
class AtDistribution3(Clients, trip.Trip):
    kind = servers.Distribution3


@servers.needs('zot')
class AtZot(Clients, trip.Trip):
    kind = servers.Zot


if __name__ == '__main__':
    support.main()
