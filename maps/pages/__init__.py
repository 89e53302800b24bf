"""Whole pages: one closed HTML document each, which works when served and when opened from disk, without a network."""

from maps.pages.coverage import coverage_page
from maps.pages.dispatch import dispatch_page
from maps.pages.document import LINKS
from maps.pages.imports import import_page
from maps.pages.risk import LISTED_VILLAGES, risk_page

__all__ = ["LINKS", "LISTED_VILLAGES", "coverage_page", "dispatch_page", "import_page", "risk_page"]
