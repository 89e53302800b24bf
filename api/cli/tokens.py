"""`yixian token`: programs that ask over HTTP. A token is shown once, when it is made or rotated."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.entrants import Area, RoleName, county_folder, noted
from api.cli.language import _, heard
from api.cli.opening import clock
from api.cli.options import AsJson, Data
from api.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from api.identity.tokens import Token

app = typer.Typer(help="Tokens: which programs may ask and write, in what role, for which area.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Stands as the actor in everything that is written with the token")]
Days = Annotated[int, typer.Option(help="After how many days it ends; 0: never")]


@app.command("add")
def add(name: Name, role: RoleName, area: Area, days: Days = 365, data: Data = None) -> None:
    """Make a token and show it, this once."""
    from api.identity.tokens import add_token
    from geo.terms import AccessAct, Role, parse_term

    folder, known = county_folder(data), parse_term(Role, role, parameter="role")
    secret = add_token(folder, name, known, area, now=clock(), days=days)
    _show(secret, days)
    noted(folder, AccessAct.TOKEN_ADDED, name, f"{known.value} {area}")


@app.command("rotate")
def rotate(
    name: Name,
    days: Days = 365,
    grace_hours: Annotated[float, typer.Option(help="How long the token before it still holds, in hours")] = 24,
    data: Data = None,
) -> None:
    """Give a token a new secret at once; the one before holds a while longer, so that programs change without a gap."""
    from api.identity.tokens import rotate_token
    from geo.terms import AccessAct

    folder = county_folder(data)
    _show(rotate_token(folder, name, now=clock(), days=days, grace=timedelta(hours=grace_hours)), days)
    said = _("The token before it holds for {hours:g} more hours.", hours=grace_hours)
    typer.echo(said if grace_hours else _("The token before it is worth nothing from now on."), err=True)
    noted(folder, AccessAct.TOKEN_ROTATED, name)


@app.command("list")
def list_(data: Data = None, as_json: AsJson = False) -> None:
    """Every token, revoked ones too, with its end and its last use; never the secrets."""
    from api.identity.token_uses import uses
    from api.identity.tokens import expiring, tokens

    folder, now = county_folder(data), clock()
    kept, used = tokens(folder), uses(folder)
    if as_json:
        print_json([_told(one, used.get(one.name)) for one in kept])
        return
    rows = [
        (one.name, heard(one.role), one.area, _minute(one.made_at), _end(one), _minute(used.get(one.name)))
        for one in kept
    ]
    print_table(("name", "role", "area", "made", "ends", "last used"), rows)
    for one in expiring(folder, now):
        typer.echo(_warned(one, now), err=True)


@app.command("revoke")
def revoke(name: Name, data: Data = None) -> None:
    """End a token at once."""
    from api.identity.tokens import revoke_token
    from geo.terms import AccessAct

    folder = county_folder(data)
    revoke_token(folder, name, now=clock())
    typer.echo(_("{name} is revoked", name=name))
    noted(folder, AccessAct.TOKEN_REVOKED, name)


def _show(secret: str, days: int) -> None:
    typer.echo(secret)
    typer.echo(_("Keep it now: it is stored as a hash and cannot be shown again."), err=True)
    if not days:
        typer.echo(_("It never ends: revoke it when nobody needs it any more."), err=True)


def _told(one: Token, used: str | None) -> dict[str, object]:
    told = {"name": one.name, "role": one.role, "area": one.area, "made": one.made_at, "revoked": one.revoked_at}
    return {**told, "expires": one.expires_at, "rotated": one.rotated_at, "last_used": used}


def _end(one: Token) -> str:
    if one.revoked_at is not None:
        return _("revoked {minute}", minute=_minute(one.revoked_at))
    return _minute(one.expires_at) if one.expires_at else _("never")


def _minute(instant: str | None) -> str:
    return "-" if instant is None else instant[:16].replace("T", " ")


def _warned(one: Token, now: datetime) -> str:
    days = (datetime.fromisoformat(one.expires_at or "") - now) / timedelta(days=1)
    facts = {"name": one.name, "days": round(days)}
    if days <= 0:
        return _("{name} has expired; `yixian token rotate {name}` gives it a new secret", **facts)
    return _("{name} expires in {days} days; `yixian token rotate {name}` gives it a new secret", **facts)
