"""The `yixian` command over the same services as the web side.

A module per noun, a function per sub-command; its name and its place in the help stand here. Heavy imports happen on
use. Helps are written in English and translated when the command runs (`framing`), other texts where they are said
(`language`).
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Literal

import typer

from api.cli import (
    accounts,
    counties,
    coverage,
    doctor,
    drawing,
    framing,
    imports,
    journals,
    language,
    layers,
    places,
    printing,
    questions,
    reaching,
    readiness,
    recording,
    rules,
    serving,
    tokens,
)

app = typer.Typer(
    name="yixian",
    help="Yixian 一线: who reaches a place first, which villages nobody covers, and where the risk lies.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def root(
    lang: Annotated[Literal["zh", "en"] | None, typer.Option(help="Language of the command [default: as LANG]")] = None,
) -> None:
    """Take the one option of the whole command; `language.chosen` has read it before any help was made."""


app.command("serve")(serving.serve)
app.command("init")(counties.init)
app.command("import")(imports.import_)
app.command("nearest", context_settings=questions.NEGATIVE_NUMBERS)(questions.nearest)
app.command("attention")(places.attention)
app.command("place", context_settings=questions.NEGATIVE_NUMBERS)(places.place)
app.command("find")(places.find)
app.command("coverage")(coverage.coverage)
app.command("history")(coverage.history)
app.command("leaders")(coverage.leaders)
app.command("duty")(coverage.duty)
app.command("team")(coverage.team)
app.command("reach")(reaching.reach)
app.command("reinforce")(reaching.reinforce)
app.command("isolation")(reaching.isolation)
app.command("order")(readiness.order)
app.command("clock")(readiness.clock)
app.command("record")(recording.record)
app.command("check-in", context_settings=questions.NEGATIVE_NUMBERS)(recording.check_in)
app.command("stay")(recording.stay)
app.command("leave")(recording.leave)
app.command("export")(layers.export)
app.command("map")(drawing.map_)
app.command("brief")(drawing.brief)
app.command("check")(counties.check)
app.command("doctor")(doctor.doctor)
app.command("rules")(rules.rules)
app.command("sample")(counties.sample)
app.command("backup")(journals.backup)
app.command("restore")(journals.restore)
app.add_typer(journals.app, name="journal")
app.add_typer(layers.app, name="layers")
app.add_typer(tokens.app, name="token")
app.add_typer(accounts.app, name="account")


def main() -> None:
    """Run the command, in the language of --lang or of the environment, which is read here because settings come later.

    An error that the user can mend is one line on stderr and exit status 2.
    """
    from geo.errors import GeoError, LayerFaultsError

    language.speak(language.chosen(sys.argv[1:], os.environ))
    try:
        framing.run(typer.main.get_group(app))
    except LayerFaultsError as error:
        printing.print_faults(error.faults)
        raise SystemExit(1) from None
    except GeoError as error:
        printing.fail(printing.told(error))
