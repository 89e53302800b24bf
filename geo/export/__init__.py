"""Layers and answers as files for planners: GeoJSON, CSV and XLSX."""

from geo.export.files import MEDIA as MEDIA
from geo.export.files import book_bytes as book_bytes
from geo.export.files import form_of as form_of
from geo.export.files import write_book as write_book
from geo.export.layers import layer_geojson as layer_geojson
from geo.export.layers import write_geojson as write_geojson
from geo.export.workbooks import XLSX_CELLS as XLSX_CELLS
