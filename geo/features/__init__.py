"""Collections of features: every layer and the answers that planners map, selected, paged and written as GeoJSON."""

from geo.features.boxes import Box as Box
from geo.features.boxes import parse_box as parse_box
from geo.features.describing import Code as Code
from geo.features.describing import CollectionInfo as CollectionInfo
from geo.features.describing import Queryable as Queryable
from geo.features.feature_set import FeatureSet as FeatureSet
from geo.features.feature_set import Page as Page
from geo.features.query import Cursor as Cursor
from geo.features.query import Query as Query
from geo.features.query import Selection as Selection
from geo.features.query import SortKey as SortKey
from geo.features.query import parse_properties as parse_properties
from geo.features.query import parse_sortby as parse_sortby
from geo.features.snapshot import Snapshot as Snapshot
from geo.features.snapshot import collections as collections
from geo.features.systems import CRS84 as CRS84
from geo.features.systems import System as System
from geo.features.systems import parse_system as parse_system
from geo.features.times import Span as Span
from geo.features.times import parse_datetime as parse_datetime
from geo.features.writing import feature_bytes as feature_bytes
from geo.features.writing import feature_lines as feature_lines
from geo.features.writing import one_feature as one_feature
from geo.features.writing import row_lines as row_lines
from geo.features.writing import text_sequence as text_sequence
