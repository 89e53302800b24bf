"""`yixian account`: people who sign in to the pages with a password."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.cli.entrants import Area, RoleName, county_folder, noted
from api.cli.language import _, heard
from api.cli.opening import clock
from api.cli.options import AsJson, Data
from api.cli.printing import fail, print_json, print_table

app = typer.Typer(help="Accounts: people who sign in to the pages, in what role, for which area.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The name to sign in with; it stands as the actor in the record")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from what is piped in")]


@app.command("add")
def add(name: Name, role: RoleName, area: Area, password_stdin: FromInput = False, data: Data = None) -> None:
    """Make an account; its password is asked for twice and not shown."""
    from api.identity.accounts import add_account
    from geo.terms import AccessAct, Role, parse_term

    folder, known = county_folder(data), parse_term(Role, role, parameter="role")
    add_account(folder, name, known, area, _password(password_stdin), now=clock())
    typer.echo(_("{name} can sign in now", name=name))
    noted(folder, AccessAct.ACCOUNT_ADDED, name, f"{known.value} {area}")


@app.command("list")
def list_(data: Data = None, as_json: AsJson = False) -> None:
    """Every account, disabled ones too; never the passwords."""
    from api.identity.accounts import accounts

    kept = accounts(county_folder(data))
    if as_json:
        names = ("name", "role", "area", "made_at", "changed_at", "disabled_at")
        print_json([{name.removesuffix("_at"): getattr(one, name) for name in names} for one in kept])
        return
    rows = [
        (one.name, heard(one.role), one.area, *map(_minute, (one.made_at, one.changed_at, one.disabled_at)))
        for one in kept
    ]
    print_table(("name", "role", "area", "made", "password changed", "disabled"), rows)


@app.command("password")
def password(name: Name, password_stdin: FromInput = False, data: Data = None) -> None:
    """Change a password; whoever is signed in with the old one has to sign in again."""
    from api.identity.accounts import change_password
    from geo.terms import AccessAct

    folder = county_folder(data)
    change_password(folder, name, _password(password_stdin), now=clock())
    typer.echo(_("the password of {name} is changed", name=name))
    noted(folder, AccessAct.PASSWORD_CHANGED, name)


@app.command("disable")
def disable(name: Name, data: Data = None) -> None:
    """End an account at once, and with it every session."""
    from api.identity.accounts import disable_account
    from geo.terms import AccessAct

    folder = county_folder(data)
    disable_account(folder, name, now=clock())
    typer.echo(_("{name} is disabled", name=name))
    noted(folder, AccessAct.ACCOUNT_DISABLED, name)


def _password(is_piped: bool) -> str:
    if is_piped:
        return sys.stdin.readline(10_000).rstrip("\r\n")
    from getpass import getpass

    first = getpass(_("Password: "))
    if first != getpass(_("The same again: ")):
        fail(_("the two are not the same; nothing was changed"))
    return first


def _minute(instant: str | None) -> str:
    return "-" if instant is None else instant[:16].replace("T", " ")
