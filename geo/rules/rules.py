"""All thresholds in force, from and to the file rules.toml, and their version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import time
from functools import cached_property
from typing import Any, Final

from geo.errors import ThresholdFault, ThresholdsError
from geo.rules.contradictions import contradictions
from geo.rules.parts import DutyRules, FireRules, LeaderRules, PlaceRules, ReinforceRules, RoadRules, StayRules
from geo.rules.thresholds import SECTIONS, THRESHOLDS, literal


@dataclass(frozen=True)
class Rules:
    """All thresholds in force."""

    stays: StayRules = field(default_factory=StayRules)
    leaders: LeaderRules = field(default_factory=LeaderRules)
    duty: DutyRules = field(default_factory=DutyRules)
    places: PlaceRules = field(default_factory=PlaceRules)
    roads: RoadRules = field(default_factory=RoadRules)
    reinforce: ReinforceRules = field(default_factory=ReinforceRules)
    fire: FireRules = field(default_factory=FireRules)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Rules:
        """The rules of a rules.toml as read, with the defaults for what it leaves out.

        ThresholdsError with every fault at once: entries that are no threshold, and values that are not allowed.
        """
        known = {one.key: one for one in THRESHOLDS}
        values: dict[str, Any] = {}
        faults: list[ThresholdFault] = []
        for key, value in _entries(given):
            if key not in known:
                faults.append(ThresholdFault(key, _met(value), f"no such threshold; there are {_beside(key)}"))
                continue
            try:
                values[key] = known[key].parse(value)
            except ValueError as allowed:
                faults.append(ThresholdFault(key, _met(value), f"must be {allowed}"))
        if faults:
            raise ThresholdsError(faults)
        rules: Rules = _with(cls(), values)
        return rules

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Every threshold in force by its key, in the order of `THRESHOLDS`."""
        held = dict(_entries_of(self))
        return {one.key: held[one.key] for one in THRESHOLDS}

    @cached_property
    def version(self) -> str:
        """Eight digits that change when a threshold does."""
        text = "".join(f"{key} = {literal(value)}\n" for key, value in self.values.items())
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def toml(self) -> str:
        """The file rules.toml: a line for each threshold, above it its rule and meaning in both languages."""
        lines = [_HEAD]
        section = ""
        for one in THRESHOLDS:
            of, name = one.key.split(".", 1)
            if of != section:
                section = of
                lines += ["", "# " + " · ".join(SECTIONS[section]), f"[{section}]"]
            lines += [f"# {one.rule}: {one.zh} · {one.en}", f"{name} = {literal(self.values[one.key])}"]
        return "\n".join(lines) + "\n"

    def contradictions(self) -> tuple[str, ...]:
        """Each threshold that another one, or the calendar, makes impossible or void, with its rule."""
        return tuple(contradictions(self.stays, self.leaders, self.duty, self.roads, self.reinforce))


_HEAD: Final = """\
# 一线工作法规则门槛 · thresholds of the Frontline Work Method
# 条目编号见各行;删去一行即用默认值;保存后自动生效,有错时仍用原规则。
# A line that is left out has its default. A saved change takes effect by itself; a file that cannot be taken changes
# nothing, and /health/ready says why. `yixian rules` prints what is in force, `yixian check` names contradictions."""


def _entries(given: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Each entry that is no table, or an empty one that is no section, by its dotted key."""
    for name, value in given.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping) and (value or key in SECTIONS):
            yield from _entries(value, f"{key}.")
        else:
            yield key, value


def _entries_of(rules: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Each threshold that a rules value holds, by its dotted key."""
    for one in fields(rules):
        value = getattr(rules, one.name)
        if is_dataclass(value):
            yield from _entries_of(value, f"{above}{one.name}.")
        else:
            yield f"{above}{one.name}", value


def _with(rules: Any, values: Mapping[str, Any], above: str = "") -> Any:
    """The same rules with some thresholds replaced."""
    held = {}
    for one in fields(rules):
        value, key = getattr(rules, one.name), f"{above}{one.name}"
        held[one.name] = _with(value, values, f"{key}.") if is_dataclass(value) else values.get(key, value)
    return type(rules)(**held)


def _met(value: Any) -> str:
    return str(value) if isinstance(value, time) else repr(value)[:80]


def _beside(key: str) -> str:
    """What a key that is unknown may have meant: its section's thresholds, or the sections."""
    section = key.partition(".")[0]
    if section not in SECTIONS:
        return ", ".join(f"[{name}]" for name in SECTIONS)
    return ", ".join(one.key for one in THRESHOLDS if one.key.startswith(f"{section}."))
