"""Reading the words of one text from left to right, and pointing at the one that does not fit."""

from __future__ import annotations

from typing import NoReturn

from bot.domain.areas.words import WORDS, Token, nearest, tokens
from bot.domain.errors import AreaProblem, BadArea


class Cursor:
    """Where the reader is in a text. Only one that `suggests` looks for the nearest words."""

    def __init__(self, text: str, *, suggests: bool) -> None:
        self.text = text
        self.suggests = suggests
        self.tokens = tokens(text)
        self._next = 0

    def peek(self) -> Token | None:
        """The word that comes next; None at the end."""
        return self.tokens[self._next] if self._next < len(self.tokens) else None

    def skip(self) -> None:
        """Go past a word that was looked at."""
        self._next += 1

    def take(self, *values: str) -> str | None:
        """Go past the next word if it is one of `values`, and say which."""
        token = self.peek()
        if token is None or token.value not in values:
            return None
        self._next += 1
        return token.value

    def read_since(self, first: Token) -> str:
        """All that is written from `first` up to where the reader is."""
        return self.text[first.position : self.tokens[self._next - 1].end]

    def fail(
        self,
        problem: AreaProblem,
        token: Token | None,
        *,
        word: str | None = None,
        suggestion: str | None = None,
    ) -> NoReturn:
        """Point at a token, or at all of `word` that starts with it, or at the text's end.

        Raises:
            BadArea: always.
        """
        if token is None:
            problem = AreaProblem.ENDED if problem is AreaProblem.UNEXPECTED else problem
            raise BadArea(problem, text=self.text, position=len(self.text), suggestion=suggestion)
        if token.kind in ("word", "other") and token.value not in WORDS and suggestion is None:
            suggestion = nearest(token.value) if self.suggests else None
            problem = AreaProblem.UNKNOWN_WORD if token.kind == "other" else problem
        raise BadArea(
            problem,
            text=self.text,
            word=self.text[token.position : token.end] if word is None else word,
            position=token.position,
            suggestion=suggestion,
        )
