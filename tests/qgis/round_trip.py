"""A layer goes out, is edited in QGIS, and comes back as exactly what was done to it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from qgis import core
from qgis.PyQt.QtCore import QVariant

NEW = "431381049999"
MOVED_DEG = 0.001


def check_round_trip(command: str, room: Path) -> list[tuple[Any, ...]]:
    """Hazard sites in a GeoPackage, edited where they are, and a selection of them saved as a file of its own."""
    county, path = room / "county", room / "sites.gpkg"
    shutil.copytree("data/sample", county)
    subprocess.run([command, "export", "hazard_sites", "-o", path, "--data", county], capture_output=True, check=True)
    kept = path.with_name("selected.gpkg")
    subprocess.run([command, "export", "hazard_sites", "-o", kept, "--data", county], capture_output=True, check=True)
    expected = edited(path)
    met = diff(command, county, path)
    assert expected == met, (expected, met)
    whole = diff(command, county, selected(kept, room / "few.gpkg"), "--upsert")
    assert ([], {}, []) == whole, whole
    return [("edited", *map(len, met)), ("a selection, --upsert", *map(len, whole))]


def edited(path: Path) -> tuple[list[str], dict[str, list[str]], list[str]]:
    """Rename one site, move another, delete a third and add a fourth, all in one session; what that is as a diff."""
    layer = opened(path)
    renamed, moved, gone, copied = sorted(layer.getFeatures(), key=lambda one: one["site_id"])[:4]
    assert layer.startEditing()
    assert layer.changeAttributeValue(renamed.id(), layer.fields().lookupField("name"), "新名称")
    place = moved.geometry().asPoint()
    there = core.QgsPointXY(place.x() + MOVED_DEG, place.y())
    assert layer.changeGeometry(moved.id(), core.QgsGeometry.fromPointXY(there))
    assert layer.deleteFeature(gone.id())
    cells = {at: copied[field.name()] for at, field in enumerate(layer.fields()) if field.name() != "fid"}
    cells |= {layer.fields().lookupField("site_id"): NEW, layer.fields().lookupField("yixian"): QVariant()}
    assert layer.addFeature(core.QgsVectorLayerUtils.createFeature(layer, copied.geometry(), cells))
    assert layer.commitChanges(), layer.commitErrors()
    return [NEW], {renamed["site_id"]: ["name"], moved["site_id"]: ["geometry"]}, [gone["site_id"]]


def selected(path: Path, target: Path) -> Path:
    """Ten sites as QGIS saves what is selected."""
    layer = opened(path)
    layer.selectByIds([one.id() for one in list(layer.getFeatures())[:10]])
    options = core.QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.onlySelectedFeatures = "GPKG", True
    context = core.QgsProject.instance().transformContext()
    failed, *told = core.QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(target), context, options)
    assert not failed, told
    return target


def opened(path: Path) -> Any:
    layer = core.QgsVectorLayer(f"{path}|layername=hazard_sites", "hazard_sites", "ogr")
    assert layer.isValid(), layer.error().summary()
    return layer


def diff(command: str, county: Path, path: Path, *words: str) -> tuple[list[str], dict[str, list[str]], list[str]]:
    """What a trial import says that the file did: added, changed with its columns, removed."""
    asked = [command, "import", "hazard_sites", path, "--data", county, "--dry-run", "--json", *words]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)["diff"]
    assert [] == found["conflicts"]
    return found["added"], {one["key"]: one["columns"] for one in found["changed"]}, found["removed"]
