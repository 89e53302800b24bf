"""A made-up Lengshuijiang with known answers: the sample county of the tests, the benches, the demo and data/sample.

Real are the names and codes of the 10 towns and 150 villages, the county's population, bounds and area, two town
centres, and the three NASA detections. Everything else is drawn here and marked `synthetic`: the outline and the main
roads by hand, the rest by seeded generators, one for each layer, so that a change in one layer leaves the others as
they were. The same seed gives the same county, to the last digit. Nothing in it may be taken for the real place.
"""

from geo.synthetic.chance import SEED
from geo.synthetic.county import SyntheticCounty, lengshuijiang
from geo.synthetic.record import AS_OF, FIRST_WEEK, LAST_WEEK

__all__ = ["AS_OF", "FIRST_WEEK", "LAST_WEEK", "SEED", "SyntheticCounty", "lengshuijiang"]
