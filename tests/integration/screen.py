"""A terminal: runs a program in it, and knows what was on its screen after each drawing of the live display."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

DRAWN = '\x1b[?7h'  # ends a drawing: wrapping is on again
TOKENS = re.compile('\x1b\\[([?0-9;]*)([A-Za-z])|[\r\n]|[^\x1b\r\n]+')


class Screen:
    """As far as the live display needs one: no scrolling, and rows of any number."""

    def __init__(self):
        self.rows, self.row, self.column = [''], 0, 0

    def write(self, text):
        for token in TOKENS.finditer(text):
            if token.group() == '\r':
                self.column = 0
            elif token.group() == '\n':
                self.row += 1
                self.rows += [''] * (self.row + 1 - len(self.rows))
            elif token.group(2):
                self.control(*token.groups())
            else:
                row = self.rows[self.row].ljust(self.column)
                end = self.column + len(token.group())
                self.rows[self.row] = row[:self.column] + token.group() + row[end:]
                self.column = end

    def control(self, parameters, command):
        if command == 'A':
            self.row -= int(parameters or 1)
        if command == 'J':
            del self.rows[self.row + 1:]
        if command in 'JK':
            self.rows[self.row] = self.rows[self.row][:self.column]

    def text(self):
        return '\n'.join(row.rstrip() for row in self.rows).rstrip('\n')


class Terminal:
    """Runs `command` in a terminal of `columns` and 24 rows, to its end."""

    def __init__(self, command, columns, environment, directory, on_drawing=lambda terminal, number: None):
        self.reader, writer = pty.openpty()
        self.resize(columns)
        self.code, self.written, self.drawings = None, '', []
        with subprocess.Popen(command, stdin=writer, stdout=writer, stderr=writer, cwd=directory,
                              env={'TERM': 'xterm-256color', **environment}) as process:
            os.close(writer)
            screen, rest = Screen(), ''
            for text in self.texts():
                self.written += text
                *drawn, rest = (rest + text).split(DRAWN)
                for drawing in drawn:
                    screen.write(drawing)
                    self.drawings.append(screen.text())
                    on_drawing(self, len(self.drawings))
            screen.write(rest)
            self.last = screen.text()
            self.code = process.wait()
        os.close(self.reader)

    def resize(self, columns):
        fcntl.ioctl(self.reader, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))

    def texts(self):
        """What comes, until the program has closed its side."""
        pending = b''
        while True:
            try:
                data = os.read(self.reader, 65536)
            except OSError:  # EIO: nobody has the other side open
                data = b''
            if not data:
                return
            pending += data
            whole = pending[:len(pending) - unfinished(pending)]
            pending = pending[len(whole):]
            yield whole.decode()


def unfinished(data):
    """How many bytes at the end of `data` begin a UTF-8 sequence that is not complete."""
    for count in range(1, min(4, len(data)) + 1):
        byte = data[-count]
        if byte & 0xc0 == 0xc0:
            length = 2 if byte < 0xe0 else 3 if byte < 0xf0 else 4
            return count if length > count else 0
        if byte & 0x80 == 0:
            return 0
    return 0
