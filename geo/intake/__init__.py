"""The intake: a file becomes a checked frame, or a report of every row that cannot be taken."""

from geo.intake.bounds import Bounds
from geo.intake.columns import load_mapping
from geo.intake.reading import Intake, Wishes, opened, read, show_mapping, write_refused
from geo.intake.report import Assigned, Counts, Diff, ImportReport, Mended, Outcome, Remark, by_kind

__all__ = [
    "Assigned",
    "Bounds",
    "Counts",
    "Diff",
    "ImportReport",
    "Intake",
    "Mended",
    "Outcome",
    "Remark",
    "Wishes",
    "by_kind",
    "load_mapping",
    "opened",
    "read",
    "show_mapping",
    "write_refused",
]
