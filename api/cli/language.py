"""The language of the command: how it is chosen, and every text of the command in it.

English stands in the code; other languages stand in the catalogue of `maps/locale`, in two contexts. "command" has the
texts that the command itself says, by their English. "sentence" has what lower floors and typer say in English
(`maps/sentences.py`).
"""

from __future__ import annotations

import locale
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from typing import Final

ENGLISH: Final = "en"
LANGUAGES: Final = ("zh", ENGLISH)  # those of maps.words, which a help text has no time to load

_spoken: Final = ContextVar("spoken", default=ENGLISH)
_VARIABLES: Final = ("YIXIAN_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def chosen(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """`zh` or `en`: the first --lang among the command's words, else the first variable that is set, else the system.

    LANGUAGE may list several, of which the first that there is counts. Whatever is no Chinese is English.
    """
    asked = _option(words)
    if asked in LANGUAGES:
        return asked
    for variable in _VARIABLES:
        if value := environment.get(variable):
            return next(filter(None, map(_known, value.split(":"))), ENGLISH)
    return _known(locale.getlocale()[0] or "") or ENGLISH  # Windows sets no variable, it names "Chinese (Simplified)…"


def _option(words: Sequence[str]) -> str:
    for word, following in zip(words, (*words[1:], ""), strict=False):
        if word == "--":
            break
        if word == "--lang":
            return following
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    return ""


def _known(name: str) -> str | None:
    lower = name.lower()
    return "zh" if lower.startswith(("zh", "chinese")) else ENGLISH if lower.startswith(ENGLISH) else None


def speak(lang: str) -> None:
    """From here on the command speaks `lang`."""
    _spoken.set(lang)


def spoken() -> str:
    """The language that the command speaks."""
    return _spoken.get()


def _(text: str, /, **facts: object) -> str:
    """`text`, an English literal of the command, in the language spoken, with `facts` put in their places."""
    said = _catalogue(spoken()).get(text, text)
    return said.format(**facts) if facts else said


def term(group: str, value: object) -> str:
    """A term of `geo.terms` as people of the language say it; in English it is the term itself."""
    if value is None or spoken() == ENGLISH:
        return str(value)
    from maps.words import words

    return words(spoken())(f"{group}.{value}")


def heard(sentence: str) -> str:
    """A finished English sentence in the language spoken; as it is where the catalogue does not know how it is made."""
    if spoken() == ENGLISH:
        return sentence  # and nothing is read: English stands in the code
    from geo.errors import IncompleteProgramError
    from maps.words import words

    try:
        return words(spoken()).heard(sentence)
    except IncompleteProgramError:
        return sentence


@cache
def _catalogue(lang: str) -> Mapping[str, str]:
    if lang == ENGLISH:
        return {}  # and nothing is read: English stands in the code
    from geo.errors import IncompleteProgramError
    from maps.words import texts

    try:
        return texts(lang, "command")
    except IncompleteProgramError:  # English is better than nothing
        return {}
