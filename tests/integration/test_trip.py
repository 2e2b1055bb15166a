"""The whole trip: artifacts with their referrers are mirrored in three runs, carried, pushed by this program or by the
reference, and pulled by other programs."""

import itertools
import shutil
import subprocess

import servers
import support
import trip
from trip import REPOSITORY


class WholeTrip(trip.Trip):

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
        self.check(lambda destination: self.push(self.to(destination)),
                   (lambda: servers.TestRegistry(self.directory),
                    lambda: servers.TestRegistry(self.directory, '--no-referrers')))

    def test_in_parts(self):
        self.check(self.push_in_parts, (lambda: servers.TestRegistry(self.directory),))

    @servers.needs('docker-registry')
    def test_into_the_registry_of_debian(self):
        self.check(lambda destination: self.push(self.to(destination)),
                   (lambda: servers.DockerRegistry(self.directory),))

    @servers.needs('ace-dt-go', 'docker-registry')
    def test_pushed_by_the_reference(self):
        def push(destination):
            carried = self.directory / 'carried'
            shutil.rmtree(carried, ignore_errors=True)
            shutil.copytree(self.folder, carried)
            self.reference('batch-deserialize', carried, self.to(destination), host=destination.host)
        self.check(push, (lambda: servers.DockerRegistry(self.directory),), tags=False)

    @servers.needs('docker-registry', 'skopeo')
    def test_pulled_with_skopeo(self):
        self.mirror_in_three_runs()
        with servers.DockerRegistry(self.directory) as registry:
            self.push(self.to(registry))
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
            self.push(self.to(registry))
            storage = ['--root', self.directory / 'storage', '--runroot', self.directory / 'run',
                       '--storage-driver', 'vfs']
            reference = f'{registry.host}/{REPOSITORY}@{self.apps[2].digest}'
            subprocess.run(['podman', *storage, 'pull', '-q', '--tls-verify=false', reference], check=True,
                           capture_output=True)


if __name__ == '__main__':
    support.main()
