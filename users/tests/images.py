"""Pictures to send: made by Pillow, harmless and hostile ones."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

RED, BLUE = (220, 20, 20), (20, 20, 220)


def half_red(width: int = 600, height: int = 600, mode: str = "RGB") -> Image.Image:
    """Blue, with the upper half in red."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width, height // 2))
    return image.convert(mode, dither=Image.Dither.NONE)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The file's bytes."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def with_place(orientation: int) -> bytes:
    """A JPEG of a camera that tells where it was, and how it was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "LeakyCam"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (52.0, 31.0, 12.0)
    place[3], place[4] = "E", (13.0, 24.0, 36.0)
    return encoded(half_red(), "JPEG", exif=exif, comment=b"taken at home")


def claiming(width: int, height: int) -> bytes:
    """A small PNG whose header says that it is as large as this, and whose rows are zeros as far as they go."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(100_000)))
        + chunk(b"IEND", b"")
    )
