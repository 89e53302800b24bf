"""Cells that a layer cannot take: the reason, and what the person who has the source can do."""

from __future__ import annotations

from dataclasses import dataclass


class CellError(ValueError):
    """A cell that cannot be taken: what is wrong, and what to do."""

    def __init__(self, problem: str, advice: str = "") -> None:
        self.problem, self.advice = problem, advice
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One refused cell; `position` counts rows from 0."""

    position: int
    value: object
    problem: str
    advice: str
