"""The project's C++ files."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ('include', 'src', 'tools', 'tests', 'bench')
TRAPS = ROOT / 'tools' / 'checks' / 'traps'  # shapes that are wrong on purpose


def cpp_files(*folders, suffixes=('.hpp', '.cpp')):
    """Every C++ file below the folders (all of them when none is named), in order."""
    files = []
    for folder in folders or FOLDERS:
        files += [path for path in (ROOT / folder).rglob('*') if path.suffix in suffixes]
    return sorted(files)
