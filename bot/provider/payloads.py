"""Whole pictures inside JSON, in and out, while the event loop goes on.

`json` and `base64` hold the interpreter's lock until they are done: in a thread, too, megabytes
at once stop everything else. So pictures are worked on in slices, and never go through `json`.
"""

from __future__ import annotations

import binascii
import json
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONG: Final = 256
"""A string of more characters than this is a picture when it looks like one."""
_SEARCH_BYTES: Final = 1024 * 1024
_SLICE_BYTES: Final = 192 * 1024
"""A multiple of three and of four: each slice is base64 of its own. It takes under 1 ms."""
_START: Final = b'"data:'
_MAX_HEAD: Final = 200

Body = bytes | bytearray


class NotBase64(ValueError):
    """The data URI holds something else. The message never quotes it."""


def lift(body: Body) -> tuple[Body, dict[str, memoryview]]:
    """JSON with a short name in the place of each long data URI, and the URIs by these names.

    The views keep `body` in memory. What is not JSON stays what it is. Call it in a thread.
    """
    view = memoryview(body)
    kept: list[Body | memoryview] = []
    lifted: dict[str, memoryview] = {}
    token = secrets.token_hex(8)
    kept_to = searched = 0
    while (quote := _find(body, _START, searched)) >= 0:
        # Inside a string every quote has a backslash before it.
        if body[quote - 1 : quote] == b"\\":
            searched = quote + 1
            continue
        end = _closing_quote(body, quote + 1)
        if end < 0:
            break
        if end - quote > _LONG:
            name = f"data:{token},{len(lifted)}"
            kept += [view[kept_to : quote + 1], name.encode()]
            lifted[name] = view[quote + 1 : end]
            kept_to = end
        searched = end + 1
    if not lifted:
        return body, {}
    return b"".join([*kept, view[kept_to:]]), lifted


def _closing_quote(body: Body, start: int) -> int:
    while (quote := _find(body, b'"', start)) >= 0:
        before = quote
        while body[before - 1 : before] == b"\\":
            before -= 1
        if (quote - before) % 2 == 0:
            return quote
        start = quote + 1
    return -1


def _find(body: Body, wanted: bytes, start: int) -> int:
    for at in range(start, len(body), _SEARCH_BYTES):
        found = body.find(wanted, at, at + _SEARCH_BYTES + len(wanted) - 1)
        if found >= 0:
            return found
    return -1


def content_of(uri: memoryview, cap: int) -> bytearray:
    """What a data URI holds, as far as it is at most `cap` bytes. Call it in a thread.

    Raises:
        NotBase64: it is in no base64, or too large.
    """
    slices = range(0, len(uri), _SLICE_BYTES)
    if any(b"\\" in bytes(uri[start : start + _SLICE_BYTES]) for start in slices):
        uri = _unescaped(uri)
    comma = bytes(uri[:_MAX_HEAD]).find(b",")
    if comma < 0 or not bytes(uri[:comma]).lower().endswith(b";base64"):
        raise NotBase64("the picture is not in base64")
    text = uri[comma + 1 :]
    if len(text) > (cap + 2) // 3 * 4:
        raise NotBase64("the picture is too large")
    content = bytearray()
    for start in range(0, len(text), _SLICE_BYTES):
        # What is padded has ended: only the last slice may bring less than three for four.
        if len(content) != start // 4 * 3:
            raise NotBase64("the picture is not in base64")
        try:
            content += binascii.a2b_base64(text[start : start + _SLICE_BYTES], strict_mode=True)
        except ValueError:
            raise NotBase64("the picture is not in base64") from None
    return content


def _unescaped(uri: memoryview) -> memoryview:
    """Some write every slash of JSON with a backslash. Nobody we know does: this takes long."""
    try:
        return memoryview(json.loads(b'"%b"' % bytes(uri)).encode())
    except ValueError:
        raise NotBase64("the picture is not in base64") from None


def data_uri(media_type: str, content: bytes) -> str:
    """`content` as a data URI. Call it in a thread."""
    view = memoryview(content)
    slices = [
        binascii.b2a_base64(view[start : start + _SLICE_BYTES], newline=False)
        for start in range(0, len(view), _SLICE_BYTES)
    ]
    return b"".join([f"data:{media_type};base64,".encode(), *slices]).decode("ascii")


def encoded(arguments: Mapping[str, object]) -> bytes:
    """`arguments` as a JSON object. Call it in a thread."""
    members: list[bytes] = []
    for name, value in arguments.items():
        if isinstance(value, str) and len(value) > _LONG and _needs_no_escapes(value):
            text = b'"' + value.encode("ascii") + b'"'
        else:
            text = json.dumps(value).encode("ascii")
        members += [b",", json.dumps(name).encode("ascii"), b":", text]
    return b"".join([b"{", *members[1:], b"}"])


def _needs_no_escapes(text: str) -> bool:
    return text.isascii() and all(
        part.isprintable() and '"' not in part and "\\" not in part
        for part in (
            text[start : start + _SEARCH_BYTES] for start in range(0, len(text), _SEARCH_BYTES)
        )
    )
