"""Which moments of death are tried every time, and which only with `-m crash`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def moments(names: Iterable[Any], *, always: Collection[Any]) -> list[Any]:
    """All of them as parameters; what is not tried `always` has the marker `crash`."""
    return [
        name if name in always else pytest.param(name, marks=pytest.mark.crash) for name in names
    ]
