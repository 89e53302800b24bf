"""Every threshold of DOMAIN.md section 7 (R01-R19), as small frozen values that questions take as arguments.

A county's are in the file rules.toml of its data folder, which people edit by hand; what the file leaves out is as it
is here. An Atlas holds those in force, and answers name their version.
"""

from geo.rules.parts import DutyRules, FireRules, LeaderRules, PlaceRules, ReinforceRules, RoadRules, StayRules
from geo.rules.rules import Rules
from geo.rules.thresholds import THRESHOLDS, Threshold, literal

__all__ = [
    "THRESHOLDS",
    "DutyRules",
    "FireRules",
    "LeaderRules",
    "PlaceRules",
    "ReinforceRules",
    "RoadRules",
    "Rules",
    "StayRules",
    "Threshold",
    "literal",
]
