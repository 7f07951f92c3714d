"""The grammar: words to values, by recursive descent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from bot.domain.areas import measures
from bot.domain.areas.cursor import Cursor
from bot.domain.areas.shapes import (
    CORNER_SHARES,
    SHARES,
    Area,
    Border,
    Center,
    Corner,
    Difference,
    Ellipse,
    Everything,
    Feathered,
    Found,
    Grown,
    Intersection,
    Marks,
    Not,
    Rectangle,
    Shape,
    Shrunk,
    Side,
    Thing,
    Transparent,
    Union,
)
from bot.domain.areas.words import CHANGES, FEATHER, GROWING, NEAREST, SHAPE_WORDS, WORDS, closest
from bot.domain.errors import AreaProblem, BadArea

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.domain.areas.words import Token

MAX_LENGTH: Final = 500
MAX_SHAPES: Final = 40
MAX_DEPTH: Final = 24
MAX_FOUND: Final = 8  # each is a mask as large as the picture while it is looked for
MAX_WORDS_LENGTH: Final = 200  # quoted, with every quote doubled, it still fits into an area
_THINGS: Final = frozenset(thing.value for thing in Thing)
_CONTINUING: Final = ("+", "-", "&", "not", *CHANGES, *SHAPE_WORDS)


def parse(text: str) -> Area:
    """Read an area in words.

    Raises:
        BadArea: names the word that was not understood, where it is, and the nearest alternative.
    """
    if len(text) > MAX_LENGTH:
        raise BadArea(AreaProblem.TOO_LONG, text=text[:MAX_LENGTH], position=MAX_LENGTH)
    return _Parser(Cursor(text, suggests=True)).whole()


def is_area(text: str) -> bool:
    """Whether a text can be parsed: sooner told than what would have been understood."""
    try:
        return len(text) <= MAX_LENGTH and bool(_Parser(Cursor(text, suggests=False)).whole())
    except BadArea:
        return False


class _Parser:
    """A recursive descent over the words of one text; its depth is bounded."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._shapes = 0
        self._depth = 0
        self._found: set[Found] = set()

    def whole(self) -> Area:
        """The whole text, and nothing after it."""
        area = self._area()
        feather = self._cursor.peek()
        if feather is not None and self._cursor.take(FEATHER):
            area = Feathered(area, measures.feather(self._cursor))
            token = self._cursor.peek()
            if token is not None and (token.kind == "corner" or token.value in _CONTINUING):
                self._fail_feather(feather)
        if (token := self._cursor.peek()) is not None:
            self._fail_after_area(token)
        if len(str(area)) > MAX_LENGTH:
            text = self._cursor.text
            raise BadArea(AreaProblem.TOO_LONG, text=text, position=len(text))
        return area

    def _area(self) -> Area:
        area = self._both()
        while (sign := self._cursor.take("+", "-")) is not None:
            other = self._both()
            area = Union(area, other) if sign == "+" else Difference(area, other)
        return area

    def _both(self) -> Area:
        area = self._part()
        while self._cursor.take("&"):
            area = Intersection(area, self._part())
        return area

    def _part(self) -> Area:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._cursor.fail(AreaProblem.TOO_LONG, self._cursor.peek())
        area: Area
        if self._cursor.take("not"):
            area = Not(self._part())
        else:
            area = self._shape()
            while (word := self._cursor.take(*GROWING)) is not None:
                by = measures.growth(self._cursor)
                area = Grown(area, by) if word == "grow" else Shrunk(area, by)
        self._depth -= 1
        return area

    def _shape(self) -> Area:
        if self._cursor.take("("):
            area = self._area()
            if self._cursor.take(")") is None:
                self._fail_after_area(self._cursor.peek(), suggestion=")")
            return area
        self._shapes += 1
        token = self._cursor.peek()
        if self._shapes > MAX_SHAPES:
            self._cursor.fail(AreaProblem.TOO_LONG, token)
        if token is None or (token.kind != "corner" and token.value not in SHAPE_WORDS):
            self._fail_no_shape(token)
        self._cursor.skip()
        return self._named(token)

    def _named(self, token: Token) -> Shape:
        cursor = self._cursor
        match token.value:
            case "everything":
                return Everything()
            case "transparent":
                return Transparent()
            case "marks":
                return Marks()
            case "border":
                return Border(measures.border(cursor, token))
            case "box":
                return Rectangle(*measures.box(cursor, token))
            case "ellipse":
                return Ellipse(*measures.box(cursor, token))
            case "center" | "centre" | "middle":
                return Center(measures.share(cursor, token, CORNER_SHARES))
            case "top" | "bottom" if (side := cursor.take("left", "right")) is not None:
                return Corner(token.value, side, measures.share(cursor, token, CORNER_SHARES))
            case "top" | "bottom" | "left" | "right":
                return Side(token.value, measures.share(cursor, token, SHARES))
            case thing if thing in _THINGS:
                return self._looked_for(token)
            case corner:
                vertical, horizontal = corner.split("-")
                share = measures.share(cursor, token, CORNER_SHARES)
                return Corner(vertical, horizontal, share)

    def _looked_for(self, token: Token) -> Found:
        thing = Thing(token.value)
        found = Found(thing, self._lettering(token) if thing is Thing.TEXT else None)
        self._found.add(found)
        if len(self._found) > MAX_FOUND:
            self._cursor.fail(AreaProblem.TOO_LONG, token, word=self._cursor.read_since(token))
        return found

    def _lettering(self, text: Token) -> str | None:
        """The quotation that may follow `text`."""
        colon = self._cursor.take(":")
        token = self._cursor.peek()
        if token is not None and token.kind == "quoted":
            self._cursor.skip()
            words = Found(Thing.TEXT, token.says).words
            if words is None:
                self._fail_lettering(AreaProblem.UNEXPECTED, text, "text")
            if len(words) > MAX_WORDS_LENGTH:
                self._fail_lettering(AreaProblem.TOO_LONG, text, None)
            return words
        if token is not None and token.kind == "open":
            self._cursor.skip()
            self._fail_lettering(AreaProblem.ENDED, text, _quoting(token.says))
        if colon or (token is not None and _is_lettering(token)):
            said = self._unquoted()
            problem = AreaProblem.UNEXPECTED if said else AreaProblem.ENDED
            self._fail_lettering(problem, text, _quoting(said))
        return None

    def _unquoted(self) -> str:
        """Words and numbers that somebody forgot to put in quotes."""
        first = self._cursor.peek()
        while (token := self._cursor.peek()) is not None:
            if token.kind not in ("word", "number") or token.value in CHANGES:
                break
            self._cursor.skip()
        return "" if first is None or first is token else self._cursor.read_since(first)

    def _fail_lettering(
        self, problem: AreaProblem, text: Token, suggestion: str | None
    ) -> NoReturn:
        self._cursor.fail(problem, text, word=self._cursor.read_since(text), suggestion=suggestion)

    def _fail_feather(self, token: Token) -> NoReturn:
        suggestion = _with_feather_last(self._cursor) if self._cursor.suggests else None
        self._cursor.fail(AreaProblem.FEATHER_INSIDE, token, suggestion=suggestion)

    def _fail_no_shape(self, token: Token | None) -> NoReturn:
        """Something stands where an area is expected."""
        if token is None:
            self._cursor.fail(AreaProblem.UNEXPECTED, None)
        if token.value == FEATHER:
            self._fail_feather(token)
        if token.kind in ("quoted", "open"):
            suggestion = _quoting(token.says)
            self._cursor.fail(AreaProblem.UNEXPECTED, token, suggestion=suggestion)
        unknown = token.kind == "word" and token.value not in WORDS
        problem = AreaProblem.UNKNOWN_WORD if unknown else AreaProblem.UNEXPECTED
        self._cursor.fail(problem, token)

    def _fail_after_area(self, token: Token | None, *, suggestion: str | None = None) -> NoReturn:
        """Something follows a complete area that cannot continue it."""
        if token is None:
            self._cursor.fail(AreaProblem.ENDED, None, suggestion=suggestion)
        if token.value == FEATHER:
            self._fail_feather(token)
        if token.kind == "word" and token.value not in WORDS:
            self._cursor.fail(AreaProblem.UNKNOWN_WORD, token)
        if token.value in SHAPE_WORDS:
            suggestion = f"+ {token.value}"
        if token.kind in ("quoted", "open"):
            suggestion = f"+ {_quoting(token.says)}"
        self._cursor.fail(AreaProblem.UNEXPECTED, token, suggestion=suggestion)


