"""Private keys on P-256 as variables hold them: PEM, in one line of base64."""

from base64 import b64decode

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def pem_in(text: str) -> str:
    """The PEM; '' when this is no private key on P-256."""
    try:
        pem = b64decode(text, validate=True)
        is_sound = isinstance(load_pem_private_key(pem, password=None).curve, SECP256R1)  # type: ignore[union-attr]  # other kinds raise
    except (ValueError, TypeError, AttributeError):
        return ""
    return pem.decode() if is_sound else ""
