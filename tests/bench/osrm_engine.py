"""OSRM for tests/bench/osrm.py: its executables prepare Andorra by our rules, and answer over loopback."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import shapely

from geo.network.speeds import DEFAULT_SPEEDS
from geo.terms import RoadClass, Surface
from tests.roads import ANDORRA

LonLat = tuple[float, float]

PROFILE = Path(__file__).with_name("osrm_profile.lua")
SLOWER = 10
"""OSRM rounds the time of every piece of road to a tenth of a second; at a tenth of the speed that is a hundredth."""


@dataclass(frozen=True)
class Variant:
    """What OSRM heeds on top of our rules."""

    turn_restrictions: bool = False


@dataclass(frozen=True)
class Drive:
    """Seconds on the road, how far start and end were moved to it, in metres, and the way as lon and lat."""

    seconds: float
    gaps_m: tuple[float, float]
    line: shapely.LineString


class Engine:
    """A running osrm-routed, asked on one connection that stays open."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, path: str) -> Any:
        try:
            self.connection.request("GET", path)
            return json.loads(self.connection.getresponse().read())
        except http.client.RemoteDisconnected:  # osrm-routed hangs up after 512 answers
            self.connection.close()
            return self.ask(path)

    def drive(self, start: LonLat, end: LonLat) -> Drive | None:
        """The quickest drive; None where OSRM knows no way."""
        answer = self.ask(f"/route/v1/driving/{_listed([start, end])}?overview=full&geometries=geojson")
        if answer["code"] != "Ok":
            return None
        route = answer["routes"][0]
        first_m, last_m = (waypoint["distance"] for waypoint in answer["waypoints"])
        line = shapely.LineString(route["geometry"]["coordinates"])
        return Drive(route["duration"] / SLOWER, (first_m, last_m), line)

    def table(self, stations: Sequence[LonLat], place: LonLat) -> Any:
        """The times from all stations to one place."""
        sources = ";".join(map(str, range(len(stations))))
        places = _listed([*stations, place])
        return self.ask(f"/table/v1/driving/{places}?sources={sources}&destinations={len(stations)}")


def _listed(places: Sequence[LonLat]) -> str:
    return ";".join(f"{lon:.7f},{lat:.7f}" for lon, lat in places)


@contextmanager
def engine(programs: Path, variant: Variant) -> Iterator[Engine]:
    """OSRM over Andorra, prepared anew by contraction, listening on loopback until the block ends."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        (Path(folder) / PROFILE.name).write_text(PROFILE.read_text())
        (Path(folder) / "speeds.lua").write_text(_speeds(variant))
        for program, *words in (
            ("osrm-extract", "-p", PROFILE.name, "-o", str(Path(folder) / "andorra"), str(ANDORRA)),
            ("osrm-contract", "andorra.osrm"),
        ):
            subprocess.run([programs / program, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        listen = f"-i 127.0.0.1 -p {port} -t 1 -k 600 --max-table-size 1000 andorra.osrm".split()
        with subprocess.Popen([programs / "osrm-routed", *listen], cwd=folder, stdout=subprocess.DEVNULL) as server:
            try:
                _wait_for(port)
                yield Engine(port)
            finally:
                server.terminate()


def _speeds(variant: Variant) -> str:
    """The table of speeds and the switches, as the profile reads them."""
    surfaces = (Surface.PAVED, Surface.UNPAVED)
    speeds = {one: ", ".join(str(DEFAULT_SPEEDS.kph[one, surface]) for surface in surfaces) for one in RoadClass}
    rows = [f"{one} = {{{kph}}}" for one, kph in speeds.items()]
    switches = [f"{name} = {str(on).lower()}" for name, on in asdict(variant).items()]
    return f"return {{slower = {SLOWER}, {', '.join(switches)}, kph = {{{', '.join(rows)}}}}}\n"


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("osrm-routed does not listen")


def programs_of(given: Path, room: Path) -> Path:
    """The folder of OSRM's executables, unpacked from the wheel where one is given."""
    if given.is_file():
        with zipfile.ZipFile(given) as wheel:
            wheel.extractall(room)
        given = room
    found = {path.parent for path in given.rglob("osrm-extract")}
    if len(found) != 1:
        raise SystemExit(f"{given} holds no osrm-extract; give the wheel of osrm-bindings, or its folder")
    programs = found.pop()
    for program in programs.glob("osrm-*"):
        if not os.access(program, os.X_OK):
            program.chmod(0o755)
    return programs
