"""What the bytes of a file say about themselves, read without decoding anything."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from PIL import Image

from bot.domain.errors import PictureProblem


class ImageFormat(StrEnum):
    """The formats we decode, by Pillow's names."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WEBP"
    GIF = "GIF"
    BMP = "BMP"
    TIFF = "TIFF"
    AVIF = "AVIF"
    HEIF = "HEIF"


class Unusable(Exception):
    """These bytes are not a picture we can edit; intake adds whose file it was."""

    def __init__(self, problem: PictureProblem, **facts: str | float) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Header:
    """What a header promises. Width and height are those of the stored, perhaps turned, pixels.

    `working_bytes` estimates what the decoder needs for one pixel besides the pixel itself.
    `kept` is the file without its metadata, where it could be cleaned without decoding it.
    """

    kind: ImageFormat
    width: int
    height: int
    working_bytes: float = 0
    frames: int = 1
    orientation: int = 1
    kept: bytes | None = field(default=None, repr=False)


_MAX_SCANS: Final = 64  # libjpeg decodes every scan in full: 500 of them take 9 s at 16.8 MP
_MAX_SEGMENTS: Final = 10_000
_MAX_CHUNKS: Final = 50_000
_MAX_PROFILE: Final = 4 * 1024 * 1024
_MAX_EXIF: Final = 1024 * 1024

_NOT_PICTURES: Final = {
    b"%!PS": "EPS",
    b"\xc5\xd0\xd3\xc6": "EPS",
    b"8BPS": "PSD",
    b"SIMPLE  =": "FITS",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\xff\x0a": "JPEG XL",
    b"\x00\x00\x00\x0cJXL ": "JPEG XL",
    b"\x00\x00\x01\x00": "ICO",
    b"\xd7\xcd\xc6\x9a": "WMF",
    b"gimp xcf": "XCF",
    b"qoif": "QOI",
    b"DDS ": "DDS",
}
_NAMES: Final = {
    b"%PDF": "PDF",
    b"PK\x03\x04": "ZIP",
    b"MZ": "program",
    b"\x7fELF": "program",
    b"Rar!": "RAR",
    b"\x1f\x8b": "GZIP",
    b"ID3": "MP3",
    b"OggS": "Ogg",
    b"\x1aE\xdf\xa3": "video",
}
_HEIC_BRANDS: Final = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


