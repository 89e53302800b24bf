"""The answers as tables, ready to be written as CSV, workbooks or GeoJSON (`geo.export`)."""

from geo.tables.brief import brief_tables as brief_tables
from geo.tables.clock import clock_tables as clock_tables
from geo.tables.duty import duty_tables as duty_tables
from geo.tables.duty import team_tables as team_tables
from geo.tables.nights import history_tables as history_tables
from geo.tables.nights import leader_tables as leader_tables
from geo.tables.nights import stay_tables as stay_tables
from geo.tables.orders import order_tables as order_tables
from geo.tables.roads import reach_tables as reach_tables
from geo.tables.roads import reinforcement_tables as reinforcement_tables
from geo.tables.table import CODE as CODE
from geo.tables.table import Book as Book
from geo.tables.table import CellKind as CellKind
from geo.tables.table import Column as Column
from geo.tables.table import Fact as Fact
from geo.tables.table import Look as Look
from geo.tables.table import Places as Places
from geo.tables.table import Table as Table
