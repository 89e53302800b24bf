"""Errors carry their facts, and say what was met, where, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.errors import status_of
from geo import errors
from geo.errors import Fault


@pytest.mark.parametrize(
    ("child", "parents"),
    [
        (errors.InputError, (errors.GeoError, ValueError)),
        (errors.UnknownTermError, (errors.InputError,)),
        (errors.UnknownWeekError, (errors.InputError,)),
        (errors.UnknownCrsError, (errors.InputError,)),
        (errors.LimitError, (errors.InputError,)),
        (errors.FarPlaceError, (errors.InputError,)),
        (errors.NotFoundError, (errors.GeoError, LookupError)),
        (errors.DataError, (errors.GeoError, ValueError)),
        (errors.UnreadableFileError, (errors.DataError,)),
        (errors.MissingCrsError, (errors.DataError,)),
        (errors.LayerFaultsError, (errors.DataError,)),
        (errors.MissingLayersError, (errors.DataError,)),
        (errors.UnwritableFileError, (errors.DataError,)),
        (errors.BrokenFolderError, (errors.DataError,)),
        (errors.BrokenLayerError, (errors.BrokenFolderError,)),
        (errors.ReadOnlyError, (errors.GeoError, PermissionError)),
        (errors.ReadOnlyJournalError, (errors.ReadOnlyError,)),
        (errors.ConflictError, (errors.JournalError,)),
        (errors.JournalFullError, (errors.JournalError,)),
        (errors.JournalBusyError, (errors.JournalError,)),
        (errors.DamagedJournalError, (errors.JournalError,)),
    ],
)
def test_every_error_is_a_geo_error_and_the_builtin_it_resembles(
    child: type[Exception], parents: tuple[type[Exception], ...]
) -> None:
    assert issubclass(child, errors.GeoError)
    assert all(issubclass(child, parent) for parent in parents)


def test_the_tree_drawn_in_the_module_names_every_error() -> None:
    drawn = errors.__doc__ or ""
    raised = [name for name, it in vars(errors).items() if isinstance(it, type) and issubclass(it, errors.GeoError)]
    assert [] == [name for name in raised if name not in drawn]


def test_an_unknown_term_lists_what_is_allowed() -> None:
    error = errors.UnknownTermError("kind", "village", ["city", "township"])
    assert ("kind", "village", ("city", "township")) == (error.parameter, error.value, error.allowed)
    assert "'village' is not a known kind; allowed: city, township" == str(error)


def test_an_unknown_week_keeps_the_value_and_the_reason() -> None:
    error = errors.UnknownWeekError("2022-W53", "the year 2022 has the weeks W01 to W52")
    assert ("week", "2022-W53") == (error.parameter, error.value)
    assert "2022-W53" in str(error)
    assert "W01 to W52" in str(error)


def test_an_unknown_crs_keeps_the_value() -> None:
    error = errors.UnknownCrsError("EPSG:0", "write an EPSG code")
    assert ("crs", "EPSG:0") == (error.parameter, error.value)
    assert "EPSG:0" in str(error)
    assert "write an EPSG code" in str(error)


def test_a_far_place_says_how_far_and_that_lon_and_lat_may_be_swapped() -> None:
    error = errors.FarPlaceError(27.69, 11.43, 8_123_456.0, 30_000.0)
    assert (27.69, 11.43, 8_123_456.0, 30_000.0) == (error.lon, error.lat, error.distance_m, error.limit_m)
    assert "8,123 km" in str(error)
    assert "swapped lon and lat" in str(error)


def test_not_found_lists_what_there_is() -> None:
    error = errors.NotFoundError("layer", "vilages", ["villages", "teams"])
    assert ("layer", "vilages", ("villages", "teams")) == (error.kind, error.name, error.known)
    assert "no layer named 'vilages'; there are: villages, teams" == str(error)
    assert "there are" not in str(errors.NotFoundError("village", "1"))


@pytest.mark.parametrize("error", [errors.UnreadableFileError, errors.MissingCrsError, errors.BrokenFolderError])
def test_file_errors_keep_the_path_and_the_reason(error: type[errors.UnreadableFileError]) -> None:
    raised = error(Path("a/b.geojson"), "is cut short")
    assert Path("a/b.geojson") == raised.path
    assert str(Path("a/b.geojson")) in str(raised)
    assert "is cut short" in str(raised)


def test_errors_of_the_journal_keep_their_facts_and_say_what_to_do() -> None:
    conflict = errors.ConflictError("站点", "k1", 7)
    assert ("站点", "k1", 7) == (conflict.actor, conflict.key, conflict.first)
    assert "event 7" in str(conflict)
    damaged = errors.DamagedJournalError(Path("county/journal.db"), "event 8 is missing", last_good=7)
    assert (7, "event 8 is missing") == (damaged.last_good, damaged.reason)
    assert "journal.db is damaged: event 8 is missing; the events up to 7 are good" in str(damaged)
    assert "make room" in str(errors.JournalFullError(Path("journal.db"), "disk full"))
    assert "try again" in str(errors.JournalBusyError(Path("journal.db"), "database is locked"))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.ConflictError("a", "k", 1), 409),
        (errors.JournalFullError(Path("journal.db"), "full"), 507),
        (errors.JournalBusyError(Path("journal.db"), "locked"), 503),
        (errors.DamagedJournalError(Path("journal.db"), "torn"), 503),
        (errors.ReadOnlyError("only read"), 403),
        (errors.ReadOnlyJournalError(Path("journal.db")), 503),
        (errors.UnwritableFileError(Path("manifest.json"), "No space left on device"), 507),
    ],
)
def test_each_error_of_the_disk_has_its_status(error: errors.GeoError, status: int) -> None:
    assert status == status_of(error)


def test_a_fault_reads_as_layer_row_key_column_problem_value_and_advice() -> None:
    fault = Fault("teams", 3, "T03", "kind", "village", "unknown word", "allowed: city, township")
    assert "teams row 3 (T03), kind: unknown word, met 'village'; allowed: city, township" == str(fault)
    assert "teams whole layer, kind: the column is missing" == str(
        Fault("teams", 0, None, "kind", None, "the column is missing")
    )


def test_layer_faults_keep_every_fault_and_show_the_first_twenty() -> None:
    faults = [Fault("teams", row, None, "kind", None, "a value is required") for row in range(1, 26)]
    error = errors.LayerFaultsError(faults)
    assert tuple(faults) == error.faults
    assert str(error).startswith("25 fault(s):\n")
    assert "row 20," in str(error)
    assert "row 21," not in str(error)
    assert str(error).endswith("… and 5 more")
