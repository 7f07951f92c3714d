"""Preparing pictures: what a draft is made of, and the card on which its member sees it first."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, TypeVar

from bot.domain.catalog import MODELS
from bot.domain.edits.draft import DraftFiles
from bot.domain.edits.options import EditKind
from bot.domain.edits.pictures import Reading
from bot.domain.errors import BadPicture, CardTooLarge, NotFound, PictureProblem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.domain.catalog import Model
    from bot.domain.edits.edit import Edit
    from bot.domain.edits.options import Adjusted
    from bot.domain.edits.pictures import Brief, FittedFile, PreparedPicture
    from bot.domain.limits.status import LimitStatus
    from bot.imaging.pool.pool import ImagePool
    from bot.store.edits.pictures import PictureFile, PictureFolder

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPictures:
    """What the picture processes made, moved into the picture folder."""

    prepared: PreparedPicture
    files: DraftFiles
    stored: tuple[PictureFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewCard:
    """What a member sees before they say yes. `mask` is given with a look at an area alone, where
    it fits.

    `standing` is the limit that binds. The files are gone when the card has been put.
    """

    edit: Edit
    standing: LimitStatus
    picture: FittedFile
    mask: Path | None


async def prepare(
    brief: Brief, model: Model, *, images: ImagePool, folder: PictureFolder
) -> KeptPictures:
    """Let a picture process check a member's files, and keep what it made of them.

    Raises:
        UserError: something is wrong with the picture, the mask or the area.
        StoreFailed: the disk is full or broken.
    """
    with folder.workspace() as workspace:
        return await _kept(await images.prepare(brief, model=model, out=workspace), folder)


async def revise(
    old: Edit, adjusted: Adjusted, *, feather: int, images: ImagePool, folder: PictureFolder
) -> KeptPictures:
    """Apply adjustments to a draft's area as it was said; `feather` is that area's own.

    Raises:
        UserError, StoreFailed: as `prepare`.
        NotFound: its model is not sold any more.
    """
    source, drawn = kept_file(old.source, folder), kept_file(old.drawn, folder)
    with folder.workspace() as workspace:
        prepared = await images.revise(
            source,
            drawn,
            adjusted,
            feather=feather,
            reading=old.reading,
            model=model_of(old),
            out=workspace,
        )
        return await _kept(prepared, folder)


async def show_preview(
    edit: Edit,
    standing: LimitStatus,
    *,
    images: ImagePool,
    folder: PictureFolder,
    put: Callable[[PreviewCard], Awaitable[T]],
) -> T:
    """Let `put` show a draft; returns what it returns.

    Raises:
        BadPicture: its files are gone, or cannot be read.
        CardTooLarge: `put` raised it, and there was nothing to leave out.
        StoreFailed: the disk is full or broken.
    """
    source, mask = kept_file(edit.source, folder), kept_file(edit.mask, folder)
    with folder.workspace() as workspace:
        picture = await images.preview(
            source,
            mask,
            feather=edit.feather,
            extended=edit.reading is Reading.EXTENDED,
            out=workspace,
        )
        card = PreviewCard(edit=edit, standing=standing, picture=picture, mask=None)
        if edit.kind is EditKind.AREA:
            # The mask of a grainy file may be larger than a place takes; the look is not.
            with suppress(CardTooLarge):
                return await put(replace(card, mask=mask))
        return await put(card)


def kept_file(digest: str, folder: PictureFolder) -> Path:
    """Where a draft's file lies.

    Raises:
        BadPicture: GONE.
    """
    path = folder.path(digest)
    if not path.is_file():
        raise BadPicture(PictureProblem.GONE)
    return path


def model_of(edit: Edit) -> Model:
    """The model a draft was quoted for. Where its mask's polarity lies makes no difference here.

    Raises:
        NotFound: it is not sold any more.
    """
    model = MODELS.get(edit.model)
    if model is None:
        raise NotFound
    return model


async def _kept(prepared: PreparedPicture, folder: PictureFolder) -> KeptPictures:
    made: dict[str, Path] = {
        field.name: getattr(prepared, field.name) for field in fields(DraftFiles)
    }
    # What was drawn may be the mask itself: a file that was moved in is not there a second time.
    stored = await folder.adopt_all(dict.fromkeys(made.values()))
    return KeptPictures(
        prepared=prepared,
        files=DraftFiles(**{name: stored[path].hash for name, path in made.items()}),
        stored=tuple(stored.values()),
    )
