"""What a fuzzer asks: sound inputs, and the one question whose answers are right, or refusals of the project's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """One input: which door it is for, and its bytes."""

    door: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """One fuzzer.

    `ask` says whether the input was taken; False is a refusal. Whatever it raises is a finding. `signs` are pieces
    worth putting in; `fixed` are inputs beside the sound ones: such as once failed.
    """

    ask: Callable[[Case], bool]
    sound: Sequence[Case]
    signs: Sequence[bytes] = ()
    fixed: Sequence[Case] = ()
