"""What a model is sent: its arguments, and the mask in the polarity it expects."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.catalog import Style
from bot.domain.edits.draft import LARGEST_SEED
from bot.domain.errors import Failure, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.domain.catalog import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitArguments:
    """One picture to be bought.

    `picture` and `mask` are files of equal size in pixels; the mask is mode L and holds only
    0 and 255, where 255 means change, whatever the model expects. There is no seed here: it
    belongs to the submit, not to what is prepared for it.
    """

    model: Model
    prompt: str
    picture: Path
    mask: Path
    style: Style = Style.AUTO
    expand_prompt: bool = False


@dataclass(frozen=True, slots=True)
class UploadFile:
    """One file as it goes over the wire."""

    name: str
    media_type: str
    content: bytes


def sheets(purchase: SubmitArguments) -> tuple[UploadFile, UploadFile]:
    """Read picture and mask from disk, check them once more, and turn the mask the model's way.

    Blocks for some tens of milliseconds: call it in a thread. This is the one place that knows
    of polarity.

    Raises:
        Refused: what would be sent is not a picture and its mask. Nothing was sent.
    """
    # Pillow is only needed here, and importing it costs 30 ms at start-up.
    from PIL import Image

    picture = purchase.picture.read_bytes()
    mask = purchase.mask.read_bytes()
    with Image.open(io.BytesIO(picture)) as opened, Image.open(io.BytesIO(mask)) as marked:
        if opened.size != marked.size:
            raise _unfit(f"the picture is {_size(opened.size)}, the mask {_size(marked.size)}")
        if marked.mode not in {"L", "1"}:
            raise _unfit(f"the mask has the colour mode {marked.mode}")
        levels = marked.convert("L")
        counts = levels.histogram()
        if sum(counts[1:255]):
            raise _unfit("the mask has grey levels")
        if not counts[0] or not counts[255]:
            raise _unfit("the mask has one even colour")
        if not purchase.model.white_is_edit:
            turned = io.BytesIO()
            levels.point(lambda level: 255 - level).save(turned, "PNG", compress_level=1)
            mask = turned.getvalue()
        media_type = opened.get_format_mimetype() or "application/octet-stream"
        mask_type = "image/png"
        if purchase.model.white_is_edit:
            mask_type = marked.get_format_mimetype() or mask_type
    for content in (picture, mask):
        if len(content) > purchase.model.max_bytes:
            raise _unfit(f"{len(content)} bytes, {purchase.model.max_bytes} are allowed")
    return (
        UploadFile(f"picture.{media_type.partition('/')[2]}", media_type, picture),
        UploadFile(f"mask.{mask_type.partition('/')[2]}", mask_type, mask),
    )


def arguments(purchase: SubmitArguments, *, image_url: str, mask_url: str) -> dict[str, object]:
    """The inputs of Ideogram V2 Edit and its Turbo sibling; `with_seed` adds the seventh.

    `sync_mode` is always off: through the queue it would only keep the result out of the
    provider's history, where we look for submits whose answer was lost.

    Source: https://fal.ai/models/fal-ai/ideogram/v2/edit/api
    """
    return {
        "prompt": purchase.prompt,
        "image_url": image_url,
        "mask_url": mask_url,
        "style": str(purchase.style),
        "expand_prompt": purchase.expand_prompt,
        "sync_mode": False,
    }


def with_seed(prepared: Mapping[str, object], seed: int) -> dict[str, object]:
    """`prepared` with the seed of one submit, 0 to `LARGEST_SEED`, new for each of them.

    It is how a submit whose answer was lost is found again.

    Raises:
        ValueError: the seed is out of range.
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"a seed must be 0 to {LARGEST_SEED}")
    return {**prepared, "seed": seed}


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def _unfit(detail: str) -> Refused:
    return Refused(Failure.INPUT, detail=detail)
