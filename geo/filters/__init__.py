"""Filters in CQL2 1.0 (OGC 21-065r2): text or JSON -> one frozen tree -> which rows of a frame it is true of.

Classes: basic CQL2, advanced comparison, case- and accent-insensitive comparison, the spatial, temporal and array
functions, property-property and arithmetic. A size beyond `FilterLimits` is refused before anything reads the text.
"""

from geo.filters.asking import CRS84, mask
from geo.filters.guard import FilterLimits, Lang
from geo.filters.parsing import parse
from geo.filters.source import FilterSource, QueryableType, queryables_of
from geo.filters.tree import Filter

__all__ = ["CRS84", "Filter", "FilterLimits", "FilterSource", "Lang", "QueryableType", "mask", "parse", "queryables_of"]
