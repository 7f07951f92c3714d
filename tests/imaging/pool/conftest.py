from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.imaging.pool.pool import ImagePool


@pytest.fixture
async def pictures() -> AsyncIterator[ImagePool]:
    found = ImagePool()
    yield found
    await found.aclose()
