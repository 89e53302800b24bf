"""The page to sign in: a form that needs no script, in the looks and languages of the other pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from maps import assets, palette, text
from maps.pages.document import LOOK_WORDS
from maps.pages.shipped import PALETTE_CSS, asset
from maps.words import Words

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""What the page is sent with: nothing but our own files, and a form that goes to this service alone."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the last try was refused: a key of `sign_in.`, and its facts."""

    key: str
    facts: tuple[tuple[str, Any], ...] = ()


def sign_in_page(
    words: Words,
    county: str,
    *,
    onward: str,
    other_language: str,
    name: str = "",
    refused: Refused | None = None,
    has_accounts: bool = True,
) -> bytes:
    """The page as UTF-8. `onward` is where the browser goes after it, `other_language` the same page's address there.

    `refused` says what was wrong, which a screen reader hears at once; `name` is what was typed.
    """
    title = text.markup_text(f"{words('page.sign_in')} · {county}")
    said = "" if refused is None else _said(words(f"sign_in.{refused.key}", **dict(refused.facts)))
    own = {"words": {key: words(key) for key in LOOK_WORDS}, "styles": {}}
    styles = "".join(
        f'<link rel="stylesheet" href="{_address(one)}">\n' for one in (PALETTE_CSS, *assets.SIGN_IN_STYLES)
    )
    scripts = "".join(
        f'<script src="{_address(one)}"></script>\n' for one in (assets.BOOT_SCRIPT, *assets.SIGN_IN_SCRIPTS)
    )
    written = _PAGE.format(
        lang=words("lang.code"),
        title=title,
        look=_address(assets.LOOK_SCRIPT),
        styles=styles,
        county=text.markup_text(county),
        subject=text.markup_text(words("page.sign_in")),
        other=text.markup_text(other_language),
        other_name=text.markup_text(words("nav.lang")),
        said=said,
        form=_form(words, onward, name, is_retry=refused is not None)
        if has_accounts
        else _said(words("sign_in.nobody")),
        symbols=assets.own_text("symbols.svg"),
        data=text.json_block("page-data", own),
        defs=palette.pattern_defs(),
        scripts=scripts,
    )
    return written.encode("utf-8", "replace")


def _form(words: Words, onward: str, name: str, *, is_retry: bool) -> str:
    """Whoever typed a name already goes on with the password."""
    return _FORM.format(
        onward=text.markup_text(onward),
        lang=words.lang,
        name_label=text.markup_text(words("sign_in.name")),
        name=text.markup_text(name),
        password_label=text.markup_text(words("sign_in.password")),
        name_focus="" if is_retry and name else " autofocus",
        password_focus=" autofocus" if is_retry and name else "",
        button=text.markup_text(words("sign_in.button")),
        note=text.markup_text(words("sign_in.note")),
    )


def _said(sentence: str) -> str:
    return f'<p class="notice alarm" role="alert">{text.markup_text(sentence)}</p>'


def _address(source: str) -> str:
    return f"/assets/{asset(source).name}"


# `same-origin` and not `no-referrer`: with that a browser names no origin when it sends the form.
_PAGE: Final = """<!DOCTYPE html>
<html lang="{lang}" class="sheet">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<link rel="icon" href="data:,">
<title>{title}</title>
<script src="{look}"></script>
{styles}</head>
<body>
<header id="masthead"><div class="title"><h1>{county}</h1><p class="subject">{subject}</p></div>
<a class="link link-lang" href="{other}">{other_name}</a></header>
<main id="panel" aria-label="{subject}"><div class="panel-body">
{said}
{form}
</div></main>
{defs}
{symbols}
{data}
{scripts}</body>
</html>
"""
_FORM: Final = """<form class="sign-in" method="post" action="/sign-in">
<input type="hidden" name="next" value="{onward}">
<input type="hidden" name="lang" value="{lang}">
<label for="name">{name_label}</label>
<input id="name" name="name" value="{name}" autocomplete="username" autocapitalize="none" spellcheck="false" \
maxlength="64" required{name_focus}>
<label for="password">{password_label}</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" \
required{password_focus}>
<button type="submit">{button}</button>
<p class="note">{note}</p>
</form>"""