def sniff(data: bytes) -> ImageFormat:
    """The true type, from the first bytes; the file's name and claimed type count for nothing.

    Raises:
        Unusable: it is not one of ours.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise Unusable(PictureProblem.EMPTY)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageFormat.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return ImageFormat.JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ImageFormat.WEBP
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return ImageFormat.GIF
    if data[:2] == b"BM" and data[6:10] == bytes(4):
        return ImageFormat.BMP
    if data[:4] in (b"II*\x00", b"MM\x00*"):
        return ImageFormat.TIFF
    if data[4:8] == b"ftyp":
        return _sniff_boxes(data)
    raise _refusal(data)


def _sniff_boxes(data: bytes) -> ImageFormat:
    """ISO media files say in their brands whether they are AVIF, HEIC or a video."""
    size = min(int.from_bytes(data[:4], "big"), 4096)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, size, 4))]
    if b"avif" in brands or b"avis" in brands:
        return ImageFormat.AVIF
    if any(brand in _HEIC_BRANDS for brand in brands):
        return ImageFormat.HEIF
    raise Unusable(PictureProblem.NOT_A_PICTURE, looks_like="video")


def _refusal(data: bytes) -> Unusable:
    """Why the bytes are not a picture we take, as exactly as the first bytes tell."""
    for magic, name in _NOT_PICTURES.items():
        if data.startswith(magic):
            return Unusable(PictureProblem.UNSUPPORTED, format=name)
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<svg", b"<?xml", b"<!--", b"<head", b"<body")):
        return Unusable(PictureProblem.WEB_PAGE)
    for magic, name in _NAMES.items():
        if data.startswith(magic):
            return Unusable(PictureProblem.NOT_A_PICTURE, looks_like=name)
    if data.startswith((b"\x89PN", b"\xff\xd8", b"RIFF", b"GIF8")):
        return Unusable(PictureProblem.DAMAGED)
    if (
        start.isascii()
        and start.decode("ascii").replace("\n", " ").replace("\r", " ").isprintable()
    ):
        return Unusable(PictureProblem.NOT_A_PICTURE, looks_like="text")
    return Unusable(PictureProblem.NOT_A_PICTURE)


def read(data: bytes) -> Header | None:
    """What the header promises; None for the types whose header only their decoder can read.

    Raises:
        Unusable: not one of our types, cut short, damaged, or built to be costly.
    """
    kind = sniff(data)
    try:
        match kind:
            case ImageFormat.JPEG:
                return _jpeg(data)
            case ImageFormat.PNG:
                return _png(data)
            case ImageFormat.WEBP:
                return _webp(data)
            case ImageFormat.GIF:
                width, height = struct.unpack_from("<HH", data, 6)
                return Header(kind, width, height, 4)
            case ImageFormat.BMP:
                width, height = struct.unpack_from("<ii", data, 18)
                return Header(kind, abs(width), abs(height))
            case _:
                return None
    except (struct.error, IndexError):
        raise Unusable(PictureProblem.INCOMPLETE) from None


# --- JPEG -----------------------------------------------------------------------------------

# A marker that is neither a stuffed zero, a restart nor a fill byte.
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SOI, _EOI, _SOS, _APP0, _APP1, _APP2, _ADOBE = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BASELINE: Final = frozenset((0xC0, 0xC1, 0xC2))
_TABLES: Final = frozenset((0xC4, 0xDB, 0xDD))


@dataclass(slots=True)
class _Jpeg:
    """What is known of a JPEG while its segments are walked."""

    kept: bytearray
    frame: tuple[int, bytes] | None = None
    scans: int = 0
    pictures: int = 1
    orientation: int = 1


def _jpeg(data: bytes) -> Header:
    """Walk the segments: count scans, measure the frame, keep only what decoding needs.

    Everything after the end of the first picture is dropped: gain maps, films, hidden archives.
    """
    found = _Jpeg(kept=bytearray(b"\xff\xd8"))
    at = 2
    for _ in range(_MAX_SEGMENTS):
        at = _skip_fill(data, at)
        marker = data[at]
        if marker == _EOI:
            break
        length = int.from_bytes(data[at + 1 : at + 3], "big")
        end = at + 1 + length
        if length < 2 or end > len(data):
            raise Unusable(PictureProblem.INCOMPLETE)
        _keep_segment(found, marker, data[at + 3 : end])
        at = end
        if marker == _SOS:
            match = _NEXT_MARKER.search(data, at)
            end = match.start() if match else len(data)
            found.kept += memoryview(data)[at:end]
            at = end
            if match is None:
                _require_ending(data)
                break
    else:
        raise Unusable(PictureProblem.TOO_COSTLY)
    found.kept += b"\xff\xd9"
    return _jpeg_header(found)


def _skip_fill(data: bytes, at: int) -> int:
    """The position of the next marker's code."""
    if data[at] != 0xFF:
        raise Unusable(PictureProblem.DAMAGED)
    while data[at] == 0xFF:
        at += 1
    return at


def _require_ending(data: bytes) -> None:
    """Only the very last byte of a JPEG may be missing: it carries no picture."""
    if not data.endswith(b"\xff"):
        raise Unusable(PictureProblem.INCOMPLETE)


def _keep_segment(found: _Jpeg, marker: int, body: bytes) -> None:
    if marker in _FRAMES:
        if found.frame is not None:
            raise Unusable(PictureProblem.DAMAGED)
        found.frame = marker, body
    elif marker == _SOS:
        found.scans += 1
        if found.scans > _MAX_SCANS:
            raise Unusable(PictureProblem.TOO_COSTLY)
    elif marker == _APP0 and body.startswith(b"JFIF\0"):
        body = body[:12] + b"\0\0"  # without the thumbnail, which may show what was cropped away
    elif marker == _APP1 and body.startswith(b"Exif\0\0") and found.orientation == 1:
        found.orientation = exif_orientation(body)
        if found.orientation == 1:
            return
        body = orientation_exif(found.orientation)
    elif marker == _APP2 and body.startswith(b"MPF\0"):
        found.pictures = 2
        return
    elif not _is_needed(marker, body):
        return
    found.kept += struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _is_needed(marker: int, body: bytes) -> bool:
    if marker == _APP2:
        return body.startswith(b"ICC_PROFILE\0")
    if marker == _ADOBE:  # says how the colours are stored
        return body.startswith(b"Adobe")
    return marker in _TABLES


