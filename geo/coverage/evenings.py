"""What became of each evening of a week in each village: the seven nights behind a village's state (R07, R12)."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from geo.atlas import Atlas
from geo.board import Board
from geo.calendar import Week, to_china
from geo.coverage.exempt import exempt_evenings
from geo.coverage.judging import DAYS, VillageWeeks
from geo.rules import StayRules
from geo.terms import EveningState

Evenings = tuple[EveningState, ...]

_STATES = tuple(EveningState)


def village_evenings(
    atlas: Atlas, board: Board, week: Week, *, at: datetime, rules: StayRules | None = None
) -> tuple[Evenings, ...]:
    """Each village's seven evenings of `week` from Monday on, as seen at `at`; villages in the order of their codes.

    They are those of the team that the village's state in `stay_coverage` speaks of; without one nobody is assigned.
    """
    weeks = VillageWeeks.of(atlas, board, week, 1, at=to_china(at), rules=rules or atlas.rules.stays)
    nights, service = weeks.teams.nights, weeks.service[:, 0]
    own = service[service >= 0]
    exempt = exempt_evenings(atlas, board, nights.first_evening, DAYS)[service >= 0]
    none = EveningState.NOT_ASSIGNED if weeks.recorded[0] else EveningState.UNKNOWN
    codes = np.full((len(service), DAYS), _STATES.index(none))
    found = [
        (nights.kept[own], EveningState.KEPT),
        (~nights.assigned[own], EveningState.NOT_ASSIGNED),
        (exempt, EveningState.EXEMPT),
        (nights.left[own], EveningState.OPEN),
        (nights.unknown[own], EveningState.UNKNOWN),
    ]
    flags, states = zip(*found, strict=True)
    codes[service >= 0] = np.select(flags, [_STATES.index(one) for one in states], _STATES.index(EveningState.MISSING))
    return tuple(tuple(_STATES[code] for code in row) for row in codes.tolist())
