"""Layers and answers as files for planners: answers as GeoJSON, CSV and XLSX, whole layers in any of `FORMS`."""

from geo.export.files import MEDIA as MEDIA
from geo.export.files import book_bytes as book_bytes
from geo.export.files import form_of as form_of
from geo.export.files import write_book as write_book
from geo.export.forms import FORMS as FORMS
from geo.export.forms import Form as Form
from geo.export.forms import form_for as form_for
from geo.export.forms import form_named as form_named
from geo.export.forms import system_of as system_of
from geo.export.layers import layer_geojson as layer_geojson
from geo.export.layers import write_geojson as write_geojson
from geo.export.rows import LayerFile as LayerFile
from geo.export.symbols import Legend as Legend
from geo.export.symbols import Symbol as Symbol
from geo.export.whole import write_layers as write_layers
from geo.export.workbooks import XLSX_CELLS as XLSX_CELLS
