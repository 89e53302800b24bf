"""Answers written to files, in the form that the file's name asks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.cli.language import spoken

if TYPE_CHECKING:
    from api.wiring import Services
    from geo.tables import Book


def write(out: Path, book: Book, services: Services, lang: str | None, table: str | None = None) -> None:
    """Put an answer's tables at `out`, CSV, XLSX or GeoJSON, and say so."""
    from api import params
    from api.tables import look
    from geo.export import form_of, write_book
    from maps.words import words

    looks = look(params.language(lang), services.atlas)
    told = book if form_of(out) == "geojson" else book.told(words(looks.lang).heard)
    write_book(out, services.atlas, services.board, told, looks, table)
    typer.echo(f"{out}: {book.title(spoken())}, {book.about}")
