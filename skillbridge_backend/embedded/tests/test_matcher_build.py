"""What is said when cargo is missing, fails or works. A script stands in for cargo: the compiler is not ours."""

from pathlib import Path

import pytest

from skillbridge_backend.embedded import matcher_build
from skillbridge_backend.embedded.failure import StartError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose machine has no cargo, at first."""
    (tmp_path / "matcher-rs").mkdir()
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CARGO_TARGET_DIR", raising=False)
    return tmp_path


def install_cargo(project: Path, script: str) -> None:
    cargo = project / "bin" / "cargo"
    cargo.write_text(f"#!/bin/sh\n{script}\n")
    cargo.chmod(0o755)


def test_no_cargo_is_said(project: Path) -> None:
    assert matcher_build.find_cargo() is None
    assert not matcher_build.is_built(project)
    with pytest.raises(StartError, match="there is no cargo on this machine: install Rust"):
        matcher_build.build(project)


def test_cargo_is_found_where_rustup_puts_it(project: Path) -> None:
    (project / ".cargo" / "bin").mkdir(parents=True)
    (project / "bin").rename(project / "elsewhere")
    cargo = project / ".cargo" / "bin" / "cargo"
    cargo.write_text("#!/bin/sh\n")
    cargo.chmod(0o755)
    assert matcher_build.find_cargo() == str(cargo)


def test_build_gives_the_binary(project: Path) -> None:
    install_cargo(project, 'mkdir -p target/release && echo "$@" > target/release/matcher-server')
    binary = matcher_build.build(project)
    assert binary == project / "matcher-rs" / "target" / "release" / "matcher-server"
    assert binary.read_text() == "build --release --locked --bin matcher-server\n"
    assert matcher_build.is_built(project)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("error[E0308]: mismatched types", r"cargo could not build the matcher \(error\[E0308\]: mismatched types\)"),
        ("error: write: No space left on device (os error 28)", "the disk that holds .* is full"),
        ("", r"cargo could not build the matcher \(no message\)"),
    ],
)
def test_failed_build_tells_the_first_error(project: Path, said: str, told: str) -> None:
    install_cargo(project, f"echo '   Compiling solver' >&2; echo '{said}' >&2; exit 101")
    with pytest.raises(StartError, match=told):
        matcher_build.build(project)


def test_target_folder_that_the_caller_named_is_used(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARGO_TARGET_DIR", str(project / "shared"))
    assert matcher_build.binary(project) == project / "shared" / "release" / "matcher-server"
