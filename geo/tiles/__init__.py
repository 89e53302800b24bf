"""Vector tiles (Mapbox Vector Tile 2.1): one layer's shapes in one square of Web Mercator, drawn for its zoom."""

from geo.tiles.address import DEEPEST as DEEPEST
from geo.tiles.address import EXTENT as EXTENT
from geo.tiles.address import TileAddress as TileAddress
from geo.tiles.attributes import CARRIED as CARRIED
from geo.tiles.layer import LARGE as LARGE
from geo.tiles.layer import MOST_FEATURES as MOST_FEATURES
from geo.tiles.layer import PARTS as PARTS
from geo.tiles.layer import TiledFeature as TiledFeature
from geo.tiles.layer import TileLayer as TileLayer
from geo.tiles.layer import foremost as foremost
from geo.tiles.layer import tile_layer as tile_layer
from geo.tiles.layer import tiled as tiled
from geo.tiles.tile import VectorTile as VectorTile
from geo.tiles.tile import vector_tile as vector_tile
