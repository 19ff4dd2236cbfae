"""Who is who in the company just now, as the engine asks (`engine.state.People`)."""

from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet

from apps.accounts.choices import Role
from apps.accounts.models import Department, User
from apps.workorders.models import Absence


class CompanyPeople:
    """The people of the company in scope who can sign in. At most 3 queries, however much asked."""

    def __init__(self, tenant_id: int, now: datetime) -> None:
        self._tenant_id = tenant_id
        self._now = now

    @cached_property
    def _users(self) -> dict[int, tuple[str, int | None]]:
        rows = User.objects.filter(tenant_id=self._tenant_id, is_active=True).order_by("pk")
        return {pk: (role, at) for pk, role, at in rows.values_list("pk", "role", "department_id")}

    @cached_property
    def _parents(self) -> dict[int, int | None]:
        rows = Department.objects.filter(tenant_id=self._tenant_id)
        return dict(rows.values_list("pk", "parent_id"))

    @cached_property
    def _stand_ins(self) -> set[tuple[int, int]]:
        rows = absences_now(self._now).values_list("stand_in_id", "person_id")
        return set(rows)

    def active(self, ids: tuple[int, ...]) -> tuple[int, ...]:
        """Return those of them who can sign in."""
        return tuple(one for one in ids if one in self._users)

    def with_role(self, role: str, department: int | None) -> tuple[int, ...]:
        """Return the people of a role, of a department and those below it when given."""
        inside = None if department is None else self._below(department)
        return tuple(
            pk
            for pk, (has, at) in self._users.items()
            if has == role and (inside is None or at in inside)
        )

    def in_department(self, department: int) -> tuple[int, ...]:
        """Return the people of a department and those below it."""
        inside = self._below(department)
        return tuple(pk for pk, (_role, at) in self._users.items() if at in inside)

    def heads_of(self, department: int) -> tuple[int, ...]:
        """Return the department's team leads, those of the next one above where it has none."""
        for at in self._above(department):
            found = self._leads(at)
            if found:
                return found
        return ()

    def heads_over(self, person: int, levels: int) -> tuple[int, ...]:
        """Return the team leads that many levels above a person; for a lead those above him."""
        role, department = self._users.get(person, ("", None))
        if department is None:
            return ()
        above = self._above(department)[1 if role == Role.TEAM_LEAD else 0 :]
        led = [found for at in above if (found := self._leads(at))]
        # Whoever asks for more levels than there are gets the highest.
        return led[min(levels, len(led)) - 1] if led else ()

    def department_of(self, person: int) -> int | None:
        """Return the person's department."""
        return self._users.get(person, ("", None))[1]

    def admins(self) -> tuple[int, ...]:
        """Return the company's admins."""
        return self.with_role(Role.ADMIN, None)

    def stands_in(self, actor: int, person: int) -> bool:
        """Say whether the actor stands in for the person, who is absent now."""
        return (actor, person) in self._stand_ins

    def _leads(self, department: int) -> tuple[int, ...]:
        return tuple(
            pk
            for pk, (role, at) in self._users.items()
            if role == Role.TEAM_LEAD and at == department
        )

    def _above(self, department: int) -> list[int]:
        found: list[int] = []
        at: int | None = department
        while at is not None and at not in found:
            found.append(at)
            at = self._parents.get(at)
        return found

    def _below(self, department: int) -> set[int]:
        return {at for at in self._parents if department in self._above(at)}


def absences_now(now: datetime) -> "QuerySet[Absence]":
    """Return the absences of the company in scope that last just now. 1 query."""
    rows: QuerySet[Absence] = Absence.objects.filter(starts_at__lte=now, ends_at__gt=now)
    return rows
