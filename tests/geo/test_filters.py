"""CQL2 filters: the guard counts first, both encodings are one tree, and a mask equals the slow reading row by row."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import date, datetime
from typing import Any

import cql2
import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geo import crs
from geo.errors import InputError
from geo.filters import FilterLimits, FilterSource, QueryableType, mask, parse, queryables_of, spatial
from geo.filters.tree import Text
from geo.layers.registry import LAYERS
from geo.layers.spec import INSTANT_DTYPE
from tests import filter_oracle as slow
from tests.geo.filter_mutations import MUTATIONS

TYPES = {
    "name": QueryableType.TEXT,
    "other": QueryableType.TEXT,
    "people": QueryableType.NUMBER,
    "size": QueryableType.NUMBER,
    "open": QueryableType.BOOLEAN,
    "day": QueryableType.DATE,
    "at": QueryableType.INSTANT,
    "until": QueryableType.INSTANT,
    "skills": QueryableType.TEXTS,
    "geometry": QueryableType.GEOMETRY,
}
