"""What an answer looks like as tables: one a subject, with headed columns, plain rows, and the places of the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

from geo.atlas import Provenance
from geo.errors import InputError, UnknownTermError

CODE: Final = "code"
"""The language of machines: names of columns and codes of terms as in the JSON answers."""

SENTENCE: Final = "reason"
"""The column and the fact that tell of a reason, in an English sentence."""

_ZONE: Final = ("北京时间", "China time")


class CellKind(Enum):
    """What a column's cells are. A missing cell is None in every kind."""

    TEXT = "text"  # str; codes and ids too, which are never numbers
    COUNT = "count"  # int
    NUMBER = "number"  # float
    SHARE = "share"  # float from 0 to 1
    DATE = "date"  # datetime.date
    INSTANT = "instant"  # aware datetime
    FLAG = "flag"  # bool
    TERM = "term"  # a member of a vocabulary
    LIST = "list"  # tuple of texts, numbers or dates


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name as in the JSON answer, its heading in Chinese and English, its unit, and what its cells are.

    `terms` names the vocabulary of a TERM, or of a COUNT that the map colours, as a `Look` has its words and colours.
    """

    name: str
    zh: str
    en: str
    kind: CellKind = CellKind.TEXT
    unit: tuple[str, str] | None = None
    terms: str | None = None

    def heading(self, lang: str) -> str:
        """The heading with its unit; in the language of machines the name."""
        if lang == CODE:
            return self.name
        # a sheet's cell has no zone: the heading tells it
        unit = _ZONE if self.kind is CellKind.INSTANT else self.unit
        if lang == "zh":
            return self.zh + (f"({unit[0]})" if unit else "")
        return self.en + (f" ({unit[1]})" if unit else "")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a table's rows lie: at the row of a reference layer whose key stands in one of the table's columns."""

    layer: str
    column: str


@dataclass(frozen=True, slots=True)
class Table:
    """One subject. `key` names the columns that tell its rows apart, `lead` is how many first columns stay in view."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    key: tuple[str, ...]
    places: Places | None = None
    lead: int = 2

    def title(self, lang: str) -> str:
        """The subject."""
        return self.zh if lang == "zh" else self.en

    def position(self, name: str) -> int:
        """Where the column of that name stands."""
        return next(place for place, column in enumerate(self.columns) if column.name == name)

    def cells(self, name: str) -> list[Any]:
        """The cells of one column."""
        place = self.position(name)
        return [row[place] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that holds for the whole answer, such as the week asked about."""

    name: str
    zh: str
    en: str
    value: Any


@dataclass(frozen=True, slots=True)
class Book:
    """One answer as tables, the foremost first.

    `about` says in a word what was asked about (a week, an order's number); file names carry it. `drawn_from` are the
    layers that the answer rests on, which tell how much of it is made up. `at` is the present it was asked at.
    """

    name: str
    zh: str
    en: str
    about: str
    tables: tuple[Table, ...]
    facts: tuple[Fact, ...]
    drawn_from: tuple[str, ...]
    at: datetime
    provenance: Provenance

    def title(self, lang: str) -> str:
        """What the answer is about."""
        return self.zh if lang == "zh" else self.en

    def table(self, name: str | None = None) -> Table:
        """The table of that name, the foremost without one; UnknownTermError lists the names."""
        found = [table for table in self.tables if name in (None, table.name)]
        if not found:
            raise UnknownTermError("table", name, [table.name for table in self.tables])
        return found[0]

    def told(self, heard: Callable[[str], str]) -> Book:
        """The same for people, with each reason as `heard` says it."""
        return replace(
            self,
            tables=tuple(replace(table, rows=tuple(_told(table, heard))) for table in self.tables),
            facts=tuple(
                replace(fact, value=heard(fact.value)) if fact.name == SENTENCE else fact for fact in self.facts
            ),
        )

    def placed(self, name: str | None = None) -> tuple[Table, Places]:
        """The same with where its rows lie; without a name the foremost that has places. InputError where it has none.

        A table of people or hours lies nowhere.
        """
        tables = self.tables if name is None else (self.table(name),)
        for table in tables:
            if table.places is not None:
                return table, table.places
        raise InputError(f"{tables[0].name}: its rows have no places; ask for csv or xlsx", parameter="f")


@dataclass(frozen=True, slots=True)
class Look:
    """How terms read in a language, and the map's colours for them: by vocabulary, then by term.

    A colour is that of the ground and that of the text upon it, `#rrggbb`; `head` is that of headings.
    """

    lang: str
    words: Mapping[str, Mapping[Any, str]]
    colours: Mapping[str, Mapping[Any, tuple[str, str]]] = field(default_factory=lambda: MappingProxyType({}))
    head: tuple[str, str] | None = None

    def word(self, column: Column, term: Any) -> str:
        """The word for a term of a column."""
        return self.words[column.terms or ""][term]

    def colour(self, column: Column, cell: Any) -> tuple[str, str] | None:
        """The colours of a cell, None where the map has none for it."""
        return None if column.terms is None or cell is None else self.colours.get(column.terms, {}).get(cell)


def _told(table: Table, heard: Callable[[str], str]) -> Iterator[tuple[Any, ...]]:
    sentences = {place for place, column in enumerate(table.columns) if column.name == SENTENCE}
    for row in table.rows:
        yield tuple(heard(cell) if place in sentences else cell for place, cell in enumerate(row)) if sentences else row


def rows_of(columns: Iterable[Column], values: Iterable[Any]) -> tuple[tuple[Any, ...], ...]:
    """A row for each value, whose cells are its attributes of the columns' names."""
    getters: list[Callable[[Any], Any]] = [attrgetter(column.name) for column in columns]
    return tuple(tuple(get(value) for get in getters) for value in values)
