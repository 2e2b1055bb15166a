"""The whole trip: artifacts with their referrers are mirrored in three runs, carried, pushed by this program or by the
reference, and pulled by other programs."""

import itertools
import json
import shutil
import subprocess

import servers
import support
from content import AMD64, OCI_IMAGE, OCI_INDEX, SOURCE, blob, image, index, layer, manifest

REPOSITORY = 'high/side'


def cosign_signature():
    config = blob(b'{"of":"cosign"}', 'application/vnd.oci.image.config.v1+json')
    payload = blob(b'a signature of cosign', 'application/vnd.dev.cosign.simplesigning.v1+json')
    return manifest(OCI_IMAGE, [config, payload], config=config.descriptor, layers=[payload.descriptor])


class Trip(support.Case):

    def setUp(self):
        super().setUp()
        self.source = self.registry()
        base = layer('base', 200_000)
        self.apps = [image(base, layer(name)) for name in ('git', 'curl', 'make')]
        self.signature = image(blob(b'signature'), subject=self.apps[0], artifactType='application/vnd.example.signature')
        self.sbom = image(blob(b'what is in it'), subject=self.signature, artifactType='application/vnd.example.sbom')
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
            self.push(f'{destination.host}/{REPOSITORY}', folder=part)

    def check(self, push, destinations, tags=True):
        """Makes the trip with every compression and every --dedup."""
        for compression, dedup in itertools.product(('none', 'zstd', 'gzip'), ('folder', 'name', 'none')):
            with self.subTest(compression=compression, dedup=dedup):
                shutil.rmtree(self.folder, ignore_errors=True)
                self.mirror_in_three_runs('--compression', compression, '--dedup', dedup)
                for make in destinations:
                    with make() as destination:
                        push(destination)
                        self.check_arrived(destination, tags)
                        self.check_referrers(destination)

    def test_into_registries_with_and_without_a_referrers_api(self):
        self.check(lambda destination: self.push(f'{destination.host}/{REPOSITORY}'),
                   (lambda: servers.TestRegistry(self.directory),
                    lambda: servers.TestRegistry(self.directory, '--no-referrers')))

    def test_in_parts(self):
        self.check(self.push_in_parts, (lambda: servers.TestRegistry(self.directory),))

    @servers.needs('docker-registry')
    def test_into_the_registry_of_debian(self):
        self.check(lambda destination: self.push(f'{destination.host}/{REPOSITORY}'),
                   (lambda: servers.DockerRegistry(self.directory),))

    @servers.needs('ace-dt-go', 'docker-registry')
    def test_pushed_by_the_reference(self):
        def push(destination):
            config = self.write('reference.yaml', json.dumps({
                'apiVersion': 'config.dt.act3-ace.io/v1alpha1', 'kind': 'Configuration',
                'registryConfig': {'registries': {destination.host: {'endpoints': [f'http://{destination.host}']}}}}))
            carried = self.directory / 'carried'
            shutil.rmtree(carried, ignore_errors=True)
            shutil.copytree(self.folder, carried)
            done = subprocess.run(['ace-dt-go', 'mirror', 'batch-deserialize', carried,
                                   f'{destination.host}/{REPOSITORY}', '--config', config], env=self.environment,
                                  cwd=self.directory, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.check(push, (lambda: servers.DockerRegistry(self.directory),), tags=False)

    @servers.needs('docker-registry', 'skopeo')
    def test_pulled_with_skopeo(self):
        self.mirror_in_three_runs()
        with servers.DockerRegistry(self.directory) as registry:
            self.push(f'{registry.host}/{REPOSITORY}')
            subprocess.run(['skopeo', 'copy', '-q', '--all', '--src-tls-verify=false',
                            f'docker://{registry.host}/{REPOSITORY}:tools', f'oci:{self.directory}/pulled:v1'],
                           check=True)
        pulled = self.directory / 'pulled/blobs/sha256'
        for content in self.roots[2].walk():
            self.assertEqual((pulled / content.digest.partition(':')[2]).read_bytes(), content.data)

    @servers.needs('docker-registry', 'podman')
    def test_pulled_with_podman(self):
        self.mirror_in_three_runs()
        with servers.DockerRegistry(self.directory) as registry:
            self.push(f'{registry.host}/{REPOSITORY}')
            storage = ['--root', self.directory / 'storage', '--runroot', self.directory / 'run',
                       '--storage-driver', 'vfs']
            reference = f'{registry.host}/{REPOSITORY}@{self.apps[2].digest}'
            subprocess.run(['podman', *storage, 'pull', '-q', '--tls-verify=false', reference], check=True,
                           capture_output=True)


if __name__ == '__main__':
    support.main()
