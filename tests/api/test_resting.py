"""Work in the background leaves answers what they need, however long it takes by that."""

from __future__ import annotations

import pytest

from api.resting import Rest, Spent


def shares(busy: float, step_s: float, steps: int = 400) -> float:
    """The share of the clock's time that work of so many steps takes, where answers take the share `busy` of it."""
    spent = Spent(0.0, 0.0, 0.0)
    rest = Rest(lambda: spent)
    for _ in range(steps):
        for length_s, own_s in ((step_s, step_s), (None, 0.0)):  # a step, and the rest after it
            wall_s = rest.length_s() if length_s is None else length_s
            others_s = busy * wall_s
            spent = Spent(spent.wall_s + wall_s, spent.process_s + own_s + others_s, spent.thread_s + own_s)
    return spent.thread_s / spent.wall_s


@pytest.mark.parametrize("step_s", [0.002, 0.01])
@pytest.mark.parametrize(("busy", "share"), [(0.0, 0.5), (0.4, 0.3), (0.7, 0.15), (0.9, 0.05), (1.0, 0.05)])
def test_the_background_takes_half_of_what_answers_leave(busy: float, share: float, step_s: float) -> None:
    assert share == pytest.approx(shares(busy, step_s), rel=0.1)  # before it has measured, it takes half


def test_a_short_step_is_followed_by_a_short_rest_and_a_long_one_by_no_endless_one() -> None:
    assert 0.5 == pytest.approx(shares(0.0, 0.001), rel=0.05)
    assert shares(0.0, 1e-5) < 0.02
    assert 1.0 / 1.3 == pytest.approx(shares(1.0, 1.0), rel=0.05)


def test_time_that_goes_backwards_is_no_time() -> None:
    assert 0.0 == Spent(1.0, 1.0, 2.0).others_share(Spent(2.0, 1.0, 1.0))
