"""The lists of a page's panel as plain entries, whatever kind of section holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a list: its name, what is said of it, and its class with the class's style."""

    name: str
    note: str = ""
    side: str = ""
    badge: str = ""
    style: str = ""


def entries(sections: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    """Each list that has entries, by its title with its count, in the page's order."""
    for section in sections:
        kind = _KINDS.get(section["type"])
        found = tuple(kind(section)) if kind else ()
        if found:
            yield " ".join(filter(None, (section["title"], section.get("count", "")))), found


def _list(section: Mapping[str, Any]) -> Iterator[Entry]:
    for group in section["groups"]:
        for item in (*group["items"], *group.get("rest", ())):
            classed = item if item.get("badge") else {"badge": group.get("title"), "style": group.get("style")}
            told = (item.get("note"), item.get("side"), classed["badge"], classed["style"])
            yield Entry(item["name"], *(text or "" for text in told))


def _arrivals(section: Mapping[str, Any]) -> Iterator[Entry]:
    for item in section["items"]:
        yield Entry(f"{item['rank']}. {item['t']}", item.get("n") or "", item.get("b") or "")


def _rows(section: Mapping[str, Any]) -> Iterator[Entry]:
    for label, value in section["rows"]:
        yield Entry(str(label), str(value))


def _table(section: Mapping[str, Any]) -> Iterator[Entry]:
    for row in section["rows"]:
        name, first, badge, *others = row["cells"]
        told = " ".join(f"{label} {cell}" for label, cell in zip(section["columns"][3:], others, strict=True))
        yield Entry(name, first, told, badge, row["style"])


_KINDS: Final = {"list": _list, "since": _list, "arrivals": _arrivals, "rows": _rows, "table": _table}
