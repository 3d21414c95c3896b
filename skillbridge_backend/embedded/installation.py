"""One installation of `make run`: its folder, its ports, its secrets.

Belongs here: what is decided once for a folder. What is started with it is in `programs`.
"""

import base64
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from .failure import StartError, machine_faults
from .lifeline import is_taken

DEFAULT_PORT = 8000
PROJECT_DIR = Path(__file__).resolve().parents[2]
# Offsets from PORT. The last port must exist too: PORT is at most 65,535 - 432.
PORT_OFFSETS = {
    "web": 0,
    "realtime": 1,
    "admin": 2,
    "smtp": 25,
    "mailbox": 26,
    "matcher": 90,
    "redis": 379,
    "postgres": 432,
}
_MOST_PORT = 65_535 - max(PORT_OFFSETS.values())


def new_signing_key() -> str:
    """A private key on P-256 for access tokens: PEM in one line of base64, as JWT_SIGNING_KEYS has it."""
    key = generate_private_key(SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return base64.b64encode(pem).decode()


_SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "JWT_SIGNING_KEYS": new_signing_key,
    "FIELD_ENCRYPTION_KEYS": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),  # as Fernet's are
    "PERSONAL_TOKEN_KEYS": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "MATCHER_TOKEN": lambda: secrets.token_urlsafe(32),
    "METRICS_TOKEN": lambda: secrets.token_urlsafe(24),
    "EMBEDDED_POSTGRES_PASSWORD": lambda: secrets.token_urlsafe(24),
    "SB_WEB_PASSWORD": lambda: secrets.token_urlsafe(24),
    "SB_WORKER_PASSWORD": lambda: secrets.token_urlsafe(24),
    "SB_ADMIN_PASSWORD": lambda: secrets.token_urlsafe(24),
    "DEV_LOGIN_PASSWORD": lambda: secrets.token_urlsafe(15),
    "DEV_LOGIN_TOTP_SECRET": lambda: base64.b32encode(secrets.token_bytes(20)).decode(),
}
_GIVEN = ("DATABASE_URL", "REDIS_URL", "MATCHER_URL", "PUBLIC_URL", *_SECRETS)


@dataclass(frozen=True)
class Installation:
    """A folder and a port; two of them run side by side when both differ."""

    folder: Path
    port: int

    def port_of(self, name: str) -> int:
        """The port of one of `PORT_OFFSETS`."""
        return self.port + PORT_OFFSETS[name]

    def url(self, name: str) -> str:
        """The HTTP address of one of `PORT_OFFSETS`."""
        return f"http://127.0.0.1:{self.port_of(name)}"

    def part(self, name: str) -> Path:
        """A sub-folder that others may not look into, made if needed."""
        path = self.folder / name
        with machine_faults(path):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path


def from_environment(environment: Mapping[str, str]) -> Installation:
    """The installation that PORT and LOCAL_DIR name.

    Each other PORT has a folder of its own inside `.local`, so that `make run` and `make run PORT=9000` run side by
    side from one checkout.
    """
    text = environment.get("PORT", "").strip() or str(DEFAULT_PORT)
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_PORT:
        raise StartError(f"PORT is {text!r}", f"write a number from 1 to {_MOST_PORT}, such as PORT={DEFAULT_PORT}")
    port = int(text)
    named = environment.get("LOCAL_DIR", "").strip()
    if named:
        return Installation(Path(named).expanduser().absolute(), port)
    base = PROJECT_DIR / ".local"
    return Installation(base if port == DEFAULT_PORT else base / f"port-{port}", port)


def prepare_folder(installation: Installation) -> None:
    """Makes the folder and its parts. The parts are closed to others; PostgreSQL's user passes through the folder."""
    with machine_faults(installation.folder):
        installation.folder.mkdir(parents=True, exist_ok=True)
        probe = installation.folder / ".writable"
        probe.write_bytes(b"x")  # a full disk shows here, before anything is half done
        probe.unlink()
    for name in ("logs", "redis", "mailbox", "run"):
        installation.part(name)


def load_secrets(installation: Installation) -> dict[str, str]:
    """The installation's secrets, made at the first start; later versions' additions are added."""
    path = installation.folder / "secrets.env"
    with machine_faults(path):
        known = _read(path) if path.exists() else {}
        missing = {name: make() for name, make in _SECRETS.items() if not known.get(name)}
        if missing:
            known |= missing
            _write(path, known, "Made by `make run` for this folder only. Data in it cannot be read without them.")
    return known


def in_force(kept: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The secrets that `load_secrets` kept, each replaced by what was given for it."""
    return {name: given.get(name, "").strip() or value for name, value in kept.items()}


def remember_given(installation: Installation, environment: Mapping[str, str]) -> None:
    """Keeps the servers and secrets that this start was given, so that `make manage` and `make demo` act on the same.

    They run in another terminal, where nobody has set DATABASE_URL. Nothing given: what was kept is forgotten.
    """
    path = installation.part("run") / "given.env"
    with machine_faults(path):
        given = {name: environment[name].strip() for name in _GIVEN if environment.get(name, "").strip()}
        _write(path, given, "What the last `make run` was given in place of its own.")


def as_last_started(installation: Installation, environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with the servers and secrets that the last start was given, and no others."""
    path = installation.folder / "run" / "given.env"
    if not path.exists():
        return dict(environment)
    return {name: value for name, value in environment.items() if name not in _GIVEN} | _read(path)


def refuse_taken_ports(installation: Installation, names: list[str]) -> None:
    """Raises StartError for the first port that somebody else listens on, and says which PORT would do."""
    for name in names:
        port = installation.port_of(name)
        if is_taken(port):
            raise StartError(
                f"port {port} ({name}) is taken by another program",
                f"stop it, or start on other ports: make run PORT={free_base(installation.port, names)}",
            )


def free_base(port: int, names: Iterable[str]) -> int:
    """A PORT, sought from `port` upwards, whose ports of these names nobody listens on; `port` itself if all are."""
    wanted = list(names)
    candidates: list[int] = [*range(port + 1000, _MOST_PORT, 1000), *range(2000, _MOST_PORT, 10)]
    for candidate in candidates:
        if not any(is_taken(candidate + PORT_OFFSETS[name]) for name in wanted):
            return candidate
    return port


def _read(path: Path) -> dict[str, str]:
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def _write(path: Path, values: Mapping[str, str], purpose: str) -> None:
    """Writes all or nothing, readable by the owner only from the first byte."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"# {purpose}\n")
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
