"""CQL2 text -> tree, by the grammar of OGC 21-065r2 (cql2.bnf): one pass, linear, as deep as its brackets.

The parser of the `cql2` package takes exponential time for a bracket left open and ends the process on long chains
(CONTRIBUTING, Decisions), so this one is the project's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn

from geo.filters import literals
from geo.filters.guard import refused
from geo.filters.tokens import Token, tokens_of
from geo.filters.tree import ARRAYS, FUNCTIONS, Call, Interval, Items, Node, Number, Property, Shape, Text, Truth, call

_NOT: Final = 3
_COMPARISON: Final = 4
_POWER: Final = 7
_STRENGTHS: Final = {
    "OR": 1,
    "AND": 2,
    **dict.fromkeys(("=", "<>", "<", ">", "<=", ">=", "LIKE", "BETWEEN", "IN", "IS", "NOT"), _COMPARISON),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "%", "DIV"), 6),
    "^": _POWER,
}
"""How tightly an operator binds what stands beside it; comparisons and powers do not chain."""
_RESERVED: Final = frozenset({"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "DIV"})
_KINDS: Final = {kind.upper(): kind for kind in (*literals.NESTING, literals.COLLECTION)}


def tree_of(text: str) -> Node:
    """The tree of a CQL2 text; InputError tells the character where it stops being one."""
    reader = _Reader(tokens_of(text))
    root = reader.expression()
    reader.close()
    return root


class _Reader:
    """The words of one text, and how far they are read."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.position]

    def after(self, steps: int = 1) -> str:
        return self.tokens[min(self.position + steps, len(self.tokens) - 1)].word

    def take(self) -> Token:
        token = self.next
        self.position += token.kind != "end"
        return token

    def taken(self, *words: str) -> bool:
        """Whether the next word is one of `words`; it is read then."""
        found = self.next.word in words
        self.position += found
        return found

    def want(self, word: str) -> None:
        if not self.taken(word):
            self.stop(word)

    def stop(self, wanted: str) -> NoReturn:
        met = "its end" if self.next.kind == "end" else repr(self.next.value[:40])
        raise refused(f"at character {self.next.at} stands {met} where {wanted} should")

    def close(self) -> None:
        if self.next.kind != "end":
            self.stop("an operator or the end")

    def expression(self, strength: int = 0) -> Node:
        """What binds tighter than `strength`."""
        left, ceiling = self.prefixed(strength), _POWER + 1
        while strength < (mine := _STRENGTHS.get(self.next.word, 0)) < ceiling:
            left = self.joined(left, self.take().word, mine)
            ceiling = mine if mine in (_COMPARISON, _POWER) else _POWER + 1
        return left

    def prefixed(self, strength: int) -> Node:
        negations = 0
        while strength < _NOT and self.taken("NOT"):
            negations += 1
        node = self.expression(_NOT) if negations else self.operand()
        for _ in range(negations):
            node = call("not", (node,))
        return node

    def joined(self, left: Node, word: str, strength: int) -> Node:
        if word == "IS":
            negated = self.taken("NOT")
            self.want("NULL")
            return _maybe_not(call("isNull", (left,)), negated)
        negated = word == "NOT"
        if negated:
            word = self.next.word
            if not self.taken("LIKE", "BETWEEN", "IN"):
                self.stop("LIKE, BETWEEN or IN")
        if word == "IN":
            return _maybe_not(call("in", (left, self.items())), negated)
        right = self.expression(strength)
        if word == "BETWEEN":
            self.want("AND")
            return _maybe_not(call("between", (left, right, self.expression(strength))), negated)
        return _maybe_not(call(word.lower(), (left, right)), negated)

    def operand(self) -> Node:
        token = self.next
        if token.word == "(":
            return self.bracketed()
        if token.word in ("+", "-"):
            return self.signed()
        if token.kind == "name" and token.word not in _RESERVED:
            return self.named()
        if token.kind not in ("text", "number", "quoted"):
            self.stop("a value, a property or a condition")
        self.take()
        if token.kind == "number":
            return literals.number(float(token.value))
        return Text(token.value) if token.kind == "text" else Property(token.value)

    def signed(self) -> Node:
        """A signed number, or -1 times what follows, which is how the standard writes it in JSON."""
        minus = self.take().word == "-"
        if self.next.kind != "number" and not (
            minus and (self.next.word == "(" or self.next.kind in ("name", "quoted"))
        ):
            self.stop("a number")
        value = self.operand()
        if isinstance(value, Number):
            return Number(-value.value) if minus else value
        return call("*", (Number(-1.0), value))

    def bracketed(self) -> Node:
        """Brackets round one expression, or an array."""
        start = self.position
        self.want("(")
        if self.next.word != ")":
            inner = self.expression()
            if self.taken(")"):
                return inner
        self.position = start
        return self.items()

    def items(self) -> Items:
        return Items(tuple(self.listed(self.expression)))

    def listed(self, read: Callable[[], Node]) -> list[Node]:
        """What stands in brackets, between commas."""
        self.want("(")
        found: list[Node] = []
        while not self.taken(")"):
            if found:
                self.want(",")
            found.append(read())
        return found

    def named(self) -> Node:
        token = self.take()
        if self.next.word == "(" or (token.word in _KINDS and self.next.word == "Z" and self.after() == "("):
            return self.called(token)
        if token.word in ("TRUE", "FALSE"):
            return Truth(token.word == "TRUE")
        return Property(token.value)

    def called(self, name: Token) -> Node:
        if name.word in _KINDS:
            return self.shape(_KINDS[name.word])
        if name.word in ("DATE", "TIMESTAMP"):
            made = literals.day if name.word == "DATE" else literals.moment
            return self.only(self.listed(self.quoted), made)
        if name.word == "INTERVAL":
            ends = self.listed(self.interval_end)
            if len(ends) != 2:
                raise refused(f"INTERVAL takes 2 ends, not {len(ends)}")
            return Interval(*(None if end == Text("..") else end for end in ends))
        if name.word == "BBOX":
            return literals.box([number.value for number in self.listed(self.number) if isinstance(number, Number)])
        op = FUNCTIONS.get(name.word, name.value)
        return call(op, tuple(self.listed(self.array_operand if op in ARRAYS else self.expression)))

    def only(self, found: list[Node], made: Callable[[str], Node]) -> Node:
        if len(found) != 1 or not isinstance(found[0], Text):
            raise refused("DATE and TIMESTAMP take one text")
        return made(found[0].value)

    def quoted(self) -> Node:
        if self.next.kind != "text":
            self.stop("a text")
        return Text(self.take().value)

    def number(self) -> Node:
        if self.next.kind != "number" and self.next.word not in ("+", "-"):
            self.stop("a number")
        found = self.operand()
        if not isinstance(found, Number):
            self.stop("a number")
        return found

    def interval_end(self) -> Node:
        if self.next.kind != "text":
            return self.operand()
        text = self.take().value
        return Text(text) if text == ".." else literals.instant(text)

    def array_operand(self) -> Node:
        """In an array function a bracket opens an array, of one member too."""
        return self.items() if self.next.word == "(" else self.expression()

    def shape(self, kind: str) -> Shape:
        self.taken("Z")
        if kind == literals.COLLECTION:
            return literals.collection([one for one in self.listed(self.member) if isinstance(one, Shape)])
        return literals.shape(kind, self.positions(kind, literals.NESTING[kind]))

    def member(self) -> Node:
        kind = _KINDS.get(self.next.word, literals.COLLECTION)
        if kind == literals.COLLECTION:
            self.stop("a geometry that is no collection")
        self.take()
        return self.shape(kind)

    def positions(self, kind: str, nesting: int) -> list[object]:
        """Positions in as many brackets as the kind has; those of a MULTIPOINT may do without their own."""
        self.want("(")
        if nesting == 0:
            found: list[object] = list(self.position_numbers())
            self.want(")")
            return found
        found = []
        while not found or self.taken(","):
            if nesting > 1 or (kind == "MultiPoint" and self.next.word == "("):
                found.append(self.positions(kind, nesting - 1))
            else:
                found.append(self.position_numbers())
        self.want(")")
        return found

    def position_numbers(self) -> list[float]:
        found: list[float] = []
        while self.next.word not in (",", ")"):
            number = self.number()
            if isinstance(number, Number):
                found.append(number.value)
        return found


def _maybe_not(node: Node, negated: bool) -> Node:
    return Call("not", (node,)) if negated else node
