"""The figures of a running service beside those of its requests: what is kept, what is recorded, what it came from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from api.doctor.disk import disk_of
from api.gate.metrics import (
    BUCKETS_S,
    Figures,
    Requests,
    Shared,
    Tally,
    by_class,
    of_questions,
)
from api.live import Channel
from api.operation import standing
from api.swap import Live

QUESTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "/v1/nearest": "nearest",
        "/v1/reinforce": "reinforce",
        "/v1/isolation": "isolation",
        "/v1/exposure": "exposure",
        "/v1/attention": "attention",
        "/v1/places": "place",
        "/v1/search": "search",
        "/v1/coverage/reach": "reach",
        "/v1/coverage/clock": "clock",
        "/v1/coverage/stays": "coverage",
        "/v1/coverage/stays/history": "history",
        "/v1/coverage/leaders": "leaders",
        "/v1/coverage/duty": "duty",
        "/v1/mobilisations/{order_id}": "order",
        "/v1/export": "export",
        "/v1/reach": "reach_from",
        "/tiles/{layer}/{z}/{x}/{y}.pbf": "tile",
        "/ogc/collections/{collection}/items": "features",
    }
)
"""The question that a route asks; a test holds the routes to those that there are."""
TOTALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "yixian_cache_hits": "Answers taken from what was kept, by what it is.",
        "yixian_cache_misses": "Answers that had to be made, by what they are.",
        "yixian_journal_appends": "Writes recorded by these processes.",
        "yixian_journal_appended_events": "Events recorded by these processes.",
        "yixian_journal_commits": "Commits to the disk; several writes share one.",
        "yixian_journal_commit_seconds": "Seconds spent in commits.",
        "yixian_swaps": "New versions of the data that took over.",
        "yixian_failed_swaps": "New versions of the data that could not be served.",
    }
)
PROCESSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "yixian_live_pages": "Open pages that listen to a process.",
        "yixian_resident_bytes": "Memory of a process.",
    }
)


class Metrics:
    """What `/metrics` tells of one application. Nothing is registered anywhere else: each application has its own."""

    def __init__(self, live: Live, channel: Channel) -> None:
        self.requests = Requests()
        self._live, self._channel = live, channel
        self._shared: Shared | None = None
        live.tenders.append(lambda _: self.publish())  # once a second, on the thread that looks for new data

    def share(self, folder: Path) -> None:
        """Answer for all processes that leave their figures in `folder`."""
        self._shared = Shared(folder / "figures")

    def publish(self) -> None:
        """Let the other processes know of this one's figures; also when it ends."""
        if self._shared is not None:
            self._shared.leave(self.own())

    def own(self) -> Figures:
        """What this process has counted."""
        process, memory_bytes = str(os.getpid()), _resident_bytes()
        now = {(process, "yixian_live_pages"): float(self._channel.listeners)}
        if memory_bytes:
            now[process, "yixian_resident_bytes"] = float(memory_bytes)
        return Figures(self.requests.tallies(), dict(_totals(self._live)), now)

    def text(self) -> bytes:
        """In Prometheus' text format 0.0.4, of all processes."""
        figures = self.own()
        if self._shared is not None:
            figures.add(self._shared.others())
        registry = CollectorRegistry(auto_describe=False)
        registry.register(
            _Told([*_of_requests(figures), *_of_totals(figures), *_of_processes(figures), *_of_now(self._live)])
        )
        return generate_latest(registry)


class _Told(Collector):
    """What was found, in the form that the library writes."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """The families, once."""
        yield from self._families


def _of_requests(figures: Figures) -> Iterator[Metric]:
    labels = ["route", "method", "status"]
    taken = HistogramMetricFamily(
        "yixian_request_seconds", "From a request's head to the end of its answer.", labels=labels
    )
    sent = CounterMetricFamily("yixian_answer_bytes", "Bytes of answers.", labels=labels)
    for names, tally in sorted(by_class(figures.tallies).items()):
        taken.add_metric(names, *_histogram(tally))
        sent.add_metric(names, tally.bytes_out)
    asked = HistogramMetricFamily("yixian_question_seconds", "Questions that were answered.", labels=["question"])
    for name, tally in sorted(of_questions(figures.tallies, QUESTIONS).items()):
        asked.add_metric([name], *_histogram(tally))
    yield from (taken, sent, asked)


def _histogram(tally: Tally) -> tuple[list[tuple[str, float]], float]:
    """The buckets as Prometheus wants them: each with all that were quicker."""
    found, so_far = [], 0
    for end, count in zip((*map(str, BUCKETS_S), "+Inf"), tally.buckets, strict=True):
        so_far += count
        found.append((end, float(so_far)))
    return found, tally.sum_s


def _of_totals(figures: Figures) -> Iterator[Metric]:
    for name, help_text in TOTALS.items():
        found = sorted((kept, number) for (one, kept), number in figures.totals.items() if one == name)
        if found:
            family = CounterMetricFamily(name, help_text, labels=["kept"] if found[0][0] else [])
            for kept, number in found:
                family.add_metric([kept] if kept else [], number)
            yield family


def _of_processes(figures: Figures) -> Iterator[Metric]:
    for name, help_text in PROCESSES.items():
        family = GaugeMetricFamily(name, help_text, labels=["process"])
        for (process, one), number in sorted(figures.now.items()):
            if one == name:
                family.add_metric([process], number)
        yield family


def _of_now(live: Live) -> Iterator[Metric]:
    """What is as it is now, and the same in every process."""
    services = live.current
    data, provenance = InfoMetricFamily("yixian_data", "What is served."), services.atlas.provenance
    named = {"version": provenance.version, "rules": provenance.rules or "", "date": provenance.date.isoformat()}
    data.add_metric([], named)
    yield data
    has_failed = live.failed_swap is not None
    yield _gauge("yixian_swap_failed", "Whether a newer version waits that cannot be served.", has_failed)
    found = standing(services)
    if found is not None:
        yield _gauge("yixian_journal_sequence", "The newest event.", found.sequence)
        yield _gauge("yixian_journal_lag_events", "Events that are recorded and not yet folded.", found.lag_events)
        yield _gauge("yixian_journal_writable", "Whether events can be recorded.", found.is_writable)
    disk = disk_of(services.folder)
    if disk is not None:
        yield _gauge("yixian_disk_free_bytes", "Room where the data are.", disk.free_bytes)
        yield _gauge("yixian_disk_total_bytes", "The size of that disk.", disk.total_bytes)
    days = (services.atlas.work_calendar.known_to - services.now().date()).days
    yield _gauge("yixian_calendar_days_left", "Days until workdays are not known any more.", days)


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, value=float(value))


def _totals(live: Live) -> Iterator[tuple[tuple[str, str], float]]:
    """By name and what is kept, which is "" where the name says all."""
    services = live.current
    for kept, counted in services.counted().items():
        yield ("yixian_cache_hits", kept), counted.hits
        yield ("yixian_cache_misses", kept), counted.misses
    journal = None if services.record is None else services.record.journal
    if journal is not None:
        written = journal.written
        yield ("yixian_journal_appends", ""), written.appends
        yield ("yixian_journal_appended_events", ""), written.events
        yield ("yixian_journal_commits", ""), written.commits
        yield ("yixian_journal_commit_seconds", ""), written.seconds
    yield ("yixian_swaps", ""), live.swaps
    yield ("yixian_failed_swaps", ""), live.failed_swaps


def _resident_bytes() -> int:
    """What the process holds in memory; 0 where the system does not say it in Linux's way."""
    if sys.platform != "linux":
        return 0
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
