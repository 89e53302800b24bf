"""Roles: what each may see and write, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access import ANONYMOUS, LOCAL, MAY_WRITE, NOBODY, SIGHTS, STRANGER, Actor, Sight
from api.errors import ForbiddenError, UnknownTokenError
from geo.layers.registry import LAYERS
from geo.terms import EventKind, Role


def test_only_headquarters_orders_and_exempts() -> None:
    alone = {EventKind.MOBILISATION, EventKind.MOBILISATION_ENDED, EventKind.EXEMPTION}
    for kind in alone:
        assert [Role.HQ] == [role for role in Role if kind in MAY_WRITE[role]]
    assert set(EventKind) - {EventKind.ACCESS} == MAY_WRITE[LOCAL.role]
    assert frozenset() == MAY_WRITE[Role.VIEWER]


@given(st.sampled_from(Role), st.sampled_from(EventKind), st.text("0123456789", min_size=12, max_size=12))
def test_an_actor_writes_in_its_area_and_nowhere_else(role: Role, kind: EventKind, code: str) -> None:
    here, beyond = Actor("a", role, code[:9]), Actor("b", role, str(int(code[0]) ^ 1) + code[1:9])
    if kind in MAY_WRITE[role]:
        here.refuse(kind, [code])
        with pytest.raises(ForbiddenError, match=f"not for {code}"):
            beyond.refuse(kind, [code])
    else:
        with pytest.raises(ForbiddenError, match="may not record"):
            here.refuse(kind, [code])


def test_each_role_sees_what_the_readme_says_and_nothing_more() -> None:
    written = {
        Role.VIEWER: "aggregates",
        Role.STATION: "aggregates answers contacts names",
        Role.POST: "aggregates answers contacts names",
        Role.PLANNER: "aggregates answers",
        Role.HQ: "aggregates answers contacts names operation",
        Role.ADMIN: "aggregates operation",
    }
    assert written == {role: " ".join(sorted(sights)) for role, sights in SIGHTS.items()}


@given(st.sampled_from(Role), st.sampled_from(Sight), st.text("0123456789", min_size=12, max_size=12))
def test_an_actor_sees_what_its_role_does_and_there_alone(role: Role, what: Sight, code: str) -> None:
    here, beyond = Actor("a", role, code[:9]), Actor("b", role, str(int(code[0]) ^ 1) + code[1:9])
    assert (what in SIGHTS[role]) == here.sees(what, code) == here.sees(what)
    assert not beyond.sees(what, code)
    with pytest.raises(ForbiddenError, match=what):
        beyond.refuse_seeing(what, code)


@pytest.mark.parametrize("what", Sight)
def test_who_does_not_say_who_it_is_is_asked_to_and_nobody_is_told_how(what: Sight) -> None:
    for unknown, seen in ((STRANGER, False), (ANONYMOUS, what is Sight.AGGREGATES)):
        assert seen == unknown.sees(what)
        if not seen:
            with pytest.raises(UnknownTokenError, match="token"):
                unknown.refuse_seeing(what)
    assert NOBODY.sees(what, "431381001001") == (what is not Sight.CONTACTS)
    if what is Sight.CONTACTS:
        with pytest.raises(ForbiddenError, match="without tokens nobody is known by name"):
            NOBODY.refuse_seeing(what)


@pytest.mark.parametrize("actor", [NOBODY, STRANGER, ANONYMOUS], ids=lambda one: one.name)
def test_they_write_nothing(actor: Actor) -> None:
    for kind in EventKind:
        with pytest.raises(ForbiddenError):
            actor.refuse(kind, [])


def test_restricted_columns_are_for_those_who_see_contacts() -> None:
    hidden = {column.name for column in LAYERS["teams"].columns if column.restricted}
    for role in Role:
        columns = {column.name for column in Actor("a", role, "431381").columns(LAYERS["teams"])}
        assert (hidden <= columns) == (Sight.CONTACTS in SIGHTS[role]) != columns.isdisjoint(hidden)
