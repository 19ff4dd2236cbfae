"""Set the session variable `huawu.tenant`, on which row-level security stands, before each query.

It is set only when it differs from what the session has. A rollback reverts what was set inside it,
so after any rollback it is set again.
"""

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper

from apps.core.tenancy import database_scope

SAVEPOINT_VERBS = ("SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")


class DatabaseWrapper(PostgresWrapper):
    """PostgreSQL connection whose session knows the company scope."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._applied_scope: str | None = None
        self.execute_wrappers.append(self._apply_scope)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open a connection; its session knows no scope yet."""
        self._applied_scope = None
        return super().get_new_connection(conn_params)

    def _rollback(self) -> None:
        self._applied_scope = None
        super()._rollback()  # type: ignore[misc]  # private in the stubs

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # private in the stubs
        self._applied_scope = None

    def _apply_scope(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if sql.startswith(SAVEPOINT_VERBS):
            # They touch no row, and the transaction may be aborted: only a rollback is accepted.
            return execute(sql, params, many, context)
        wanted = database_scope()
        if wanted != self._applied_scope and self.connection is not None:
            with self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute("SELECT set_config('huawu.tenant', %s, false)", [wanted])
            self._applied_scope = wanted
        return execute(sql, params, many, context)
