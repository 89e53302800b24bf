"""Layers at rest: a folder of files that never change, named by a manifest that is replaced in one step.

    FOLDER/manifest.json             which file is which layer now and was before, with hash, rows, date and source
    FOLDER/villages-1f3a….gpkg       a layer: GeoPackage, every column, named by the hash of its bytes
    FOLDER/stays-99c0….gpkg          a table: a GeoPackage layer without geometry
    FOLDER/rules.toml                the thresholds in force, which people edit by hand

A new version of a layer is a new file, and the manifest then names it; older versions stay and can be restored. One
writer at a time (`writing`); readers never wait. The sample that ships with the program is such a folder too, with
plain names and in text (GeoJSON and CSV): the suffix says how to read a file.
"""

from geo.store.county import County, is_broken, open_county, problems, read_layer, read_layers
from geo.store.geopackage import Pause
from geo.store.history import Version, history, restore
from geo.store.lock import keeping_accounts, writing
from geo.store.manifest import FORMAT, MANIFEST, REPORTS, LayerFile, Manifest, is_absent, read_manifest, written_at
from geo.store.ready import network_kept, network_read
from geo.store.rules_file import RULES, read_rules
from geo.store.text_files import decode, encode
from geo.store.writer import begin_county, create_county, end_demonstration, replace_layer, write_county, write_sample

__all__ = [
    "FORMAT",
    "MANIFEST",
    "REPORTS",
    "RULES",
    "County",
    "LayerFile",
    "Manifest",
    "Pause",
    "Version",
    "begin_county",
    "create_county",
    "decode",
    "encode",
    "end_demonstration",
    "history",
    "is_absent",
    "is_broken",
    "keeping_accounts",
    "network_kept",
    "network_read",
    "open_county",
    "problems",
    "read_layer",
    "read_layers",
    "read_manifest",
    "read_rules",
    "replace_layer",
    "restore",
    "write_county",
    "write_sample",
    "writing",
    "written_at",
]
