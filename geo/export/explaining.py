"""What a workbook says of itself: the question, the present, the data, the rules, what is made up, and its colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from geo.calendar import to_china
from geo.export.cells import FLAGS
from geo.export.made_up import DrawnFrom
from geo.tables import Book, Column, Look


def facts(book: Book, lang: str) -> Iterator[tuple[str, Any]]:
    """What was asked, when, and from which data it is answered."""
    zh, source = lang == "zh", book.provenance
    yield ("内容" if zh else "content"), book.title(lang)
    for fact in book.facts:
        yield (fact.zh if zh else fact.en), _told(fact.value, lang)
    yield ("截至(北京时间)" if zh else "as of (China time)"), _told(book.at, lang)
    yield ("数据日期(北京时间)" if zh else "date of the data (China time)"), _told(source.date, lang)
    yield ("数据版本" if zh else "data version"), source.version
    yield ("最新事件号" if zh else "newest event"), _told(source.sequence, lang)
    yield ("规则版本" if zh else "rules' version"), source.rules
    for table in book.tables:
        yield (f"工作表:{table.zh}" if zh else f"sheet: {table.en}"), f"{len(table.rows)} {'行' if zh else 'rows'}"


def made_up_rows(layers: Sequence[DrawnFrom], lang: str) -> Iterator[tuple[str, str]]:
    """How many rows each layer has that the answer rests on, and how many of them are synthetic."""
    for layer in layers:
        if lang == "zh":
            yield f"依据图层:{layer.zh}", f"{layer.rows} 行,其中模拟数据 {layer.synthetic_rows} 行"
        else:
            yield f"layer: {layer.en}", f"{layer.rows} rows, {layer.synthetic_rows} of them synthetic"


def _told(value: Any, lang: str) -> str:
    if value is None or value == ():
        return "无" if lang == "zh" else "none"
    if isinstance(value, bool):
        return FLAGS[lang][value]
    if isinstance(value, datetime):
        return f"{to_china(value):%Y-%m-%d %H:%M:%S}"
    return "、".join(map(str, value)) if isinstance(value, tuple) else str(value)


def legend(book: Book, look: Look) -> Iterator[tuple[Column, Any, tuple[str, str]]]:
    """Every term with its colours, under the first column of each vocabulary that has some."""
    first: dict[str, Column] = {}
    for column in chain.from_iterable(table.columns for table in book.tables):
        if column.terms is not None:
            first.setdefault(column.terms, column)
    for terms, column in first.items():
        for term, colour in look.colours.get(terms, {}).items():
            yield column, term, colour
