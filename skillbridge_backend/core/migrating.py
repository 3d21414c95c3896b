"""How migrations meet a database in use: as the tables' owner, and giving a lock up rather than queueing for it.

Belongs here: what holds for every migration. What a migration does is in `<app>/migrations` and `<app>/sql`; how to
write one is in docs/migrations.md.
"""

from typing import Any, cast

from django.conf import settings
from django.contrib.postgres import operations
from django.core.management import CommandError
from django.db import connections, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Field, Model

OWNER = "sb_owner"


def prepare_connection(*, using: str, **_: Any) -> None:
    """Before `migrate` does anything: refuses every role but the owner's, and bounds the wait for a lock.

    What another role makes would belong to it: outside FORCE and our default rights, and on Supabase, where `postgres`
    grants all it makes to `anon`, open to everybody. A statement that waits for a lock makes everybody who comes after
    it wait too, readers included; so it gives up, the migration's transaction with it, and `migrate` is run again.
    """
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT current_user")
        (user,) = cursor.fetchone() or ("",)
        if user != OWNER:
            raise CommandError(f"migrations run as {OWNER}, not as {user}: set DATABASE_SET_ROLE={OWNER}")
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [_milliseconds()])


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """Django's, harmless to repeat: a valid index stays, the invalid one that an interrupted build leaves is replaced.

    For a migration with `atomic = False` and nothing else in it but its like. It waits for old transactions however
    long they take, for here nobody queues behind it.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Outside a transaction only; Django refuses it inside one."""
        model = cast(type[Model], to_state.apps.get_model(app_label, self.model_name))
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        self._ensure_not_in_transaction(schema_editor)
        state = None if schema_editor.collect_sql else self._state_of_index(schema_editor)
        if state == "valid":
            return
        schema_editor.execute("SET lock_timeout = 0")
        if state == "invalid":
            schema_editor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        schema_editor.execute(f"SET lock_timeout = '{_milliseconds()}'")

    def _state_of_index(self, schema_editor: BaseDatabaseSchemaEditor) -> str | None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT CASE WHEN indisvalid THEN 'valid' ELSE 'invalid' END"
                " FROM pg_index WHERE indexrelid = to_regclass(quote_ident(%s))",
                [self.index.name],
            )
            row = cursor.fetchone()
        return str(row[0]) if row else None


class AlterComment(migrations.AlterField):
    """In the place of an AlterField that changes nothing but `db_comment`.

    Django's alters the column's type with it, to the type it has, which a column in a policy refuses.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Sets the comment alone; back and forth are the same."""
        model = cast(type[Model], to_state.apps.get_model(app_label, self.model_name))
        field = cast("Field[Any, Any]", model._meta.get_field(self.name))  # noqa: SLF001  # Django's own name for it
        comment = field.db_comment
        table, column = (schema_editor.quote_name(name) for name in (model._meta.db_table, str(field.column)))  # noqa: SLF001
        told = schema_editor.quote_value(comment) if comment else "NULL"
        schema_editor.execute(f"COMMENT ON COLUMN {table}.{column} IS {told}")

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """The comment that was there before."""
        self.database_forwards(app_label, schema_editor, from_state, to_state)


def _milliseconds() -> str:
    return f"{settings.MIGRATION_LOCK_TIMEOUT_SECONDS * 1000:.0f}ms"
