"""What typer says around the sub-commands, in the language spoken: helps, usage, and what it refuses."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from api.cli.language import ENGLISH, _, heard, spoken


def run(command: TyperCommand | TyperGroup) -> NoReturn:
    """Run the command and end the process with its exit status."""
    _translate(command)
    if spoken() != ENGLISH:
        _name_the_panels()
    try:
        sys.exit(command.main(standalone_mode=False) or 0)
    except typer.Abort:
        from typer.rich_utils import rich_abort_error

        rich_abort_error()
        sys.exit(1)
    except typer.TyperException as refused:
        _show(refused)
        sys.exit(refused.exit_code)


def _show(refused: typer.TyperException) -> None:
    from typer.rich_utils import rich_format_error

    told = heard(refused.format_message())
    refused.format_message = lambda: told  # type: ignore[method-assign]  # the only way in to the panel's text
    rich_format_error(refused)  # type: ignore[arg-type]  # all that typer raises here are of its private subclass


def _translate(command: TyperCommand | TyperGroup) -> None:
    """Every help of a command and of those below it; they were made in English when their modules were imported."""
    from rich.markup import escape

    command.help = _(command.help) if command.help else command.help
    asks_for_help = command.get_help_option(typer.Context(command))
    for parameter in [*command.params, *filter(None, [asks_for_help])]:
        said = getattr(parameter, "help", None)
        if said:
            parameter.help = escape(_(said))  # type: ignore[attr-defined]  # just looked; "[default: …]" is no markup
    command.options_metavar = _("[OPTIONS]")
    usage = command.get_usage
    command.get_usage = lambda ctx: usage(ctx).replace("Usage: ", _("Usage: "), 1)  # type: ignore[method-assign]  # typer writes it so
    if isinstance(command, TyperGroup):
        command.subcommand_metavar = _("COMMAND [ARGS]...")
        for below in command.commands.values():
            _translate(below)  # type: ignore[arg-type]  # typer makes no others


def _name_the_panels() -> None:
    """typer fixes these words when it is imported, through a gettext that would need compiled files of its own."""
    from typer import rich_utils

    rich_utils.ARGUMENTS_PANEL_TITLE = _("Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = _("Options")
    rich_utils.COMMANDS_PANEL_TITLE = _("Commands")
    rich_utils.ERRORS_PANEL_TITLE = _("Error")
    rich_utils.ABORTED_TEXT = _("Aborted.")
    rich_utils.REQUIRED_LONG_STRING = _("[required]")
    rich_utils.DEFAULT_STRING = _("[default: {}]")
    rich_utils.ENVVAR_STRING = _("[env var: {}]")
    rich_utils.RICH_HELP = _("Try [blue]'{command_path} {help_option}'[/] for help.")
