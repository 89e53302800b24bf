"""FOLDER/rules.toml: the thresholds in force, the one file of a data folder that people edit by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path

from geo.errors import UnreadableFileError
from geo.files import read_bytes, write_atomic
from geo.rules import Rules

RULES = "rules.toml"


def read_rules(folder: Path) -> Rules:
    """The folder's rules, with the defaults for all that its file leaves out, or without a file.

    UnreadableFileError when the file is no TOML in UTF-8, ThresholdsError with every fault of its entries.
    """
    path = folder / RULES
    if not path.exists():
        return Rules()
    try:
        return Rules.of(tomllib.loads(read_bytes(path).decode("utf-8-sig")))  # Windows' editor writes the mark
    except UnicodeDecodeError:
        raise UnreadableFileError(path, "is not in UTF-8; save it so") from None
    except tomllib.TOMLDecodeError as reason:
        raise UnreadableFileError(path, f"is not TOML: {reason}") from None


def begin_rules(folder: Path, rules: Rules | None = None) -> None:
    """Put a file with `rules`, or with the defaults, into a folder that has none."""
    if not (folder / RULES).exists():
        write_rules(folder, rules or Rules())


def write_rules(folder: Path, rules: Rules) -> None:
    """Make `rules` those of the folder."""
    write_atomic(folder / RULES, rules.toml().encode())
