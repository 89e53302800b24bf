"""`yixian rules`: every threshold in force, with the rule that it belongs to."""

from __future__ import annotations

import typer

from api.cli.language import _, heard
from api.cli.opening import settings_of
from api.cli.options import AsJson, Data
from api.cli.printing import print_json, print_table


def rules(data: Data = None, as_json: AsJson = False) -> None:
    """Every threshold in force, its rule and its default; they are edited in rules.toml of the data folder."""
    import orjson

    from api.wiring import served_folder
    from geo.rules import THRESHOLDS, Rules, literal
    from geo.store import RULES, read_rules

    folder = served_folder(settings_of(data=data))
    held = read_rules(folder)
    rows = [(one, literal(held.values[one.key]), literal(Rules().values[one.key])) for one in THRESHOLDS]
    contradictions = held.contradictions()
    if as_json:
        told = [
            {
                "key": one.key,
                "value": orjson.loads(value),
                "default": orjson.loads(default),
                "rule": one.rule,
                "zh": one.zh,
                "en": one.en,
            }
            for one, value, default in rows
        ]
        print_json({"version": held.version, "thresholds": told, "contradictions": contradictions})
        return
    head = ("rule", "threshold", "value", "default", "含义", "meaning")
    lines = [
        (one.rule, one.key, value, default if default != value else "", one.zh, one.en) for one, value, default in rows
    ]
    print_table(head, lines)
    for contradiction in contradictions:
        typer.echo(_("contradiction: {contradiction}", contradiction=heard(contradiction)), err=True)
    typer.echo(_("rules {version} · {file}", version=held.version, file=folder / RULES))
