"""Pages as PNG and PDF by the Chromium of the machine, which draws what a commander sees on the screen.

The browser has a profile of its own that is gone afterwards, no network, and a time limit; whatever goes wrong, all of
its processes end before the answer.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from geo.errors import GeoError
from maps.press.size import Size

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
"""The programs that are looked for on the PATH, in this order."""

LIMIT_S: Final = 60.0
"""How long a browser may take over one page; some two seconds are usual."""

_ARGUMENTS: Final = (
    "--headless",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--proxy-server=127.0.0.1:9",  # the discard port: a page of ours asks for nothing, and the browser gets nowhere
    "--hide-scrollbars",
)


class BrowserError(GeoError):
    """The browser gave no picture; the message says what it did instead."""


def find_browser() -> Path | None:
    """The first Chromium on the PATH, or None."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def browser_png(browser: Path, page: bytes, size: Size, *, limit_s: float = LIMIT_S) -> bytes:
    """A self-contained page as a PNG of `size`, without its buttons and fields. BrowserError when there is none."""
    window = (f"--window-size={size.width_px},{size.height_px}", f"--force-device-scale-factor={size.scale:g}")
    return _printed(browser, page, "sheet.png", "--screenshot", "#still", window, limit_s)


def browser_pdf(browser: Path, page: bytes, *, limit_s: float = LIMIT_S) -> bytes:
    """A self-contained page as a PDF of the paper that its print style names. BrowserError when there is none."""
    # What stays pixels on paper (main roads, on a canvas) is drawn twice as fine.
    window = ("--window-size=1440,900", "--force-device-scale-factor=2", "--no-pdf-header-footer")
    return _printed(browser, page, "sheet.pdf", "--print-to-pdf", "", window, limit_s)


def _printed(
    browser: Path, page: bytes, name: str, order: str, fragment: str, given: Sequence[str], limit_s: float
) -> bytes:
    with tempfile.TemporaryDirectory(prefix="yixian-press-", ignore_cleanup_errors=True) as folder:
        source, sheet = Path(folder) / "page.html", Path(folder) / name
        source.write_bytes(page)
        own = (f"--user-data-dir={Path(folder) / 'profile'}", *_sandbox(), *given)
        _run(browser, [*_ARGUMENTS, *own, f"{order}={sheet}", f"{source.as_uri()}{fragment}"], limit_s)
        content = sheet.read_bytes() if sheet.exists() else b""
    if not content.startswith((b"\x89PNG", b"%PDF")):
        raise BrowserError(f"{browser.name} wrote no picture")
    return content


def _sandbox() -> tuple[str, ...]:
    """Chromium has its sandbox except under root, where it does not start with one."""
    return ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()


def _run(browser: Path, arguments: Sequence[str], limit_s: float) -> None:
    """Run to the end, or to the end of its time; its whole family ends either way."""
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603  # our own arguments, no shell
            [str(browser), *arguments], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
    except OSError as reason:
        raise BrowserError(f"{browser.name} cannot be started ({reason.strerror})") from None
    try:
        status = process.wait(limit_s)
    except subprocess.TimeoutExpired:
        raise BrowserError(f"{browser.name} was not done within {limit_s:g} s") from None
    finally:
        _end(process)
    if status:
        raise BrowserError(f"{browser.name} ended with status {status}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and its children: a browser is many processes, and one that hangs has left them behind."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the group of the session that it was started in
    elif process.poll() is None:
        tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(tree, capture_output=True, check=False)  # noqa: S603  # our own arguments, no shell
    process.wait()
