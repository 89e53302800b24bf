"""Roles: what each may write, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access import LOCAL, MAY_WRITE, Actor
from api.errors import ForbiddenError
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
