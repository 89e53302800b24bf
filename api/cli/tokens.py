"""`yixian token`: who may write over HTTP. A token is shown once, when it is made."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.language import _, heard
from api.cli.opening import clock, settings_of
from api.cli.options import AsJson, Data
from api.cli.printing import print_json, print_table

app = typer.Typer(help="Tokens: who may write, in what role, for which area.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Stands as the actor in everything that is written with the token")]


@app.command("add")
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="viewer, station, post, planner, hq or admin")],
    area: Annotated[str, typer.Option(help="Code of the county (6 digits), town (9) or village (12) it is for")],
    data: Data = None,
) -> None:
    """Make a token and show it, this once."""
    from api.tokens import add_token
    from geo.terms import Role, parse_term

    folder = settings_of(data=data).folder
    secret = add_token(folder, name, parse_term(Role, role, parameter="role"), area, now=clock())
    typer.echo(secret)
    typer.echo(_("Keep it now: it is stored as a hash and cannot be shown again."), err=True)


@app.command("list")
def list_(data: Data = None, as_json: AsJson = False) -> None:
    """Every token, revoked ones too; never the secrets."""
    from api.tokens import tokens

    kept = tokens(settings_of(data=data).folder)
    if as_json:
        print_json(
            [
                {"name": one.name, "role": one.role, "area": one.area, "made": one.made_at, "revoked": one.revoked_at}
                for one in kept
            ]
        )
    else:
        rows = [(one.name, heard(one.role), one.area, one.made_at[:16], (one.revoked_at or "-")[:16]) for one in kept]
        print_table(("name", "role", "area", "made", "revoked"), rows)


@app.command("revoke")
def revoke(name: Name, data: Data = None) -> None:
    """End a token at once."""
    from api.tokens import revoke_token

    revoke_token(settings_of(data=data).folder, name, now=clock())
    typer.echo(_("{name} is revoked", name=name))
