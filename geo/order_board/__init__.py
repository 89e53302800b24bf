"""The board of a mobilisation order: who is on station, on the way, late, missing or excused (R13, R14)."""

from geo.order_board.answer import MemberOnOrder as MemberOnOrder
from geo.order_board.answer import OrderArea as OrderArea
from geo.order_board.answer import OrderBoard as OrderBoard
from geo.order_board.answer import Tally as Tally
from geo.order_board.answer import TeamOnOrder as TeamOnOrder
from geo.order_board.judging import order_board as order_board
