from __future__ import annotations

from bot.domain.catalog import MODELS
from bot.engine.http.schema import ENDPOINTS


def test_the_engine_serves_every_endpoint_of_the_catalog_at_its_price() -> None:
    wanted = {model.endpoint: model.price_nano_usd for model in MODELS.values()}

    served = {name: endpoint.price_nano_usd for name, endpoint in ENDPOINTS.items()}

    assert wanted.items() <= served.items()
