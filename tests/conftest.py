"""Shared fixtures and the speed of the property tests."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from geo import store
from tests.county import AS_OF, SmallCounty, county_of

os.environ["YIXIAN_LANG"] = "en"  # whatever the machine speaks, tests read the command's English
os.environ["YIXIAN_IMPORT_PRIORITY"] = "low"  # tests keep all processors busy: what is idle would never end
gc.set_threshold(50_000, 20, 50)  # each look through all that the counties hold takes a quarter of a second
os.environ["OPENPYXL_LXML"] = "False"  # lxml comes with tools of the tests; workbooks are written as users have them

settings.register_profile(
    "quick",
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",  # a submission is judged by the same examples every time
)
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def small_county() -> SmallCounty:
    """The hand-made county of `tests.county`; treat it as read-only."""
    return county_of()


@pytest.fixture(scope="session")
def at_rest(small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a data folder that nobody wrote to: copy it to write to it."""
    path = tmp_path_factory.mktemp("at_rest")
    store.write_county(path, small_county.layers, present=AS_OF, source="test")
    return path
