"""What a picture process may answer: our values and errors as JSON, and nothing else.

The process has handled an untrusted file. If that took it over, its answers must neither run
code in the bot, nor name a file that is not the work's own.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_origin, get_type_hints

from bot.domain.errors import (
    AreaProblem,
    BadArea,
    BadMask,
    BadOption,
    BadPicture,
    Broken,
    CardTooLarge,
    Failure,
    MaskProblem,
    OptionProblem,
    PictureProblem,
    StoreFailed,
    TouchupError,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_Value = TypeVar("_Value")

# The errors that work on pictures raises on purpose, and that can be written as an answer.
REFUSALS: Final = (BadPicture, BadMask, BadArea, BadOption, Broken, CardTooLarge, StoreFailed)
_LARGEST_NUMBER: Final = 2**53  # beyond it JSON's numbers are not exact everywhere


class NotAnAnswer(Exception):
    """The process said something that no work of ours ends with."""


class WorkFailed(Exception):
    """A picture process met an error that nobody foresaw; the message is its traceback."""


def done(value: object) -> bytes:
    """The answer that carries what was found: a dataclass of `bot.domain.edits.pictures`."""
    return json.dumps({"done": _said(value)}, default=os.fspath).encode()


def refused(error: TouchupError) -> bytes:
    """The answer that carries one of the REFUSALS."""
    fields = vars(error) or {"message": str(error)}
    return json.dumps({"refused": type(error).__name__, "fields": fields}).encode()


def costly() -> bytes:
    """The answer for work that needed too much memory."""
    return b'{"costly": true}'


def failed(trace: str) -> bytes:
    """The answer for an error that nobody foresaw."""
    return json.dumps({"failed": trace}).encode()


def read(data: bytes, wanted: type[_Value], *, out: Path, given: Collection[Path] = ()) -> _Value:
    """What an answer carries. Its files lie directly in `out`, or were `given` to the work.

    Raises:
        UserError, Broken, CardTooLarge, StoreFailed: the work ended with it.
        MemoryError: it needed more memory than a picture process may have.
        WorkFailed: it met an error of ours.
        NotAnAnswer: this is not an answer to it.
    """
    try:
        answer = json.loads(data, parse_constant=_no_number)
        match answer:
            case {"done": value}:
                found: _Value = _Reader(out, given).value(wanted, value)
                return found
            case {"refused": str(name), "fields": dict(fields)}:
                error: Exception = _refusal(name, fields)
            case {"costly": True}:
                error = MemoryError()
            case {"failed": str(trace)}:
                error = WorkFailed(trace)
            case _:
                raise NotAnAnswer("of another form")
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise NotAnAnswer(type(fault).__name__) from fault
    raise error


def _said(value: object) -> dict[str, Any]:
    """A value's fields, deep down, as JSON knows them; paths are left to the writer."""
    assert dataclasses.is_dataclass(value)  # noqa: S101  all work ends with one
    assert not isinstance(value, type)  # noqa: S101
    return dataclasses.asdict(value)


def _no_number(name: str) -> float:
    raise ValueError(name)


@dataclasses.dataclass(frozen=True, slots=True)
class _Reader:
    """Builds values of the types that their fields are declared with."""

    out: Path
    given: Collection[Path]

    def value(self, kind: Any, said: Any) -> Any:
        """`said` as a `kind`; a ValueError, TypeError or KeyError if it is not one."""
        if isinstance(kind, UnionType):  # only "... or None"
            return None if said is None else self.value(get_args(kind)[0], said)
        if get_origin(kind) is tuple:  # only tuple[..., ...]
            return tuple(self.value(get_args(kind)[0], part) for part in _a(list, said))
        if dataclasses.is_dataclass(kind):
            return self._dataclass(kind, _a(dict, said))
        if kind is Path:
            path = Path(_a(str, said))
            if path not in self.given and (path.parent != self.out or path.name == ".."):
                raise ValueError("a file of somebody else")
            return path
        if issubclass(kind, StrEnum):
            return kind(_a(str, said))
        return _number(kind, said) if kind in (int, float) else _a(kind, said)

    def _dataclass(self, kind: Any, fields: dict[str, Any]) -> Any:
        hints = _hints(kind)
        if hints.keys() != fields.keys():
            raise ValueError("other fields")
        return kind(**{name: self.value(hints[name], fields[name]) for name in hints})


@functools.cache
def _hints(kind: type) -> Mapping[str, Any]:
    # The domain names Path for the type checker alone.
    return get_type_hints(kind, localns={"Path": Path})


def _a(kind: type[_Value], said: object) -> _Value:
    """`said`, which must be of exactly this type: for Python, True is a number as well."""
    if type(said) is not kind:
        raise TypeError(kind.__name__)
    return said


def _number(kind: type[_Value], said: Any) -> _Value:
    """`said` as an int or a float; for JSON, 3.0 may be written 3."""
    if type(said) not in (int, kind) or not abs(said) <= _LARGEST_NUMBER:
        raise ValueError("no number, or none that makes sense")
    return kind(said)  # type: ignore[call-arg]


def _refusal(name: str, fields: dict[str, Any]) -> TouchupError:
    """One of the REFUSALS, made again from its fields."""
    match name:
        case "BadPicture":
            problem = PictureProblem(fields["problem"])
            return BadPicture(problem, role=_a(str, fields["role"]), **_facts(fields["facts"]))
        case "BadMask":
            return BadMask(MaskProblem(fields["problem"]), **_facts(fields["facts"]))
        case "BadArea":
            suggestion = fields["suggestion"]
            return BadArea(
                AreaProblem(fields["problem"]),
                text=_a(str, fields["text"]),
                word=_a(str, fields["word"]),
                position=_a(int, fields["position"]),
                suggestion=None if suggestion is None else _a(str, suggestion),
            )
        case "BadOption":
            return BadOption(
                _a(str, fields["option"]),
                value=_a(str, fields["value"]),
                allowed=_a(str, fields["form"]),
                problem=OptionProblem(fields["problem"]),
                **_facts(fields["facts"]),
            )
        case "Broken":
            return Broken(
                Failure(fields["failure"]),
                detail=_a(str, fields["detail"]),
                possibly_billed=_a(bool, fields["possibly_billed"]),
            )
        case "CardTooLarge":
            return CardTooLarge(limit_bytes=_a(int, fields["limit_bytes"]))
        case "StoreFailed":
            return StoreFailed(_a(str, fields["message"]))
        case _:
            raise ValueError("no error of ours")


def _facts(said: object) -> dict[str, str | float]:
    facts = _a(dict, said)
    return {
        name: fact if isinstance(fact, str) else _number(type(fact), fact)
        for name, fact in facts.items()
    }
