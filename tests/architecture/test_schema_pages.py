"""The pages about the database show every difference, and can be asked whether they are up to date."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

pytestmark = pytest.mark.django_db


def test_drift_is_found_and_told(tmp_path: Path) -> None:
    call_command("schema_pages", folder=tmp_path)
    call_command("schema_pages", folder=tmp_path, check=True)
    with connection.cursor() as cursor:
        cursor.execute("CREATE POLICY open_to_all ON users_user FOR SELECT TO anon USING (true)")

    with pytest.raises(CommandError, match=r"\+\*\*open_to_all\*\*: `anon` may read rows") as drift:
        call_command("schema_pages", folder=tmp_path, check=True)

    assert "run `make schema`" in str(drift.value)


def test_a_page_of_an_app_that_is_gone_is_removed(tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("# gone\n")

    call_command("schema_pages", folder=tmp_path)

    assert not (tmp_path / "gone.md").exists()
    assert {"users.md", "django.md", "roles.md"} <= {path.name for path in tmp_path.iterdir()}
