"""The service as it says itself, read without any GIS: what QGIS got is held against it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen


@contextmanager
def serving(command: str) -> Iterator[str]:
    """The address of the service on the sample county."""
    words = [command, "serve", "--data", "data/sample", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as service:
        try:
            yield re.search(r"http://[\d.:]+", service.stdout.readline()).group()
        finally:
            service.terminate()


def said(address: str) -> Any:
    with urlopen(address, timeout=60) as answer:  # noqa: S310  # the service started here, on loopback
        return json.load(answer)


def features(address: str, collection: str, asked: str = "") -> dict[str, Any]:
    """What the service says of a collection, by id, read without any GIS."""
    page = said(f"{address}/ogc/collections/{collection}/items?limit=10000{asked}")
    matched, found = page["numberMatched"], page["features"]
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = said(following[0])
        found += page["features"]
    told = {one["id"]: one for one in found}
    assert matched == len(found) == len(told), collection
    return told


def fetch(address: str, path: Path) -> None:
    with urlopen(address, timeout=120) as answer, path.open("wb") as file:  # noqa: S310  # the service started here
        shutil.copyfileobj(answer, file)


def corners(geometry: Any) -> tuple[str, list[float]]:
    """The kind of a shape, multi or not, and all its ordinates in their order."""

    def flat(nested: Any) -> Iterator[float]:
        for one in nested:
            yield from flat(one) if isinstance(one, list) else (one,)

    return geometry["type"].removeprefix("Multi"), list(flat(geometry["coordinates"]))


def furthest(expected: Any, found: Any, *, north_first: bool = False) -> float:
    """By how much two GeoJSON geometries differ at most."""
    (kind, numbers), (other_kind, others) = corners(expected), corners(found)
    if north_first:
        numbers[::2], numbers[1::2] = numbers[1::2], numbers[::2]
    assert (kind, len(numbers)) == (other_kind, len(others))
    return max(abs(one - other) for one, other in zip(numbers, others, strict=True))
