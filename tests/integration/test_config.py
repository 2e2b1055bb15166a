"""Settings of a run that the configuration file gives."""

import shutil

import servers
import support
from content import image, noise


class FromTheFile(support.Case):

    def source_of(self, *options, **access):
        source = self.registry(*options, **access)
        source.push('dev/app', image(noise(1000, 1)))
        return [('app', f'{source.host}/dev/app:v1')]

    def test_a_run_takes_its_settings_from_the_file(self):
        rows = self.source_of()
        self.configure('compression: zstd\ncompressionLevel: 1\ntrackerFilename: t.csv\nquiet: true\n')
        result = self.mirror(rows)
        self.assertEqual(result.text, '')
        self.assertEqual(self.archives(), ['000001-app.tar.zst'])
        self.assertTrue((self.folder / 't.csv').is_file())

    def test_a_flag_comes_before_the_file(self):
        rows = self.source_of()
        self.configure('compression: zstd\ncompressionLevel: 1\nquiet: true\n')
        result = self.mirror(rows, '--compression', 'none', '--quiet=false')
        self.assertNotEqual(result.out, '')
        self.assertEqual(self.archives(), ['000001-app.tar'])

    def test_a_certificate_may_be_named_from_the_home_folder(self):
        certificate, key = servers.self_signed(self.directory)
        rows = self.source_of('--tls-cert', certificate, '--tls-key', key, certificate=certificate)
        self.refused(rows, code=6)
        shutil.copy(certificate, self.directory / 'ours.pem')
        self.configure('caFile: ~/ours.pem\n')
        self.mirror(rows)

    def test_a_wrong_value_is_refused_with_its_line(self):
        self.configure('quiet: true\nmemory: much\n')
        self.assertIn('config.yaml:2: memory: got "much", want a size such as 48MiB or 1GB',
                      self.refused([('app', 'reg.example/dev/app:v1')], code=2))


if __name__ == '__main__':
    support.main()
