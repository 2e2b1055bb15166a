"""Mistakes of users, and all that they then read: mistakes/ has the table."""

import concurrent.futures
import pathlib
import re
import unittest

import mistakes
import support
from mistakes import configuration, credentials, folders, lists, network, outputs, plans, registries, usage

AREAS = (usage, lists, configuration, credentials, network, registries, folders, plans, outputs)
TABLE = [mistake for area in AREAS for mistake in area.MISTAKES]
GUIDE = pathlib.Path(__file__).parents[2] / 'docs' / 'troubleshooting.md'
MAX_LINE = 400
LIBRARIES = re.compile(r'CLI11|yaml-cpp|simdjson|asio|getaddrinfo|llhttp|libdeflate|OpenSSL|OPENSSL|SSL_(?!CERT)|ZSTD_|std::')


class Mistakes(unittest.TestCase):
    """A test for each. They are made side by side, as most of the time is waiting."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            cls.outcomes = {mistake.about: pool.submit(mistakes.outcome, mistake) for mistake in TABLE}

    def check(self, mistake):
        code, says = self.outcomes[mistake.about].result()
        self.assertEqual(says, mistake.says.lstrip('\n'))
        self.assertEqual(code, mistake.code)


def test_of(mistake):
    return lambda self: self.check(mistake)


for mistake in TABLE:
    name = 'test_' + re.sub(r'\W+', '_', mistake.about.lower())
    assert not hasattr(Mistakes, name), f'two mistakes are about {mistake.about}'
    setattr(Mistakes, name, test_of(mistake))


class Texts(unittest.TestCase):
    """What each text of the table has."""

    def each(self):
        return [(mistake, mistake.says.strip().split('\n')) for mistake in TABLE]

    def test_each_error_has_a_hint(self):
        for mistake, lines in self.each():
            errors = [number for number, line in enumerate(lines) if line.startswith('Error: ')]
            self.assertTrue(errors, mistake.about)
            for number in errors:
                self.assertRegex(lines[number + 1], '^hint: .{10}', mistake.about)

    def test_no_line_is_too_long_to_read(self):
        for _, lines in self.each():
            self.assertLessEqual(max(map(len, lines)), MAX_LINE)

    def test_no_digest_is_twice_in_a_line(self):
        for _, lines in self.each():
            for line in lines:
                digests = re.findall('[0-9a-f]{64}', line)
                self.assertEqual(len(digests), len(set(digests)))

    def test_no_library_is_named(self):
        for mistake, _ in self.each():
            self.assertNotRegex(mistake.says, LIBRARIES)

    def test_no_secret_is_shown(self):
        for mistake, _ in self.each():
            self.assertNotRegex(mistake.says, '-horse')


class Guide(unittest.TestCase):
    """docs/troubleshooting.md."""

    def test_each_message_in_it_is_one_of_the_table(self):
        printed = {line for mistake in TABLE for line in mistake.says.split('\n')}
        quoted = re.findall('(?m)^`(Error: .*)`$', GUIDE.read_text())
        self.assertGreaterEqual(len(quoted), 30)
        for message in quoted:
            pattern = '.*'.join(map(re.escape, message.split('…')))
            self.assertTrue(any(re.fullmatch(pattern, line) for line in printed), message)


if __name__ == '__main__':
    support.main()
