"""Zip archives without a clock in them: equal parts make equal files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


def write_zip(path: Path, parts: Iterable[tuple[str, bytes]]) -> None:
    """Put the parts, each with its name, into an archive at `path`."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in parts:
            entry = ZipInfo(name)
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
