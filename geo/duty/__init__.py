"""Duty: who is available at an instant, in which state, and where they are (R03-R05, R14-R17, R15a, R15b)."""

from geo.duty.availability import Availability as Availability
from geo.duty.availability import availability as availability
from geo.duty.required import is_required as is_required
from geo.duty.required import next_duty as next_duty
