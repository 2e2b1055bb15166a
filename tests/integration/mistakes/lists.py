"""The list."""

from . import MIRROR, Mistake


def rows(*lines):
    return {'list.csv': 'name,artifact\n' + ''.join(line + '\n' for line in lines)}

MISTAKES = [
    Mistake('a list that does not exist', 'ace-dt mirror batch-serialize gather.csv sync', 2, '''
Error: no such list: gather.csv
hint: BATCH-LIST is a CSV file with a header and the columns name and artifact
'''),
    Mistake('an empty list', MIRROR, 2, '''
Error: list.csv: the list is empty
hint: a list begins with the header "name,artifact", even if it has no rows
''', files={'list.csv': ''}),
    Mistake('a list that is a folder', 'ace-dt mirror batch-serialize . sync', 2, '''
Error: . is a folder where the list is expected
hint: give BATCH-LIST first, a CSV file, and then SYNC-DIRECTORY
'''),
    Mistake('an empty standard input', 'ace-dt mirror batch-serialize - sync < /dev/null', 2, '''
Error: standard input: the list is empty
hint: a list begins with the header "name,artifact", even if it has no rows
'''),
    Mistake('a header of one column', MIRROR, 2, '''
Error: list.csv:1: a header of one column, and no rows
hint: a list begins with the header "name,artifact", even if it has no rows
''', files={'list.csv': 'artifact\n'}),
    Mistake('rows of one column', MIRROR, 2, '''
Error: list.csv:2: the row has one field, but needs a name and an artifact
hint: write each row as name,artifact: tools,ghcr.io/example/tools:v1
''', files={'list.csv': 'artifact\nregistry.invalid/a:v1\n'}),
    Mistake('a row of one column', MIRROR, 2, '''
Error: list.csv:2: the row has one field, but needs a name and an artifact
hint: write each row as name,artifact: tools,ghcr.io/example/tools:v1
''', files=rows('registry.invalid/a:v1')),
    Mistake('no header', MIRROR, 2, '''
Error: list.csv:1: the first line is not a header but the artifact "registry.invalid/a:v1"
hint: the first line must be a header such as "name,artifact"
''', files={'list.csv': 'a,registry.invalid/a:v1\n'}),
    Mistake('a header twice', MIRROR, 2, '''
Error: list.csv:3: the header is repeated
hint: remove this line: a list has one header
''', files=rows('a,registry.invalid/a:v1', 'name,artifact')),
    Mistake('columns the wrong way round', MIRROR, 2, '''
Error: list.csv:1: column 1 is called artifact
hint: put name in the first column and artifact in the second, without a column of row numbers before them
''', files={'list.csv': 'artifact,name\nregistry.invalid/a:v1,a\n'}),
    Mistake('columns swapped in a row', MIRROR, 2, '''
Error: list.csv:2: name "registry.invalid/a:v1" contains a '/'
hint: choose another name: it becomes part of a file name, as in 000001-tools.tar, and the artifact is the next column
''', files=rows('registry.invalid/a:v1,a')),
    Mistake('a column of numbers', MIRROR, 2, '''
Error: list.csv:1: column 3 is called artifact
hint: put name in the first column and artifact in the second, without a column of row numbers before them
''', files={'list.csv': 'id,name,artifact\n1,a,registry.invalid/a:v1\n'}),
    Mistake('a tab in a list with commas', MIRROR, 2, '''
Error: list.csv:2: the row has one field, but needs a name and an artifact
hint: write each row as name,artifact: tools,ghcr.io/example/tools:v1
''', files=rows('a\tregistry.invalid/a:v1')),
    Mistake('a quote that is not closed', MIRROR, 2, '''
Error: list.csv:2: a quote is never closed
hint: close it on the same line
''', files=rows('"a,registry.invalid/a:v1', 'b,registry.invalid/b:v1')),
    Mistake('a quote within a field', MIRROR, 2, '''
Error: list.csv:2: a quote inside a field that does not begin with one
hint: put the whole field in quotes, and write "" for a quote in it
''', files=rows('a"b,registry.invalid/a:v1')),
    Mistake('text after a quote', MIRROR, 2, '''
Error: list.csv:2: text after a closing quote
hint: write "" for a quote in a quoted field, and a separator after the field
''', files=rows('"a"b,registry.invalid/a:v1')),
    Mistake('curly quotes', MIRROR, 2, '''
Error: list.csv:2: name "“a”" contains the curly quote U+201C
hint: type it again, with plain blanks and quotes only
''', files=rows('“a”,registry.invalid/a:v1')),
    Mistake('a no-break space', MIRROR, 2, '''
Error: list.csv:2: name "a b" contains the no-break space U+00A0
hint: type it again, with plain blanks and quotes only
''', files=rows('a\u00a0b,registry.invalid/a:v1')),
    Mistake('Latin-1', MIRROR, 2, '''
Error: list.csv:2: name "?" is not UTF-8
hint: save the list as CSV in UTF-8 (in Excel: "CSV UTF-8")
''', files={'list.csv': 'name,artifact\nä,registry.invalid/a:v1\n'.encode('latin-1')}),
    Mistake('a spreadsheet', MIRROR, 2, '''
Error: list.csv: not a list but a zipped document such as an .xlsx or .ods file
hint: save the list as CSV in UTF-8 (in Excel: "CSV UTF-8")
''', files={'list.csv': b'PK\x03\x04....'}),
    Mistake('a NUL', MIRROR, 2, '''
Error: list.csv:2: contains a NUL
hint: remove it; save the list as text in UTF-8, with lines that end in LF or CRLF
''', files=rows('a\0,registry.invalid/a:v1')),
    Mistake('a scheme', MIRROR, 2, '''
Error: list.csv:2: reference "https://registry.invalid/a:v1": starts with a scheme
hint: write host[:port]/repository[:tag] or host[:port]/repository@digest, without scheme, user and password
''', files=rows('a,https://registry.invalid/a:v1')),
    Mistake('docker scheme', MIRROR, 2, '''
Error: list.csv:2: reference "docker://registry.invalid/a:v1": starts with a scheme
hint: write host[:port]/repository[:tag] or host[:port]/repository@digest, without scheme, user and password
''', files=rows('a,docker://registry.invalid/a:v1')),
    Mistake('a repository in upper case', MIRROR, 2, '''
Error: list.csv:2: reference "registry.invalid/Team/App:v1": repository "Team/App": want parts of a-z and 0-9, joined by . _ __ or -, separated by /
hint: write host[:port]/repository[:tag] or host[:port]/repository@digest, without scheme, user and password
''', files=rows('a,registry.invalid/Team/App:v1')),
    Mistake('a tag that is none', MIRROR, 2, '''
Error: list.csv:2: reference "registry.invalid/a:v1+2": tag "v1+2": want 1 to 128 letters, digits and _ . -, not starting with . or -
hint: write host[:port]/repository[:tag] or host[:port]/repository@digest, without scheme, user and password
''', files=rows('a,registry.invalid/a:v1+2')),
    Mistake('a port that is none', MIRROR, 2, '''
Error: list.csv:2: reference "registry.invalid:50000000/a:v1": registry "registry.invalid:50000000": want HOST or HOST:PORT
hint: write host[:port]/repository[:tag] or host[:port]/repository@digest, without scheme, user and password
''', files=rows('a,registry.invalid:50000000/a:v1')),
    Mistake('a digest that is cut', MIRROR, 2, '''
Error: list.csv:2: reference "registry.invalid/a@sha256:abcd": digest "sha256:abcd": not 64 lower-case hex digits after the colon
hint: write host[:port]/repository[:tag] or host[:port]/repository@digest, without scheme, user and password
''', files=rows('a,registry.invalid/a@sha256:abcd')),
    Mistake('a digest of md5', MIRROR, 2, '''
Error: list.csv:2: reference "...@md5:d41d8cd98f00b204e9800998ecf8427e": digest "md5:d41d8cd98f00b204e9800998ecf8427e": algorithm "md5" is neither sha256 nor sha512
hint: write host[:port]/repository[:tag] or host[:port]/repository@digest, without scheme, user and password
''', files=rows('a,registry.invalid/a@md5:d41d8cd98f00b204e9800998ecf8427e')),
    Mistake('a login in the reference', MIRROR, 2, '''
Error: list.csv:2: reference "...@registry.invalid/a:v1": has a user or a password, which do not belong there
hint: write host[:port]/repository[:tag] or host[:port]/repository@digest, without scheme, user and password
''', files=rows('a,ada:correct-horse@registry.invalid/a:v1')),
    Mistake('a name with a slash', MIRROR, 2, '''
Error: list.csv:2: name "team/a" contains a '/'
hint: choose another name: it becomes part of a file name, as in 000001-tools.tar, and the artifact is the next column
''', files=rows('team/a,registry.invalid/a:v1')),
    Mistake('a name that is a path', MIRROR, 2, '''
Error: list.csv:2: name "../a" contains a '/'
hint: choose another name: it becomes part of a file name, as in 000001-tools.tar, and the artifact is the next column
''', files=rows('../a,registry.invalid/a:v1')),
    Mistake('a name that is too long', MIRROR, 2, '''
Error: list.csv:2: name "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"… has 300 bytes, but at most 200 are allowed
hint: choose another name: it becomes part of a file name, as in 000001-tools.tar, and the artifact is the next column
''', files=rows('a' * 300 + ',registry.invalid/a:v1')),
    Mistake('no name', MIRROR, 2, '''
Error: list.csv:2: the name is empty
hint: write each row as name,artifact: tools,ghcr.io/example/tools:v1
''', files=rows(',registry.invalid/a:v1')),
    Mistake('no artifact', MIRROR, 2, '''
Error: list.csv:2: the artifact of "a" is empty
hint: write each row as name,artifact: tools,ghcr.io/example/tools:v1
''', files=rows('a,')),
]