def _jpeg_header(found: _Jpeg) -> Header:
    if found.frame is None or not found.scans:
        raise Unusable(PictureProblem.INCOMPLETE)
    marker, body = found.frame
    precision, height, width, components = struct.unpack_from(">BHHB", body)
    if marker not in _BASELINE or precision != 8:
        raise Unusable(PictureProblem.UNSUPPORTED, format="JPEG of a rare kind")
    if not height or not width or components not in (1, 3, 4):
        raise Unusable(PictureProblem.DAMAGED)
    working = 0.0
    if marker == 0xC2 or found.scans > 1:
        # libjpeg then holds every coefficient of the picture, two bytes each.
        factors = [body[7 + 3 * index] for index in range(components)]
        sampling = [(value >> 4) * (value & 15) for value in factors]
        working = 2 * sum(sampling) / max(1, *sampling)
    return Header(
        ImageFormat.JPEG,
        width,
        height,
        working,
        found.pictures,
        found.orientation,
        bytes(found.kept),
    )


# --- PNG ------------------------------------------------------------------------------------

_NEEDED_CHUNKS: Final = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"iCCP", b"IEND"))


def _png(data: bytes) -> Header:
    """Walk the chunks, check their sums, keep only what decoding needs."""
    if data[12:16] != b"IHDR":
        raise Unusable(PictureProblem.DAMAGED)
    width, height = struct.unpack_from(">II", data, 16)
    kept: list[bytes | memoryview] = [data[:8]]
    frames, orientation, at = 1, 1, 8
    for _ in range(_MAX_CHUNKS):
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise Unusable(PictureProblem.INCOMPLETE)
        if name in _NEEDED_CHUNKS:
            _require_sum(data, at, end)
            kept.append(memoryview(data)[at:end])  # our own files may be 100 MB: copied once, below
        elif name == b"acTL":
            frames = struct.unpack_from(">I", data, at + 8)[0]
        elif name == b"eXIf" and length < _MAX_EXIF:
            orientation = exif_orientation(data[at + 8 : end - 4])
        at = end
        if name == b"IEND":
            break
    else:
        raise Unusable(PictureProblem.TOO_COSTLY)
    if orientation != 1:
        kept.insert(2, _chunk(b"eXIf", orientation_exif(orientation)[6:]))
    return Header(ImageFormat.PNG, width, height, 0, frames, orientation, b"".join(kept))


def _require_sum(data: bytes, start: int, end: int) -> None:
    stored = int.from_bytes(data[end - 4 : end], "big")
    if zlib.crc32(memoryview(data)[start + 4 : end - 4]) != stored:
        raise Unusable(PictureProblem.DAMAGED)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


# --- WebP -----------------------------------------------------------------------------------


def _webp(data: bytes) -> Header:
    if int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise Unusable(PictureProblem.INCOMPLETE)
    frames = 1
    match data[12:16]:
        case b"VP8X":
            width = int.from_bytes(data[24:27], "little") + 1
            height = int.from_bytes(data[27:30], "little") + 1
            frames = 2 if data[20] & 0x02 else 1
        case b"VP8L":
            packed = int.from_bytes(data[21:25], "little")
            width, height = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", data, 26))
        case _:
            raise Unusable(PictureProblem.DAMAGED)
    # Pillow's decoder of animations holds two canvases and a copy of the frame.
    return Header(ImageFormat.WEBP, width, height, 14, frames)


# --- EXIF -----------------------------------------------------------------------------------


def exif_orientation(exif: bytes) -> int:
    """The orientation, 1 to 8; 1 for anything unreadable or out of range."""
    if len(exif) > _MAX_EXIF:
        return 1
    tags = Image.Exif()
    try:
        tags.load(exif)
        value = tags.get(0x0112, 1)
    except Exception:  # noqa: BLE001  Pillow raises whatever garbage provokes
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def orientation_exif(orientation: int) -> bytes:
    """An EXIF block that says nothing but the orientation."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
