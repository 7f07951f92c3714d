"""What the tests of all layers share."""

from __future__ import annotations

import logging
import os

import pytest

# A developer's own keys and addresses must reach no test, nor any process that one starts.
# The names are spelled out: importing the settings here would slow every test run down.
for name in ("DISCORD_TOKEN", "FAL_KEY", "FAL_ADMIN_KEY", "ENGINE", "ENGINE_URL", "DATA_DIR"):
    os.environ.pop(name, None)


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Let nothing be logged, where all that goes wrong is wanted."""
    caplog.set_level(logging.CRITICAL + 1)
