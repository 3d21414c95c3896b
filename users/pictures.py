"""A profile picture from the bytes that somebody sent: two squares of WebP, made anew from the pixels alone. No I/O.

Whatever stood in the file beside the pixels of its first frame is gone: EXIF with its place, comments, colour profiles,
further frames, and what was hung on after its end. Who reads a picture of ours reads what our encoder wrote.
"""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from skillbridge_backend.core.errors import InvalidInput

SIDES = {"large": 512, "small": 128}
"""Names of the two, and their width and height in pixels; the large one is smaller when what was sent is."""
LEAST_SIDE = 128
LONGEST_SIDE = 12_000
MOST_PIXELS = 25_000_000
"""Decoded, four bytes each: what one request may take of memory. The header says it before anything is decoded."""
CONTENT_TYPE = "image/webp"
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_ASK_FOR = "Send a picture as JPEG, PNG, WebP or GIF."
_ORIENTATION = 0x0112
_QUALITY = 82


def renditions(data: bytes) -> dict[str, bytes]:
    """The files of `SIDES`, by name. Raises InvalidInput naming `picture`.

    Cut to a square around the middle. Of an animation the first frame counts, and the camera's orientation is applied.
    What the file is says its content alone, for names and headers are the sender's to choose.
    """
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as picture:
            _check_size(*picture.size)
            square = _square(picture)
    except InvalidInput:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_large() from bomb
    except UnidentifiedImageError as error:
        refusal = InvalidInput.of("picture", f"This is no picture that we read. {_ASK_FOR}", code="not_a_picture")
        raise refusal from error
    except Exception as error:  # decoders meet hostile bytes with whatever exception comes first
        raise InvalidInput.of("picture", f"This picture is damaged. {_ASK_FOR}", code="picture_damaged") from error
    return {name: _encoded(square, side) for name, side in SIDES.items()}


def _check_size(width: int, height: int) -> None:
    if min(width, height) < LEAST_SIDE:
        raise InvalidInput.of(
            "picture", f"Send a picture of at least {LEAST_SIDE} × {LEAST_SIDE} pixels.", code="picture_too_small"
        )
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise _too_large()


def _too_large() -> InvalidInput:
    return InvalidInput.of(
        "picture",
        f"Send a picture of at most {MOST_PIXELS // 1_000_000} megapixels, each side at most {LONGEST_SIDE} pixels.",
        code="picture_too_large",
    )


def _square(picture: Image.Image) -> Image.Image:
    """The middle of the first frame, upright, as RGB or RGBA, no larger than the largest side."""
    side = max(SIDES.values())
    picture.draft(None, (2 * side, 2 * side))  # a JPEG is decoded no larger than this takes
    orientation = picture.getexif().get(_ORIENTATION)
    picture.load()
    shown = _in_colours(picture)
    side = min(side, *shown.size)
    square = ImageOps.fit(shown, (side, side), Image.Resampling.LANCZOS)
    # A square turned and mirrored is still the middle of what the whole would be.
    if orientation in _TURNS:
        square = square.transpose(_TURNS[orientation])
    return square


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _in_colours(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        # 16 bits of grey: converting alone would cut off everything above 255.
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)  # which would copy what is of that mode


def _encoded(square: Image.Image, side: int) -> bytes:
    side = min(side, square.width)
    bare = Image.new(square.mode, (side, side))  # of `info`, where metadata would be, nothing comes along
    bare.paste(square.resize((side, side), Image.Resampling.LANCZOS))
    file = BytesIO()
    bare.save(file, "WEBP", quality=_QUALITY, method=4)
    return file.getvalue()
