"""Every word of the pages and of the command, from one gettext catalogue per language under `maps/locale`.

A catalogue has the pages' words by their keys, the same in every language; a word that is not in the catalogue raises.
What the command says is kept by its English in the context "command" (`api/cli/language.py`), what lower floors say in
the context "sentence" (`maps/sentences.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from geo.calendar import to_china
from geo.errors import IncompleteProgramError, InputError
from maps.sentences import Sentences

LANGUAGES: Final = ("zh", "en")
"""The languages there are, the first one where nobody asks for another."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words; calling it with a key and the facts gives the sentence, KeyError for an unknown key."""

    lang: str
    catalogue: Mapping[str, str]

    def __call__(self, key: str, **facts: object) -> str:
        """The text behind `key` with `facts` put in their places."""
        text = self.catalogue[key]
        return text.format(**facts) if facts else text

    def number(self, value: float) -> str:
        """A figure with thousands separators; zero is "0"."""
        return f"{value:,}"

    def counted(self, unit: str, value: float | None) -> str:
        """A figure with its unit, or the words for a figure that the data leave out."""
        return self("value.missing") if value is None else self(f"unit.{unit}", count=self.number(value))

    def given(self, value: str | None) -> str:
        """A text, or the words for one that the data leave out."""
        return value or self("value.missing")

    def day(self, day: date, *, weekday: bool = False, year: bool = False) -> str:
        """A date as people of the language write it."""
        key = "date.full" if year else "date.weekday" if weekday else "date.day"
        return self(key, **self._parts(day))

    def instant(self, instant: datetime) -> str:
        """An instant to the minute, in China Standard Time."""
        local = to_china(instant)
        return self("date.instant", clock=f"{local:%H:%M}", **self._parts(local))

    def listed(self, items: list[str]) -> str:
        """Items one after another; the word for none when there are none."""
        return self("list.separator").join(items) or self("value.none")

    def heard(self, sentence: str) -> str:
        """A finished English sentence of a lower floor, such as a reason, in this language; as it is if unknown."""
        return _sentences(self.lang).heard(sentence)

    def _parts(self, day: date) -> dict[str, object]:
        return {
            "year": day.year,
            "month": self(f"month.{day.month}"),
            "day": day.day,
            "weekday": self(f"weekday.{day.isoweekday()}"),
        }


@cache
def words(lang: str) -> Words:
    """The catalogue of `lang`; InputError when there is none, IncompleteProgramError when it is not there."""
    if lang not in LANGUAGES:
        raise InputError(f"{lang!r} is not a language of the maps; allowed: {', '.join(LANGUAGES)}", parameter="lang")
    return Words(lang, texts(lang, None))


@cache
def texts(lang: str, context: str | None) -> Mapping[str, str]:
    """What the catalogue of `lang` has in a context: the pages' words in None, the command's texts in others."""
    entries = (entry for entry in _catalogue(lang) if entry.id and entry.context == context)
    return MappingProxyType({str(entry.id): str(entry.string) for entry in entries})


@cache
def _sentences(lang: str) -> Sentences:
    return Sentences(texts(lang, "sentence"), texts(lang, None))


@cache
def _catalogue(lang: str) -> Catalog:
    path = resources.files("maps").joinpath("locale", lang, "LC_MESSAGES", "yixian.po")
    try:
        with path.open("rb") as file:
            return read_po(file, locale=lang, abort_invalid=True)
    except (OSError, UnicodeDecodeError, PoFileError):
        raise IncompleteProgramError(catalogue_file(lang)) from None


def catalogue_file(lang: str) -> str:
    """Where the catalogue of `lang` is, beside the program."""
    return f"maps/locale/{lang}/LC_MESSAGES/yixian.po"
