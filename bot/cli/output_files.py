"""Files on the operator's side: looked at before the work, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from typing import TYPE_CHECKING

from bot.domain.errors import BadOption, BadPicture, PictureProblem

if TYPE_CHECKING:
    from pathlib import Path


def require_readable(file: Path, role: str) -> None:
    """Look whether a file of the operator's is there.

    Raises:
        BadPicture: it is GONE, or no plain file.
    """
    try:
        is_plain = stat.S_ISREG(file.stat().st_mode)
        if is_plain:
            with file.open("rb") as opened:
                opened.read(1)
    except (FileNotFoundError, NotADirectoryError):
        raise BadPicture(PictureProblem.GONE, role=role, path=str(file)) from None
    except OSError as error:
        raise BadPicture(
            PictureProblem.GONE, role=role, path=str(file), reason=_reason(error)
        ) from None
    if not is_plain:
        raise BadPicture(
            PictureProblem.GONE, role=role, path=str(file), reason="it is not a plain file"
        )


def require_writable(out: Path, *, option: str = "out") -> None:
    """Try it now: after the work is too late.

    Raises:
        BadOption: nothing can be written there.
    """
    probe = partial(out)
    try:
        if out.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        probe.open("wb").close()
        probe.unlink()
    except OSError as error:
        raise unwritable(out, error, option=option) from None


def unwritable(out: Path, error: OSError, *, option: str) -> BadOption:
    """What is raised where a file cannot be written."""
    form, reason = "a file I can write ({reason})", _reason(error)
    return BadOption(option, value=str(out), allowed=form, reason=reason)


def _reason(error: OSError) -> str:
    return (error.strerror or "it cannot be read").lower()


def is_same(out: Path, file: Path | None) -> bool:
    """Whether writing `out` would destroy what was given."""
    return file is not None and out.exists() and out.samefile(file)


def partial(out: Path) -> Path:
    """Where a picture is written before it gets its name, so that nobody finds half of one."""
    return out.with_name(f".{out.name}.partial")


def copy(picture: Path, out: Path) -> None:
    """Put a copy of a picture there.

    Raises:
        OSError: it cannot be written; nothing of it is left.
    """
    try:
        shutil.copyfile(picture, partial(out))
        partial(out).replace(out)
    finally:
        partial(out).unlink(missing_ok=True)
