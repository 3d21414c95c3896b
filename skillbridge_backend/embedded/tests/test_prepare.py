"""The preparation of a database: all four steps, harmless to repeat, and one line when a step fails."""

import pytest
from django.db import connection

from skillbridge_backend.embedded import prepare


@pytest.mark.django_db(transaction=True)
def test_prepared_database_can_be_prepared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV_LOGIN_PASSWORD", "long enough for everybody")
    monkeypatch.setenv("DEV_LOGIN_TOTP_SECRET", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    for _ in range(2):
        assert prepare.main() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user = session_user")
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'users_user'")
        assert cursor.fetchone() == ("sb_owner",)


@pytest.mark.django_db(transaction=True)
def test_step_that_fails_is_named_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE sb_nobody")
    try:
        assert prepare.run_step("ensure_roles", role="sb_nobody") == 1
        assert capsys.readouterr().out.startswith(
            "ensure_roles failed: the roles could not be created: permission denied"
        )
    finally:
        prepare.act_as("")
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE sb_nobody")
