"""The journal records what it accepts, in order, whole and once, and shows it to every thread and process."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import ConflictError, DamagedJournalError, GeoError, InputError, JournalBusyError, JournalError
from geo.events import SCHEMA_VERSION, ClosureLifted, Correction, Draft, Event, IncidentOpened, StayDeclared, encode
from geo.journal import Journal, writing
from geo.terms import EventKind, IncidentKind
from tests.journals import NOW, check_in, check_ins, clock, members


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path, create=True, clock=clock) as opened:
        yield opened


def incident(name: str = "火1") -> Draft:
    body = IncidentOpened(incident_id=name, kind=IncidentKind.FOREST_FIRE, lon=111.4, lat=27.6, summary="山火 «9»")
    return Draft.of(body, NOW - timedelta(minutes=5))


def stay() -> Draft:
    return Draft.of(StayDeclared(team_id="T01", village_code="431381106206", night=NOW.date(), member_id="M01"))


# --- what is recorded


def test_what_is_appended_is_read_back_in_order_with_all_its_fields(journal: Journal) -> None:
    receipt = journal.append([incident(), check_in()], actor="站点甲", key="k1")
    correction = Draft.of(Correction(corrects=2, reason="wrong village", replacement=check_in("M02")), NOW)
    journal.append([correction, stay()], actor="hq")
    events = journal.read()
    assert (1, 2, NOW, False) == (receipt.first, receipt.last, receipt.recorded_at, receipt.repeated)
    assert [1, 2, 3, 4] == [event.sequence for event in events]
    assert [incident(), check_in(), correction, stay()] == [Draft(one.kind, one.at, one.body) for one in events]
    assert [("站点甲", "k1"), ("hq", None)] == [(one.actor, one.key) for one in events[1:3]]
    assert [NOW] * 4 == [one.recorded_at for one in events]


def test_the_chain_is_the_one_that_is_written_down(journal: Journal) -> None:
    journal.append([incident(), check_in()], actor="站点甲", key="k1")
    before = hashlib.sha256(journal.id.encode()).digest()
    for event in journal.read():
        instants = [round(one.timestamp() * 1_000_000) for one in (event.recorded_at, event.at)]
        head = [event.sequence, *instants, event.actor, event.kind.value, event.key, SCHEMA_VERSION]
        text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256(before + text.encode() + b"\n" + encode(event.body)).digest()
        assert before == event.hash == journal.hash_at(event.sequence)


def test_an_empty_journal_has_nothing_and_says_nothing(journal: Journal) -> None:
    assert (0, []) == (journal.newest(), journal.read())
    assert (True, 0) == (journal.verify().is_whole, journal.verify().events)
    assert ((), None, False) == (journal.notices, journal.damage, journal.is_read_only)


def test_a_read_may_begin_anywhere_and_end_early(journal: Journal) -> None:
    journal.append(check_ins(10), actor="a")
    assert ["M4", "M5"] == members(journal.read(3, limit=2))
    assert ["M4", "M5"] == members(journal.read(3, upto=5))
    assert ["M10"] == members(journal.read(9, limit=5, upto=500))
    assert [] == journal.read(10)
    assert [] == journal.read(99)
    assert [] == journal.read(5, upto=5)


def test_columns_tell_the_same_as_events(journal: Journal) -> None:
    journal.append([check_in("M1"), incident(), check_in("M2", NOW - timedelta(hours=1)), stay()], actor="a")
    stretch = journal.stretch(0)
    columns = stretch.columns(EventKind.CHECK_IN)
    assert ([1, 3], ["M1", "M2"], ["a", "a"]) == (
        columns.sequences.tolist(),
        columns.field("member_id"),
        columns.actors,
    )
    seen = [datetime.fromtimestamp(us / 1e6, UTC) for us in columns.at_us.tolist()]
    assert [NOW, NOW - timedelta(hours=1)] == seen
    assert [None, None] == columns.field("accuracy_m")
    assert [2, 4] == [event.sequence for event in stretch.events(without=frozenset({EventKind.CHECK_IN}))]
    assert 0 == len(stretch.columns(EventKind.LEAVE).sequences)


def test_what_was_known_at_a_moment_ends_with_the_last_event_recorded_by_then(tmp_path: Path) -> None:
    times = iter([NOW, NOW + timedelta(hours=2), NOW + timedelta(hours=1)])  # a clock that was set back
    with Journal.open(tmp_path, create=True, clock=lambda: next(times, NOW)) as journal:
        for _ in range(3):
            journal.append([check_in()], actor="a")
        assert [0, 1, 1, 3] == [journal.sequence_at(NOW + timedelta(minutes=one)) for one in (-1, 0, 90, 120)]


def test_nothing_is_not_recorded(journal: Journal) -> None:
    with pytest.raises(InputError, match="nothing to record"):
        journal.append([], actor="a")


@pytest.mark.parametrize("statement", ["UPDATE event SET actor = 'b'", "DELETE FROM event"])
def test_an_event_cannot_be_changed_or_removed_by_sql(journal: Journal, statement: str) -> None:
    journal.append([check_in()], actor="a")
    path = journal.folder / "journal.db"
    with closing(sqlite3.connect(path)) as other, pytest.raises(sqlite3.IntegrityError, match="never changed"):
        other.execute(statement)


# --- keys


def test_the_same_key_and_content_give_the_first_receipt_again(journal: Journal) -> None:
    first = journal.append([check_in("M1"), check_in("M2")], actor="a", key="k")
    journal.append([incident()], actor="a")
    again = journal.append([check_in("M1"), check_in("M2")], actor="a", key="k")
    assert (first.first, first.last, first.recorded_at, True) == (
        again.first,
        again.last,
        again.recorded_at,
        again.repeated,
    )
    assert 3 == journal.newest()


@pytest.mark.parametrize(
    "other", [[check_in("M2")], [check_in("M1")] * 2, [check_in("M1", NOW + timedelta(seconds=1))]]
)
def test_another_content_under_a_key_is_a_conflict_that_names_the_first_event(
    journal: Journal, other: list[Draft]
) -> None:
    journal.append([incident()], actor="a")
    journal.append([check_in("M1")], actor="a", key="k")
    with pytest.raises(ConflictError) as raised:
        journal.append(other, actor="a", key="k")
    assert ("a", "k", 2) == (raised.value.actor, raised.value.key, raised.value.first)
    assert 2 == journal.newest()


def test_a_key_belongs_to_its_actor(journal: Journal) -> None:
    journal.append([check_in("M1")], actor="a", key="k")
    assert 2 == journal.append([check_in("M2")], actor="b", key="k").first


def closure(at: datetime, *, is_dated: bool, name: str = "K1") -> Draft:
    body = ClosureLifted(closure_id=name)
    return Draft.of(body, at, is_dated=is_dated)


def replaced(at: datetime, *, is_dated: bool) -> Draft:
    return Draft.of(Correction(corrects=1, reason="r", replacement=closure(at, is_dated=is_dated)), NOW, is_dated=False)


LATER = NOW + timedelta(seconds=3)


@pytest.mark.parametrize("made", [closure, replaced])
def test_an_instant_left_to_the_clock_is_no_part_of_what_a_key_stands_for(
    journal: Journal, made: Callable[..., Draft]
) -> None:
    first = journal.append([made(NOW, is_dated=False)], actor="a", key="k")
    again = journal.append([made(LATER, is_dated=False)], actor="a", key="k")
    assert (first.first, True) == (again.first, again.repeated)
    with pytest.raises(ConflictError):
        journal.append([made(LATER, is_dated=True)], actor="a", key="k")


@pytest.mark.parametrize(
    "other",
    [
        [closure(LATER, is_dated=False, name="K2")],
        [closure(LATER, is_dated=False)] * 2,
        [check_in("M1")],
        [replaced(LATER, is_dated=False)],
    ],
)
def test_other_content_is_a_conflict_whatever_was_left_to_the_clock(journal: Journal, other: list[Draft]) -> None:
    journal.append([closure(NOW, is_dated=False)], actor="a", key="k")
    with pytest.raises(ConflictError):
        journal.append(other, actor="a", key="k")


def test_a_key_known_through_another_journal_gives_its_receipt_and_records_nothing(journal: Journal) -> None:
    journal.append([check_in("M1")], actor="a")  # from here on this journal knows where it ends
    with Journal.open(journal.folder, clock=clock) as other:
        first = other.append([check_in("M2")], actor="a", key="k")
    again = journal.append([check_in("M2")], actor="a", key="k")
    assert (first.first, True) == (again.first, again.repeated)
    assert ["M1", "M2"] == members(journal.read())
    assert 3 == journal.append([check_in("M3")], actor="a", key="l").first
    assert journal.append([check_in("M3")], actor="a", key="l", decide=lambda _: 1 / 0).repeated


# --- decisions, and commits that are shared


def test_a_decision_on_an_end_that_another_journal_has_passed_is_taken_anew(journal: Journal) -> None:
    seen: list[list[str]] = []

    def refuse_the_second(tail: Callable[[int], list[Event]]) -> None:
        seen.append(members(tail(0)))
        if len(seen[-1]) < 2:
            raise InputError("the one before is missing")

    journal.append([check_in("M1")], actor="a")
    with Journal.open(journal.folder, clock=clock) as other:
        other.append([check_in("M2")], actor="b")
    receipt = journal.append([check_in("M3")], actor="a", decide=refuse_the_second)
    assert (3, [["M1"], ["M1", "M2"]]) == (receipt.first, seen)
    assert journal.verify().is_whole


def test_many_events_at_once_are_recorded_as_few_are(journal: Journal) -> None:
    for count in (1, 31, 32, 33, 250, 1):
        receipt = journal.append(check_ins(count), actor="a", key=f"k{count}-{journal.newest()}")
        assert count == receipt.last - receipt.first + 1
    assert 348 == journal.verify().events == journal.newest()


# --- what is newer, for those who keep level


@given(st.lists(st.integers(1, 70), min_size=1, max_size=6), st.data())
def test_what_is_newer_is_what_a_read_gives(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    with Journal.open(folder, create=True, clock=clock) as journal, Journal.open(folder, clock=clock) as writer:
        for count in counts:
            writer.append(check_ins(count), actor="a")
            newest = journal.newest()
            after = data.draw(st.integers(0, newest))
            assert journal.read(after) == journal.newer(after, newest).events()


def test_what_is_newer_is_checked_against_the_chain(journal: Journal) -> None:
    journal.append([check_in("M1")], actor="a")
    assert 1 == journal.newest()
    with closing(sqlite3.connect(journal.folder / "journal.db")) as other:
        other.execute(
            "INSERT INTO event SELECT 2, recorded_us, at_us, actor, kind, key, version, body, hash FROM event"
        )
        other.commit()
    with pytest.raises(DamagedJournalError, match="event 2 is not what was recorded") as raised:
        journal.newer(1, journal.newest())
    assert 1 == raised.value.last_good


def test_a_decision_sees_what_came_before_and_its_refusal_records_nothing(journal: Journal) -> None:
    journal.append([check_in("M1")], actor="a")
    seen: list[list[str]] = []

    def refuse(tail: Callable[[int], list[Event]]) -> None:
        seen.append(members(tail(0)))
        raise InputError("R07: two places in one night")

    with pytest.raises(InputError, match="R07"):
        journal.append([check_in("M2")], actor="a", decide=refuse)
    assert [["M1"]] == seen
    assert 1 == journal.newest()


def test_a_repeated_key_is_not_decided_again(journal: Journal) -> None:
    def refuse(_: object) -> None:
        raise InputError("it overlaps with itself")

    journal.append([check_in()], actor="a", key="k")
    assert journal.append([check_in()], actor="a", key="k", decide=refuse).repeated


def together(journal: Journal, calls: list[Callable[[], object]]) -> list[object]:
    """The calls' results, or what they raised, when all but the first waited for the first one's commit."""
    is_in, may_go = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        is_in.set()
        may_go.wait(10)

    results: list[object] = [None] * len(calls)

    def run(number: int) -> None:
        try:
            results[number] = calls[number]()
        except (ArithmeticError, GeoError) as error:
            results[number] = error

    first = threading.Thread(target=lambda: journal.append([check_in("first")], actor="a", decide=hold))
    first.start()
    is_in.wait(10)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for number, thread in enumerate(threads):
        thread.start()
        while len(journal._commits._waiting) <= number:  # nothing else tells that it queues
            threading.Event().wait(0.001)
    may_go.set()
    for thread in (first, *threads):
        thread.join()
    return results


def test_those_who_wait_share_one_commit_and_one_refusal_leaves_the_others_be(journal: Journal) -> None:
    seen: list[tuple[int, list[str]]] = []

    def accept(tail: Callable[[int], list[Event]]) -> None:
        seen.append((journal.newest(), members(tail(1))))

    def refuse(tail: Callable[[int], list[Event]]) -> None:
        accept(tail)
        raise InputError("no")

    results = together(
        journal,
        [
            lambda: journal.append([check_in("A")], actor="a", decide=accept),
            lambda: journal.append([check_in("B")], actor="a", decide=refuse),
            lambda: journal.append([check_in("C")], actor="a", decide=accept),
        ],
    )
    assert [(1, []), (1, ["A"]), (1, ["A"])] == seen  # one commit: none was there for others when the last was decided
    assert isinstance(results[1], InputError)
    assert ["first", "A", "C"] == members(journal.read())


def test_a_decision_that_breaks_is_its_own_callers_trouble(journal: Journal) -> None:
    results = together(
        journal,
        [
            lambda: journal.append([check_in("A")], actor="a", decide=lambda _: 1 / 0),
            lambda: journal.append([check_in("B")], actor="a"),
        ],
    )
    assert isinstance(results[0], ZeroDivisionError)
    assert ["first", "B"] == members(journal.read())


def test_the_same_key_twice_in_one_commit_is_recorded_once(journal: Journal) -> None:
    results = together(journal, [lambda: journal.append([check_in("A")], actor="a", key="k")] * 2)
    assert [2, 2] == [getattr(one, "first", None) for one in results]
    assert 2 == journal.newest()


def test_many_threads_lose_and_mix_nothing(journal: Journal) -> None:
    def write(name: str) -> None:
        for number in range(20):
            journal.append([check_in(f"{name}-{number}"), check_in(f"{name}-{number}'")], actor=name, key=str(number))

    threads = [threading.Thread(target=write, args=(f"T{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = members(journal.read())
    assert all(second == f"{first}'" for first, second in zip(found[::2], found[1::2], strict=True))
    for number in range(8):
        own = [member for member in found[::2] if member.startswith(f"T{number}-")]
        assert [f"T{number}-{turn}" for turn in range(20)] == own
    assert journal.verify().is_whole


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"), st.sampled_from([None, "k", "l"]), st.lists(st.sampled_from("xyz"), min_size=1)
        ),
        max_size=12,
    )
)
def test_any_appends_are_those_of_a_plain_list(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[str, str | None, list[str]]]
) -> None:
    kept: list[tuple[str, str]] = []
    keys: dict[tuple[str, str], list[str]] = {}
    folder = tmp_path_factory.mktemp("journal")
    for actor, key, names in calls:  # opened anew each time: what is there is on the disk
        with Journal.open(folder, create=True, clock=clock) as journal:
            known = keys.get((actor, key)) if key else None
            if known is not None and known != names:
                with pytest.raises(ConflictError):
                    journal.append([check_in(name) for name in names], actor=actor, key=key)
            else:
                receipt = journal.append([check_in(name) for name in names], actor=actor, key=key)
                assert (known is not None) == receipt.repeated
                if known is None:
                    kept.extend((actor, name) for name in names)
                if key:
                    keys[actor, key] = names
            assert kept == [(one.actor, one.body.member_id) for one in journal.read()]  # type: ignore[union-attr]  # all are check-ins


# --- several journals on one folder


def test_each_of_two_journals_sees_what_the_other_was_told(journal: Journal) -> None:
    with Journal.open(journal.folder, clock=clock) as other:
        for number in range(5):
            journal.append([check_in(f"M{number}")], actor="a")
            assert 2 * number + 1 == other.newest()
            other.append([check_in(f"N{number}")], actor="a")
            assert 2 * number + 2 == journal.newest()
        assert journal.read() == other.read()


def test_a_writer_that_is_kept_waiting_too_long_says_busy_and_reads_go_on(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "WAIT_S", 0.02)
    journal.append([check_in("M1")], actor="a")
    with closing(sqlite3.connect(journal.folder / "journal.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalBusyError, match="try again"):
            journal.append([check_in("M2")], actor="a")
        assert ["M1"] == members(journal.read())
    assert 2 == journal.append([check_in("M2")], actor="a").first


def test_a_journal_opened_before_a_fork_refuses_to_be_used_after(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo.journal.lines.os.getpid", lambda: -1)
    for use in (journal.newest, journal.read, lambda: journal.append([check_in()], actor="a")):
        with pytest.raises(JournalError, match="open it after"):
            use()


def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, create=True, clock=clock)
    journal.close()
    journal.close()
    for use in (journal.newest, journal.read, lambda: journal.append([check_in()], actor="a")):
        with pytest.raises(JournalError, match="closed"):
            use()


def test_closing_leaves_one_file_that_needs_no_log(journal: Journal) -> None:
    journal.append([check_in()], actor="a")
    journal.close()
    assert [] == [path.name for path in journal.folder.glob("journal.db-*")]
    assert 0o640 == (journal.folder / "journal.db").stat().st_mode & 0o777
