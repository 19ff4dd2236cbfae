"""Two or more at once, as on a real server: for tests that commit (`transaction=True`)."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from apps.core.tenancy import tenant_scope


def at_once(tenant_id: int, *works: Callable[[], Any]) -> list[Any]:
    """Run each in a thread with its own connection and the company's scope, all released together.

    Give the answers, of what failed its exception.
    """
    barrier = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def run(at: int, work: Callable[[], Any]) -> None:
        try:
            with tenant_scope(tenant_id):
                connection.ensure_connection()
                barrier.wait(20)
                answers[at] = work()
        except Exception as error:  # noqa: BLE001 - an answer like any other
            answers[at] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers
