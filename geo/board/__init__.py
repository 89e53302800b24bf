"""The Board: the live state that questions see, a fold of the journal's events; one immutable value per sequence."""

from geo.board.arriving import Columns as Columns
from geo.board.ledger import Committed as Committed
from geo.board.ledger import Order as Order
from geo.board.live import BULK as BULK
from geo.board.live import Board as Board
from geo.board.live import Placed as Placed
from geo.board.making import as_of as as_of
from geo.board.making import fold as fold
from geo.board.making import fold_frames as fold_frames
from geo.board.making import layer_frame as layer_frame
from geo.board.making import recorded as recorded
from geo.board.record import Record as Record
from geo.board.snapshot import from_snapshot as from_snapshot
from geo.board.snapshot import to_snapshot as to_snapshot
from geo.board.teams import Teams as Teams
