"""Whole pages, each as a `Document`, and as one closed file that works served and from disk, without a network."""

from maps.pages.brief import brief_document, brief_page
from maps.pages.console import console_document, console_page
from maps.pages.coverage import coverage_document, coverage_page
from maps.pages.dispatch import dispatch_document, dispatch_page
from maps.pages.document import LINKS, Document
from maps.pages.history import history_document, history_page
from maps.pages.imports import import_document, import_page
from maps.pages.risk import LISTED_VILLAGES, risk_document, risk_page

__all__ = [
    "LINKS",
    "LISTED_VILLAGES",
    "Document",
    "brief_document",
    "brief_page",
    "console_document",
    "console_page",
    "coverage_document",
    "coverage_page",
    "dispatch_document",
    "dispatch_page",
    "history_document",
    "history_page",
    "import_document",
    "import_page",
    "risk_document",
    "risk_page",
]
