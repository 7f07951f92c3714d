from __future__ import annotations

import contextlib
import io
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image, ImageDraw

from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.jobs.states import Submission
from bot.provider.client import FalClient
from bot.provider.download import Bounds
from bot.provider.follow import PollInterval
from bot.provider.hosts import Addresses
from bot.provider.http import HttpTimeouts
from bot.provider.models import SubmitArguments
from tests.provider.scripted import Reply, Scripted, answer

KEY = "canary-id:canary-secret-5f1c"
PREPARED = {"prompt": "a red door", "image_url": "data:image/png;base64,AAAA"}

PACE = PollInterval(
    quiet=0.4,
    quiet_share=0.0,
    poll_least=0.01,
    poll_most=0.02,
    polls_between_streams=2,
    most_polls_between_streams=4,
    back_off=0.005,
    most_back_off=0.02,
    gone_answers=3,
    gone_pause=0.005,
)
PATIENCE = HttpTimeouts(connect=10.0, silence=0.5, answer=1.5, submit=3.0)
"""Connecting may take its time: what a test means to see is the silence after it."""


@contextlib.asynccontextmanager
async def scripted() -> AsyncIterator[Scripted]:
    """A host that plays what a test scripts; a script that breaks fails the test."""
    started = Scripted()
    await started.start()
    yield started
    await started.stop()
    assert started.mistakes == []


@pytest.fixture
async def provider() -> AsyncIterator[Scripted]:
    async with scripted() as started:
        yield started


@pytest.fixture
async def stranger() -> AsyncIterator[Scripted]:
    """Another host, which must never be told anything."""
    async with scripted() as started:
        yield started


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., FalClient]]:
    """Makes clients that are closed when the test ends."""
    opened: list[FalClient] = []

    def make(url: str, **options: object) -> FalClient:
        settings: dict[str, object] = {
            "key": KEY,
            "pace": PACE,
            "patience": PATIENCE,
            "bounds": Bounds(max_bytes=1_000_000, seconds=1.0),
            "tls": _NO_ROOTS,
            **options,
        }
        fal = FalClient(Addresses.single(url), name="test", **settings)  # type: ignore[arg-type]
        opened.append(fal)
        return fal

    yield make
    for fal in opened:
        await fal.aclose()


@pytest.fixture
async def fal(provider: Scripted, connect: Callable[..., FalClient]) -> FalClient:
    return connect(provider.url)


@pytest.fixture
def submission(provider: Scripted) -> Submission:
    return Addresses.single(provider.url).submission(IDEOGRAM_V2_EDIT.endpoint, "r")


@pytest.fixture
def purchase(tmp_path: Path) -> SubmitArguments:
    picture, mask = tmp_path / "picture.png", tmp_path / "mask.png"
    picture.write_bytes(png("RGB"))
    mask.write_bytes(png("L"))
    return SubmitArguments(model=IDEOGRAM_V2_EDIT, prompt="a red door", picture=picture, mask=mask)


async def submit(fal: FalClient) -> Submission:
    return await fal.submit(IDEOGRAM_V2_EDIT, PREPARED, seed=7)


def png(mode: str, size: tuple[int, int] = (32, 24), name: str = "PNG") -> bytes:
    """A small picture with a white box on black in it: as mode L, a mask."""
    image = Image.new(mode, size)
    ImageDraw.Draw(image).rectangle((8, 8, 20, 16), fill="white")
    out = io.BytesIO()
    image.save(out, name)
    return out.getvalue()


PICTURE = png("RGB")


def result(provider: Scripted, path: str = "/files/out.png", **more: object) -> Reply:
    url = path if ":" in path else f"{provider.url}{path}"
    body = {"images": [{"url": url, "content_type": "image/png"}], "seed": 77, **more}
    return answer(200, body, {"X-Fal-Billable-Units": "1"})


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's TLS context with a certificate nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


# Reading the system's roots takes 50 ms for each client, and no test needs them.
_NO_ROOTS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
