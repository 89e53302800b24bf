"""The intake: a file becomes a checked frame, or a report of every row that cannot be taken."""

from geo.intake.reading import Intake, read, write_refused

__all__ = ["Intake", "read", "write_refused"]
