"""A filter from its text or its JSON, behind the guard."""

from __future__ import annotations

from geo.errors import InputError
from geo.filters import json_form, text_form
from geo.filters.guard import FilterLimits, Lang, check_size
from geo.filters.tree import Call, Filter, walk

_READERS = {"cql2-text": text_form.tree_of, "cql2-json": json_form.tree_of}


def parse(text: str, lang: Lang = "cql2-text", *, limits: FilterLimits | None = None) -> Filter:
    """The filter that `text` says in CQL2 1.0, the same tree in both encodings.

    Its size is counted before anything reads it. InputError (`parameter` "filter" or "filter-lang") names the limit
    that is passed and what was met, or the place where the text stops being CQL2.
    """
    if lang not in _READERS:
        raise InputError(f"{lang!r} is no filter-lang; allowed: {', '.join(_READERS)}", parameter="filter-lang")
    limits = limits or FilterLimits()
    check_size(text, lang, limits)
    found = Filter(_READERS[lang](text))
    _check_tree(found, limits)
    return found


def _check_tree(found: Filter, limits: FilterLimits) -> None:
    operations = deepest = 0
    for node, depth in walk(found.root):
        operations += isinstance(node, Call)
        deepest = max(deepest, depth)
    if operations > limits.operations:
        raise limits.over("operations", operations)
    if deepest > limits.depth:
        raise limits.over("depth", deepest)
