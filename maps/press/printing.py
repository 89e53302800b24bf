"""A page in the form that is asked for: by the machine's browser if it has one, else drawn plainly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from geo.errors import InputError
from maps.pages import Document
from maps.press.browser import LIMIT_S, BrowserError, browser_pdf, browser_png
from maps.press.size import Size

FORMS: Final = {"html": "text/html; charset=utf-8", "png": "image/png", "pdf": "application/pdf"}
"""Each form, which is a file's suffix too, with its media type."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as one file. `plain` says why it is drawn without a browser, and is None where it is not."""

    content: bytes
    plain: str | None = None


def press(
    document: Document, form: str, *, size: Size | None = None, browser: Path | None, limit_s: float = LIMIT_S
) -> Sheet:
    """A page as `form`; without a `browser`, or where it fails, a PNG or PDF is drawn plainly by matplotlib.

    `size` is of a PNG. InputError for another form; MissingFontError where it is drawn and no font has Chinese.
    """
    if form not in FORMS:
        raise InputError(f"{form!r} is not a form of a page; there are: {', '.join(FORMS)}", parameter="form")
    if form == "html":
        return Sheet(document.standalone())
    reason = "no Chromium is on the PATH"
    if browser is not None:
        try:
            page = document.standalone()
            if form == "pdf":
                return Sheet(browser_pdf(browser, page, limit_s=limit_s))
            return Sheet(browser_png(browser, page, size or Size(), limit_s=limit_s))
        except BrowserError as failure:
            reason = str(failure)
    # matplotlib takes a third of a second to import, and most machines have a browser
    from maps.press.plain import plain_pdf, plain_png

    return Sheet(plain_pdf(document) if form == "pdf" else plain_png(document, size or Size()), reason)