def _is_lettering(token: Token) -> bool:
    """Whether an unknown word after `text` is what the text says, and no slip of the finger."""
    if token.kind != "word" or token.value in WORDS or token.value in NEAREST:
        return False
    return closest(token.value, CHANGES) is None


def _quoting(said: str) -> str:
    """Lettering as it should have been written."""
    words = Found(Thing.TEXT, said).words or "SALE"
    return str(Found(Thing.TEXT, words[:MAX_WORDS_LENGTH]))


def _with_feather_last(cursor: Cursor) -> str:
    """What was meant by a feather inside an area: the same area, and the feather after it."""
    spans = list(_feathers(cursor.tokens))
    rest, start = "", 0
    for first, last in spans:
        rest += f"{cursor.text[start : first.position]} "
        start = last.end
    said = cursor.text[spans[-1][0].position : start]
    for feather in (said, "feather 2%"):
        try:
            area = parse(rest + cursor.text[start:])
            return str(parse(f"{area} {feather}"))
        except BadArea:
            continue
    return "subject feather 2%"


def _feathers(found: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """The first and last word of each feather in a text: `feather` and `%` of `feather 2%`."""
    for index, first in enumerate(found):
        if first.value != FEATHER:
            continue
        last, following = first, found[index + 1 : index + 3]
        if following and following[0].kind == "number":
            has_unit = following[-1].value in measures.UNITS
            last = following[-1] if has_unit else following[0]
        yield first, last
