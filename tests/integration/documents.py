"""The documents: their blocks, and the commands that they name."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / 'README.md', *(ROOT / 'docs').glob('*.md')])
FENCED = re.compile('(?ms)^```([^\n]*)\n(.*?)^```$')
INDENTED = re.compile(r'(?m)(?:^|\n)\n(    \S.*)')


class Block:

    def __init__(self, info, text):
        self.language, _, self.file = info.strip().partition(' ')
        self.text = text


def blocks(text):
    return [Block(*found) for found in FENCED.findall(text)]


def sections(document):
    """Title and blocks of each section."""
    for section in re.split('(?m)^## ', document)[1:]:
        title, _, body = section.partition('\n')
        yield title, blocks(body)


def indented(document):
    """The first lines of blocks that are indented instead of fenced."""
    return INDENTED.findall(FENCED.sub('', document))


def commands_in(document):
    """Every command and piece of code in it: the logical lines of blocks of `sh`, and what is between backquotes."""
    for block in blocks(document):
        if block.language == 'sh':
            yield from re.sub(r'\\\n\s*', '', block.text).splitlines()
    yield from re.findall('`([^`\n]+)`', FENCED.sub('', document))


class Program:
    """What ace-dt says of itself: its commands, each with its flags."""

    def __init__(self):
        self.flags = {}  # '' and 'mirror verify' -> {'--full', ...}
        self.ask(())

    def ask(self, words):
        command = [os.environ['ACE_DT'], *words, '--help']
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = re.findall(r'(?m)^  (?:(-\w),)?(--[a-z-]+)', text)
        self.flags[' '.join(words)] = {flag for both in found for flag in both if flag}
        below = text.partition('\nSubcommands:\n')[2].partition('\n\n')[0]
        for word in re.findall(r'(?m)^  ([a-z-]+)', below):
            self.ask((*words, word))

    def command(self, words):
        """The longest command that `words` begin with, perhaps without its `mirror`; None if there is none."""
        for name in (' '.join(words[:2]), ' '.join(words[:1]), ' '.join(['mirror', *words[:1]])):
            if name in self.flags:
                return name
        return None

    def unknown(self, code):
        """The flags in `code`, a command or a piece of one, that the program does not know. Those of other programs are
        not looked at."""
        found = []
        for part in re.split(r'[|;&()]|\$\(', re.sub(r'(?<!\S)#.*', '', code)):
            words = re.sub('"[^"]*"|\'[^\']*\'', 'TEXT', part).split()
            if 'ace-dt' in words:
                words = words[words.index('ace-dt') + 1:]
                known = self.flags[self.command(words) or '']
            elif words and words[0].startswith('-'):
                known = set().union(*self.flags.values())
            elif words[:1] != ['ls'] and (name := self.command(words)):  # ls is also a program of its own
                known = self.flags[name]
            else:
                continue
            flags = [word.partition('=')[0] for word in words if re.match('-[a-z]$|-[a-z]=|--[a-z]', word)]
            found += [flag for flag in flags if flag not in known and flag != '-vv']
        return found
