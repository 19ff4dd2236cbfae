"""How rows are locked."""

import ast
from collections.abc import Iterator
from pathlib import Path

APPS = Path(__file__).parents[3] / "apps"


def locks() -> Iterator[tuple[str, ast.Call]]:
    """Yield every call of `select_for_update` in the product, and where it is."""
    for path in sorted(APPS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "select_for_update"
            ):
                yield f"{path.relative_to(APPS)}:{node.lineno}", node


def test_no_lock_of_a_row_waits_for_rows_that_name_it() -> None:
    # FOR UPDATE waits for who has just written a row with a foreign key to this one, and he for us.
    found = list(locks())
    assert len(found) > 50
    keyed = [
        where
        for where, node in found
        if not any(
            keyword.arg == "no_key"
            and isinstance(keyword.value, ast.Constant)
            and keyword.value.value is True
            for keyword in node.keywords
        )
    ]
    assert keyed == []
