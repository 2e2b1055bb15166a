#!/usr/bin/env python3
"""Refuses the coroutine shapes that g++ 12 compiles wrongly; traps/traps.cpp shows each of them.

An expression that awaits holds no braced initialiser, no capturing lambda, no ?:, no throw and no macro, and is not
the condition of an if, while, for or switch; a coroutine has no braced default argument. That is wider than what is
broken (g++ gets trivially destructible values right), but can be seen without types, and "name it on its own line"
always mends it.

usage: coroutines.py [FILE...]      exit status 1 when anything is found
"""

import pathlib
import re
import sys

import sources

TOKEN = re.compile(r"""
    ^[ \t]*\#(?:\\\n|[^\n])*                                     # a preprocessor line
  | //[^\n]* | /\*.*?\*/
  | (?:u8|[uUL])?R"(?P<end>[^()\s\\]*)\(.*?\)(?P=end)"           # a raw string
  | "(?:\\.|[^"\\])*" | \d[\w.']* | '(?:\\.|[^'\\])*'
  | :: | -> | \w+ | \S
""", re.S | re.M | re.X)
OPEN = {'(': ')', '[': ']', '{': '}'}
CONDITION = {'if', 'while', 'for', 'switch'}
SPECIFIER = {'const', 'noexcept', 'override', 'final', 'mutable', 'volatile', '&'}
BEFORE_EXPRESSION = {'return', 'co_return', 'co_await', 'co_yield', 'throw', 'else', 'do', 'case'}
MACRO = re.compile(r'[A-Z][A-Z0-9_]+')


class Source:
    """The tokens of a file, the partner of every bracket, and what every `{` opens."""

    def __init__(self, text):
        self.words, self.lines = [], []
        for found in TOKEN.finditer(text):
            if not found.group().lstrip().startswith(('#', '//', '/*')):
                self.words.append(found.group())
                self.lines.append(text.count('\n', 0, found.start()) + 1)
        self.partner = self._partners()
        self.captures = [i for i, word in enumerate(self.words) if word == '[' and self._opens_lambda(i)]
        self.lambda_bodies = {self._lambda_body(i) for i in self.captures}
        self.initialisers = {i for i, word in enumerate(self.words)
                             if word == '{' and i not in self.lambda_bodies and not self._opens_block(i)}

    def word(self, i):
        return self.words[i] if 0 <= i < len(self.words) else ';'

    def _partners(self):
        partner, stack = {}, []
        for i, word in enumerate(self.words):
            if word in OPEN:
                stack.append(i)
            elif word in OPEN.values() and stack:
                partner[i] = stack.pop()
                partner[partner[i]] = i
        return partner

    def close(self, i):
        return self.partner.get(i, len(self.words))

    def _opens_lambda(self, i):
        before, declared = self.word(i - 1), i - 1
        while self.word(declared) == '&':
            declared -= 1
        if self.word(declared) == 'auto' or '[' in (before, self.word(i + 1)):
            return False  # a structured binding, an attribute
        return before in BEFORE_EXPRESSION or not re.fullmatch(r'\w+|[)\]]|.*"', before)

    def _lambda_body(self, introducer):
        i = self.close(introducer) + 1
        while self.word(i) not in {'{', ';', ','}:
            i = self.close(i) if self.word(i) == '(' else i
            i += 1
        return i

    def _opens_block(self, i):
        before = self.word(i - 1)
        if before in {';', '{', '}', ':', ')', 'else', 'do', 'try'}:
            return True
        if before == ']':
            return self.word(self.close(i - 1) + 1) == '['  # [[likely]] {
        after_list = i - 1
        while self.word(after_list) in SPECIFIER:
            after_list -= 1
        return self.word(after_list) == ')' or self._ends_head(i - 1)

    def _ends_head(self, i):
        """Whether a trailing return type, a class or namespace head, or a requires clause ends at `i`."""
        depth, commas = 0, False
        while self.word(i) not in {';', '{', '}', '(', '='}:
            word = self.word(i)
            if word == ')':
                i = self.close(i)
            depth += (word == '>') - (word == '<')
            commas |= word == ',' and depth == 0
            if depth == 0 and (word == '->' and not commas
                               or word in {'namespace', 'struct', 'class', 'enum', 'union', 'extern', 'requires'}):
                return True
            i -= 1
        return False

    def statements(self):
        """Every statement as (the control word whose condition it is or '', its token numbers).

        The body of a lambda inside a statement is statements of its own.
        """
        ranges = [('', 0, len(self.words))]
        while ranges:
            control, i, end = ranges.pop()
            statement = []
            while i < end:
                word = self.words[i]
                begins = i + 2 if self.word(i + 1) == 'constexpr' else i + 1
                if word in CONDITION and self.word(begins) == '(':
                    ranges.append((word, begins + 1, self.close(begins)))
                    i = self.close(begins)
                elif word == '{' and i not in self.initialisers:
                    ranges.append(('', i + 1, self.close(i)))
                    ends_statement = i not in self.lambda_bodies
                    i = self.close(i)
                    if not ends_statement:
                        i += 1
                        continue
                elif word not in {';', 'else', 'do', 'try'}:
                    statement.append(i)
                    i += 1
                    continue
                yield control, statement
                statement = []
                i += 1
            yield control, statement


def awaiting(source, control, statement):
    """The findings (token number, text) in one statement that awaits."""
    awaits = [i for i in statement if source.words[i] == 'co_await']
    if awaits and control:
        yield awaits[0], f'co_await in the condition of "{control}"'
    for i in statement if awaits else []:
        word = source.words[i]
        if word == '?':
            yield i, '?: in an expression that awaits'
        elif word == 'throw':
            yield i, 'throw of an expression that awaits'
        elif word == '{':
            yield i, 'braced initialiser in an expression that awaits'
        elif word == '[' and i in source.captures and source.word(i + 1) != ']':
            yield i, 'capturing lambda in an expression that awaits'
        elif MACRO.fullmatch(word) and source.word(i + 1) == '(':
            if any(i < inside < source.close(i + 1) for inside in awaits):
                yield i, f'co_await inside {word}(), which may make it a condition'


def default_arguments(source):
    """The braced default arguments of functions and lambdas that return an awaitable."""
    for i, word in enumerate(source.words):
        if word != 'awaitable':
            continue
        head = i
        while source.word(head) not in {'(', ')', ';', '{', '}', '='}:
            head += 1
        before = i
        while source.word(before) in {'awaitable', 'asio', '::', '->'} | SPECIFIER:
            before -= 1
        opening = head if source.word(head) == '(' else source.close(before) if source.word(before) == ')' else None
        if opening is not None:
            for k in range(opening, source.close(opening)):
                if k in source.initialisers:
                    yield k, 'braced default argument of a coroutine'


def findings(text):
    """The sorted (line, text) of everything wrong in a file."""
    source = Source(text)
    found = set(default_arguments(source))
    for control, statement in source.statements():
        found.update(awaiting(source, control, statement))
    return sorted({(source.lines[i], rule) for i, rule in found})


def main(names):
    paths = [pathlib.Path(name) for name in names] or \
        [path for path in sources.cpp_files() if sources.TRAPS not in path.parents]
    found = [f'{path}:{line}: {rule}' for path in paths for line, rule in findings(path.read_text(encoding='utf-8'))]
    print('\n'.join(found + [f'coroutines: {len(found)} findings in {len(paths)} files']))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
