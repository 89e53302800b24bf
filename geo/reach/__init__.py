"""Reach: who gets where in time by road, as an answer for every place, as areas, and outward from one place."""

from geo.reach.areas import Band as Band
from geo.reach.areas import ReachAreas as ReachAreas
from geo.reach.areas import reach_areas as reach_areas
from geo.reach.coverage import FirstArrival as FirstArrival
from geo.reach.coverage import PlaceReach as PlaceReach
from geo.reach.coverage import ReachCoverage as ReachCoverage
from geo.reach.coverage import Share as Share
from geo.reach.coverage import reach_coverage as reach_coverage
from geo.reach.outward import Reached as Reached
from geo.reach.outward import ReachFrom as ReachFrom
from geo.reach.outward import reach_from as reach_from
