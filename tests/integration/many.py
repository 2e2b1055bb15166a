"""A mirror that many processes make: the artifacts, the folder that one process makes of them, and what to compare."""

import collections
import os
import re

import support
from content import image, index, noise

LEDGER = '.ace-dt/ledger'


class Case(support.Case):
    """`self.source` has the artifacts of `self.rows`; blobs that several of them share, and one large blob."""

    LARGE = 12_000_000

    def setUp(self):
        super().setUp()
        bin_directory = self.directory / 'bin'
        bin_directory.mkdir()
        (bin_directory / 'ace-dt').symlink_to(os.environ['ACE_DT'])
        self.environment['PATH'] = f'{bin_directory}:{self.environment["PATH"]}'
        self.source = self.registry()
        self.large = noise(self.LARGE, 'large')
        shared, base = noise(400_000, 'shared'), noise(900_000, 'base')
        images = [image(base, *(noise(30_000 * i, 10 * i + j) for j in range(4)), *[shared] * (i % 3 == 0))
                  for i in range(1, 13)]
        images.insert(4, image(shared, self.large))
        images.append(index(*images[:2], image(noise(50_000, 'of an index'))))
        self.rows = [(f'n{i}', self.source.push(f'a/n{i}', one)) for i, one in enumerate(images)]
        self.contents = {content.digest: content for one in images for content in one.walk()}

    def mirror_with_one_process(self):
        self.undisturbed = self.directory / 'undisturbed'
        self.mirror(self.rows, folder=self.undisturbed)
        self.list = self.directory / 'list.csv'
        self.source.forget_requests()

    def program(self, *words):
        """A run of `ace-dt mirror` that must succeed."""
        result = self.execute([os.environ['ACE_DT'], 'mirror', *words], self.folder)
        self.assertEqual(result.code, 0, result.text)
        return result

    def check_same_folder(self):
        """All that one process makes is there, byte for byte."""
        self.assertEqual(self.snapshot(), self.snapshot(self.undisturbed))
        self.assertEqual((self.folder / LEDGER).read_bytes(), (self.undisturbed / LEDGER).read_bytes())
        self.assertEqual(files(self.folder), files(self.undisturbed))
        self.check_folder()

    def check_requests(self, *interrupted):
        """Each manifest was asked for once, and each blob was sent once, except those of `interrupted`."""
        asked = collections.Counter(one.target for one in self.source.requests('/manifests/', 'GET'))
        self.assertEqual({target: count for target, count in asked.items() if count > 1}, {})
        sent = collections.Counter()
        for one in self.source.requests('/blobs/', 'GET'):
            sent[re.search('[^/]*$', one.target)[0]] += int(one.bytes)
        blobs = {digest: len(self.contents[digest].data) for digest in sent}
        self.assertEqual({digest: count for digest, count in sent.items() if count != blobs[digest]}.keys(),
                         set(interrupted))


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob('*'))
