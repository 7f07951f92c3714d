from __future__ import annotations

import pytest

from tests.imaging.pool import processes


@pytest.fixture(autouse=True)
def only_our_own_processes() -> None:
    """Other tests in the same run may keep picture processes of their own."""
    processes.note_those_of_others()
