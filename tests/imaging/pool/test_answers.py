"""What a picture process that was taken over can say to the bot: our own values, or nothing."""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.edits.pictures import (
    AreaChoice,
    Box,
    FinishedPicture,
    FittedFile,
    Note,
    PreparedPicture,
    Question,
    Reading,
)
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
    PictureProblem,
    StoreFailed,
    TouchupError,
)
from bot.imaging.pool import pool, protocol
from bot.imaging.pool.pool import ImagePool
from tests.imaging import picture_files as files
from tests.imaging.pool.processes import children, prepared, stored

OUT = Path("/bot/desk")
PREPARED = PreparedPicture(
    source=OUT / "source-1.png",
    mask=OUT / "mask-1.png",
    drawn=OUT / "mask-1.png",
    sent_picture=OUT / "sent-picture-1.png",
    sent_mask=OUT / "sent-mask-1.png",
    width=640,
    height=480,
    sent_width=512,
    sent_height=384,
    crop=Box(1, 2, 512, 384),
    masked_pixels=1234,
    feather=7,
    reading=Reading.ERASED,
    question=Question.ALMOST_NOTHING,
    notes=(Note.CMYK, Note.MASK_TURNED),
    choices=(AreaChoice("SALE", 'text:"SALE"'), AreaChoice("“ü”", "box 1px,2px,3px,4px")),
)
FINISHED = FinishedPicture(
    picture=OUT / "finished-1.png",
    width=640,
    height=480,
    changed_inside=7,
    changed_outside=0,
    pixels_inside=8,
    pixels_outside=640 * 480 - 8,
    returned_width=512,
    returned_height=384,
    raw_inside=0.125,
    raw_outside=3.0,
)
FITTED = FittedFile(path=OUT / "fitted-1.webp", media_type="image/webp", exact=True)
ERRORS = [
    BadPicture(PictureProblem.TOO_SMALL, role="mask", width=3, height=2.5, format="“ü”"),
    BadMask(MaskProblem.OTHER_SHAPE, mask_width=3, mask_height=4, width=4, height=3),
    BadArea(AreaProblem.UNKNOWN_WORD, text="middel", word="middel", suggestion="middle"),
    BadArea(AreaProblem.NOTHING, text="left - left", position=5),
    BadOption("amount", value="20 miles", allowed="a length"),
    Broken(Failure.BAD_RESULT, detail="damaged", possibly_billed=True),
    CardTooLarge(limit_bytes=10_000_000),
    StoreFailed("pictures: No space left on device"),
]


@pytest.mark.parametrize("value", [PREPARED, FINISHED, FITTED])
def test_a_value_arrives_as_it_was_found(value: object) -> None:
    assert protocol.read(protocol.done(value), type(value), out=OUT) == value


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_arrives_with_all_its_data(error: TouchupError) -> None:
    with pytest.raises(type(error)) as caught:
        protocol.read(protocol.refused(error), PreparedPicture, out=OUT)

    assert vars(caught.value) == vars(error)
    assert str(caught.value) == str(error)


def test_every_error_that_may_be_said_is_tried_above() -> None:
    assert {type(error) for error in ERRORS} == set(protocol.REFUSALS)


def test_a_file_given_to_the_work_may_be_its_answer() -> None:
    given = Path("/bot/pictures/ab/abcd")
    value = FittedFile(path=given, media_type="image/png", exact=True)

    assert protocol.read(protocol.done(value), FittedFile, out=OUT, given=(given,)) == value


@pytest.mark.parametrize(
    "path",
    [
        "/bot/.env",
        "/bot/desk",
        "/bot/desk/..",
        "/bot/desk/../.env",
        "/bot/desk/deeper/file",
        "desk/file",
        "",
        "/bot/pictures/ab/abcd",
    ],
)
def test_no_file_but_the_works_own_can_be_named(path: str) -> None:
    value = FittedFile(path=Path(path), media_type="image/png", exact=True)

    with pytest.raises(protocol.NotAnAnswer):
        protocol.read(protocol.done(value), FittedFile, out=OUT)


def said(value: object, **changed: object) -> bytes:
    """The answer for a value, some of its fields changed."""
    fields = json.loads(protocol.done(value))["done"]
    return json.dumps({"done": fields | changed}).encode()


