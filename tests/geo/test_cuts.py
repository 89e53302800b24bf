"""What the loss of a road cuts off: the dominator tree against losing every piece in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.network.cuts import cuts, fewest_closed, reached
from geo.network.graph import NO_WAY
from geo.network.pieces import Meets, Pieces, pieces_under, split
from tests.roads import network_of


@dataclass(frozen=True)
class Case:
    """A small network, split where its hubs meet it, a root, and some closed pieces."""

    pieces: Pieces
    root: int
    closed: np.ndarray


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Loops, double roads, one-way roads and lone islands over a few places; hubs at any share, ends included."""
    nodes = st.integers(0, 7).map(lambda number: (float(number), 0.0))
    ends = draw(st.lists(st.tuples(nodes, nodes), min_size=1, max_size=12))
    ways = st.sampled_from([(1000, 1000), (1000, 1000), (1000, NO_WAY), (NO_WAY, 1000), (NO_WAY, NO_WAY)])
    network = network_of(ends, [draw(ways) for _ in ends])
    met = draw(
        st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, len(ends) - 1), st.sampled_from([0, 0.25, 0.5, 1])), max_size=6
        )
    )
    hub, segment, share = (np.array([row[column] for row in met]) for column in range(3))
    meets = Meets(hub.astype(np.int64), segment.astype(np.int32), share.astype(float), hub.astype(int) == 2)
    pieces = split(network, meets, 3)
    closed = np.array(draw(st.lists(st.booleans(), min_size=len(pieces), max_size=len(pieces))), dtype=bool)
    return Case(pieces, draw(st.integers(0, pieces.nodes - 1)), closed)


def reach(case: Case, lost: set[int]) -> set[int]:
    """The nodes that one comes to from the root without the lost pieces, by walking."""
    pieces, met, waiting = case.pieces, {case.root}, [case.root]
    while waiting:
        node = waiting.pop()
        for piece in range(len(pieces)):
            tail, head = int(pieces.tail[piece]), int(pieces.head[piece])
            for arc, begin, end in ((2 * piece, tail, head), (2 * piece + 1, head, tail)):
                if piece not in lost and pieces.way[arc] and begin == node and end not in met:
                    met.add(end)
                    waiting.append(end)
    return met


@given(cases())
def test_cuts_are_what_losing_each_piece_in_turn_cuts_off(case: Case) -> None:
    whole = reach(case, set())
    expected = {piece: whole - reach(case, {piece}) for piece in range(len(case.pieces))}
    found = cuts(case.pieces, case.pieces.way, case.root)
    behind = {
        int(arc) >> 1: set(np.flatnonzero((first <= found.rank) & (found.rank < first + count)).tolist())
        for arc, first, count in zip(found.arc, found.first, found.count, strict=True)
    }
    assert {piece: nodes for piece, nodes in expected.items() if nodes} == behind
    assert whole == set(np.flatnonzero(found.rank >= 0).tolist())


@given(cases())
def test_a_way_with_the_fewest_closed_pieces_is_found_and_told(case: Case) -> None:
    pieces = case.pieces
    cost = {case.root: 0}
    for _ in range(pieces.nodes):  # Bellman and Ford
        for arc in np.flatnonzero(pieces.way).tolist():
            ends = (int(pieces.tail[arc >> 1]), int(pieces.head[arc >> 1]))
            tail, head = ends if arc % 2 == 0 else ends[::-1]
            if tail in cost:
                cost[head] = min(cost.get(head, 99), cost[tail] + int(case.closed[arc >> 1]))
    count, last = fewest_closed(pieces, pieces.way, case.closed, case.root)
    assert [cost.get(node, -1) for node in range(pieces.nodes)] == count.tolist()
    for node in np.flatnonzero(count > 0).tolist():
        arc = int(last[node])
        tail = int((pieces.head if arc & 1 else pieces.tail)[arc >> 1])
        assert case.closed[arc >> 1]
        assert count[tail] == count[node] - 1


@given(cases())
def test_what_is_reached_is_what_no_closed_piece_is_needed_for(case: Case) -> None:
    expected = reach(case, set(np.flatnonzero(case.closed).tolist()))
    assert expected == set(np.flatnonzero(reached(case.pieces, case.pieces.way, case.closed, case.root)).tolist())


def test_a_segment_is_split_where_places_meet_it_and_links_have_no_length() -> None:
    network = network_of([((0, 0), (10, 0)), ((10, 0), (20, 0))], [(1, 1), (1, NO_WAY)])
    meets = Meets(
        np.array([0, 0, 1]), np.array([0, 1, 0], dtype=np.int32), np.array([0.5, 1.0, 0.25]), np.zeros(3, bool)
    )
    pieces = split(network, meets, 2)
    assert [0, 0, 0, 1, 0, 1, 0] == pieces.segment.tolist()
    assert [0, 0.25, 0.5, 0, 0.5, 1, 0.25] == pieces.from_share.tolist()
    assert [0.25, 0.5, 1, 1, 0.5, 1, 0.25] == pieces.to_share.tolist()
    assert [1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 0] == pieces.way.tolist()  # the second road and links: one way
    assert (5, 6) == (pieces.hub_node(0), pieces.hub_node(1))  # after 3 ends of roads and 2 places within the first
    assert [6, 5] == [pieces.head[-1], pieces.head[-2]]


@pytest.mark.parametrize(
    ("stretch", "touched"),
    [((0.0, 0.1), [0]), ((0.3, 0.4), [1]), ((0.5, 0.5), [1, 2]), ((0.2, 0.9), [0, 1, 2]), ((1.0, 1.0), [2])],
)
def test_a_stretch_touches_the_pieces_that_it_shares_a_point_with(
    stretch: tuple[float, float], touched: list[int]
) -> None:
    network = network_of([((0, 0), (10, 0))], [(1, 1)])
    meets = Meets(np.array([0, 1]), np.array([0, 0], dtype=np.int32), np.array([0.25, 0.5]), np.zeros(2, bool))
    _, pieces = pieces_under(
        split(network, meets, 2), np.array([0], dtype=np.int32), np.array(stretch[:1]), np.array(stretch[1:])
    )
    assert touched == pieces.tolist()
