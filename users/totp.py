"""Codes of authenticator apps (TOTP, RFC 6238): six digits, 30 seconds, SHA-1, which is what every app can do.

Pure; secrets and what was used are in `services/second_factors.py`. Source of the limits: OWASP ASVS 5.0, 6.5.5.
"""

import time
from io import BytesIO

import pyotp
import segno
from django.utils.crypto import constant_time_compare

PERIOD_SECONDS = 30
_ISSUER = "SkillBridge"


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 recommends."""
    return pyotp.random_base32(32)


def step_of(code: str, secret: str, *, now: float | None = None) -> int | None:
    """The 30 seconds, counted from 1970, that `code` belongs to if they are the present ones, else None.

    The code of the moment alone counts, not the ones beside it: a code that somebody watched is soon worth nothing.
    """
    step = int(time.time() if now is None else now) // PERIOD_SECONDS
    return step if constant_time_compare(code, pyotp.TOTP(secret).generate_otp(step)) else None


def provisioning_uri(secret: str, *, email: str) -> str:
    """The `otpauth:` address that apps read from a QR code or a link."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def qr_code(uri: str) -> str:
    """A QR code of `uri` as an SVG document with a viewBox, dark on white whatever the page's colours are."""
    image = BytesIO()
    segno.make(uri, error="m").save(
        image, kind="svg", border=4, light="#fff", omitsize=True, xmldecl=False, svgclass=None, lineclass=None
    )
    return image.getvalue().decode()