NO_ANSWERS = {
    "nothing": b"",
    "no JSON": b"\x80\x04N.",
    "cut": protocol.done(FINISHED)[:-9],
    "a list": b"[1]",
    "another form": b'{"run": "os.system"}',
    "another value": protocol.done(FITTED),
    "a field less": protocol.done(FINISHED).replace(b'"raw_inside": 0.125, ', b""),
    "a field more": said(FINISHED, __class__="os.system"),
    "a text for a number": said(FINISHED, width="640"),
    "a truth for a number": said(FINISHED, width=True),
    "a fraction for pixels": said(FINISHED, width=1.5),
    "no number": said(FINISHED, raw_inside=float("nan")),
    "an endless number": protocol.done(FINISHED).replace(b"0.125", b"1e999"),
    "a long number": protocol.done(FINISHED).replace(b"640", b"9" * 5000),
    "a large number": protocol.done(FINISHED).replace(b"640", b"9" * 400),
    "too deep": b"[" * 100_000,
    "an error we do not raise": b'{"refused": "SystemExit", "fields": {}}',
    "an error's inside": b'{"refused": "TouchupError", "fields": {"__class__": "os"}}',
    "an unknown problem": b'{"refused": "BadMask", "fields": {"problem": "os", "facts": {}}}',
    "a fact that is taken": (
        b'{"refused": "BadPicture", "fields": '
        b'{"problem": "damaged", "role": "mask", "facts": {"role": "x"}}}'
    ),
    "a fact of facts": (
        b'{"refused": "BadMask", "fields": {"problem": "empty", "facts": {"a": {"b": 1}}}}'
    ),
}


@pytest.mark.parametrize("data", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_is_nothing(data: bytes) -> None:
    with pytest.raises(protocol.NotAnAnswer):
        protocol.read(data, FinishedPicture, out=OUT)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=8), parts),
    max_leaves=8,
)


@given(field=st.sampled_from([*json.loads(protocol.done(PREPARED))["done"]]), value=json_values)
def test_any_value_in_any_field_is_read_or_refused(field: str, value: Any) -> None:
    try:
        found = protocol.read(said(PREPARED, **{field: value}), PreparedPicture, out=OUT)
    except protocol.NotAnAnswer:
        return
    assert json.loads(protocol.done(found))["done"][field] == value


class Hostile:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("true",)


def pickled(module: str, name: str) -> bytes:
    """A pickle that calls something by its name."""
    return f"c{module}\n{name}\n(S'true'\ntR.".encode()


# Among them names by which code is reached through modules that an unpickler may trust.
SAID = {
    "nothing": b"",
    "a call": pickle.dumps(("done", Hostile())),
    "os": pickled("os", "system"),
    "os by pathlib": pickled("pathlib", "os.system"),
    "attrgetter by pathlib": pickled("pathlib", "attrgetter"),
    "getattr": pickled("builtins", "getattr"),
    "a nested name": pickled("bot.domain.edits.pictures", "Box.__init__.__globals__"),
    "somebody's file": protocol.done(
        FittedFile(path=Path("/x"), media_type="image/png", exact=True)
    ),
}

# A process that answers whatever it is asked with the bytes in the file it is given.
TAKEN_OVER = """
import struct, sys
from pathlib import Path
answer = Path({path!r}).read_bytes()
size = struct.unpack(">I", sys.stdin.buffer.read(4))[0]
sys.stdin.buffer.read(size)
sys.stdout.buffer.write(struct.pack(">I", len(answer)) + answer)
sys.stdout.buffer.flush()
sys.stdin.buffer.read()
"""


@pytest.mark.parametrize("answer", SAID.values(), ids=SAID)
async def test_a_process_that_was_taken_over_is_lost_and_replaced(
    pictures: ImagePool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    fake = tmp_path / "fake" / "bot" / "imaging"
    fake.mkdir(parents=True)
    for package in (fake, fake.parent):
        (package / "__init__.py").touch()
    (fake / "worker.py").write_text(TAKEN_OVER.format(path=str(stored(tmp_path, answer, "said"))))
    picture = stored(tmp_path, files.encoded(files.photo(), "PNG"))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "path", [str(tmp_path / "fake"), *sys.path])

        with pytest.raises(pool.ProcessDied):
            await pictures.fit(picture, limit_bytes=9, out=tmp_path)

    assert children() == []
    edit = await prepared(pictures, picture, "top", tmp_path)
    assert edit.width == 64
