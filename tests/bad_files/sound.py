"""A sound file of every format, and the layer that it is imported as."""

from __future__ import annotations

from pathlib import Path

from tests.bad_files import json_files, kml_files, workbooks
from tests.bad_files.making import sites, villages, written, zipped

LAYER_OF = {
    "a.gpkg": "villages",
    "a.fgb": "villages",
    "a.shp": "villages",
    "a.gdb": "villages",
    "a.parquet": "villages",
    "a.geojson": "roads",
    "a.csv": "hazard_sites",
    "a.xlsx": "hazard_sites",
    "a.kml": "hazard_sites",
    "a.zip": "hazard_sites",
}


def sound_files(folder: Path) -> list[Path]:
    """Write them all into the folder."""
    for name, driver in (
        ("a.gpkg", "GPKG"),
        ("a.fgb", "FlatGeobuf"),
        ("a.shp", "ESRI Shapefile"),
        ("a.gdb", "OpenFileGDB"),
    ):
        written(folder, name, driver=driver)
    villages().to_parquet(folder / "a.parquet")
    (folder / "a.geojson").write_text(json_files.collection(json_files.feature()))
    (folder / "a.csv").write_text(sites("lon,lat", "111.4,27.6"))
    (folder / "a.xlsx").write_bytes(workbooks.workbook([workbooks.HEAD, workbooks.site()]))
    (folder / "a.kml").write_text(kml_files.document(kml_files.place("111.4,27.6") + kml_files.END))
    (folder / "a.zip").write_bytes(zipped({"a.csv": (folder / "a.csv").read_bytes()}))
    return [folder / name for name in LAYER_OF]
