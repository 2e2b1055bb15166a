"""Signatures of cosign, in each form that it has for them, after the whole trip."""

import json

import servers
import support
from content import AMD64, image, index, layer

REPOSITORY = 'high/side'
# How to sign, and how to verify. A signature has a tag, or is a bundle among the referrers, or is among the referrers
# with the same content as under the tag.
FORMS = {'tag': (['--new-bundle-format=false'], ['--new-bundle-format=false']),
         'bundle': (['--new-bundle-format=true'], ['--new-bundle-format=true']),
         'referrer': (['--registry-referrers-mode=oci-1-1'], ['--experimental-oci11'])}


class Signatures:
    """Tests at a server. A subclass is a Case as well, and has `kind`, the class of the server."""

    def setUp(self):
        super().setUp()
        self.environment.update(COSIGN_PASSWORD='', COSIGN_EXPERIMENTAL='1')
        self.cosign('generate-key-pair')
        # Without this file, cosign asks the internet for it. A signature by key needs nothing of it.
        self.write('root.json', json.dumps({'mediaType': 'application/vnd.dev.sigstore.trustedroot+json;version=0.1'}))
        self.source = self.registry()

    def cosign(self, *words):
        result = self.execute(['cosign', *words])
        self.assertEqual(result.code, 0, result.text)

    def sign(self, name, root, *options):
        """Pushes it to the source with a signature, and returns the row of the list."""
        row = (name, self.source.push('a/' + name, root))
        self.cosign('sign', '--key', 'cosign.key', '--tlog-upload=false', '--use-signing-config=false', '--yes',
                    *options, f'{self.source.host}/a/{name}@{root.digest}')
        return row

    def verify(self, registry, root, *options):
        return self.execute(['cosign', 'verify', '--key', 'cosign.pub', '--insecure-ignore-tlog', '--trusted-root',
                             'root.json', *options, f'{registry.host}/{REPOSITORY}@{root.digest}'])

    def check_verified(self, registry, root, *options):
        result = self.verify(registry, root, *options)
        self.assertEqual(result.code, 0, result.text)
        self.assertIn(root.digest, result.out)

    def push_to_server(self, rows):
        self.mirror(rows, '--recursive')
        registry = self.enterContext(self.kind(self.directory))
        self.push(f'{registry.host}/{REPOSITORY}')
        return registry

    def test_a_signature_of_each_form_holds(self):
        images = {form: image(layer(form)) for form in FORMS}
        rows = [self.sign(form, images[form], *options) for form, (options, _) in FORMS.items()]
        unsigned = image(layer('unsigned'))
        registry = self.push_to_server([*rows, ('unsigned', self.source.push('a/unsigned', unsigned))])
        for form, (_, options) in FORMS.items():
            with self.subTest(form=form):
                self.check_verified(registry, images[form], *options)
        self.assertIn('no signatures found', self.verify(registry, unsigned).err)

    def test_signatures_of_an_index_and_of_its_images_hold(self):
        roots, rows = {}, []
        for form in ('tag', 'bundle'):
            images = [image(layer(f'{form} {variant}')) for variant in ('v1', 'v2')]
            roots[form] = index(*(one.described(platform={**AMD64, 'variant': str(i)}) for i, one in enumerate(images)))
            rows.append(self.sign(form, roots[form], '--recursive', *FORMS[form][0]))
        registry = self.push_to_server(rows)
        for form, root in roots.items():
            for one in (root, *root.children):
                with self.subTest(form=form, media_type=one.media_type):
                    self.check_verified(registry, one, *FORMS[form][1])


@servers.needs('docker-registry', 'cosign')
class AtDockerRegistry(Signatures, support.Case):
    kind = servers.DockerRegistry


@servers.needs('registry3', 'cosign')
class AtDistribution3(Signatures, support.Case):
    kind = servers.Distribution3


@servers.needs('zot', 'cosign')
class AtZot(Signatures, support.Case):
    kind = servers.Zot


if __name__ == '__main__':
    support.main()
