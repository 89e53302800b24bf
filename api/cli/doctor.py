"""`yixian doctor`: is this machine fit to serve this data folder, and if not, how is it made so?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from api.cli.language import _, heard
from api.cli.opening import clock, settings_of
from api.cli.options import AsJson, Data
from api.cli.printing import counting, print_json, print_table


def doctor(
    data: Data = None,
    host: Annotated[str, typer.Option(envvar="YIXIAN_HOST", help="Address that the service listens on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="YIXIAN_PORT", help="Port that the service takes")] = 8000,
    as_json: AsJson = False,
) -> None:
    """Look over program, machine, data, journal, secrets and calendar, and say how to mend what is not well.

    Exit status: 0 all is well, 1 something should be mended, 2 something must be.
    """
    from api.doctor.examination import examined

    settings = settings_of(data=data, host=host, port=port)
    with counting(_("checking the journal")) as counted:
        findings = list(examined(settings, clock(), counted))
    if as_json:
        print_json([{**asdict(one), "state": one.state.name.lower()} for one in findings])
    else:
        marks = {0: _("ok"), 1: _("warning"), 2: _("fault")}
        rows = [(marks[one.state], heard(one.what), heard(one.met), heard(one.mend)) for one in findings]
        print_table(("state", "what", "met", "mend"), rows)
    raise typer.Exit(max(one.state for one in findings))
