"""The people found while an act is carried out: written down, and answered again in a replay."""

from apps.workorders.engine.state import People

Answer = tuple[int, ...]


class Asked:
    """Ask `people` and keep each answer."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.answers: list[Answer] = []

    def _keep(self, answer: Answer) -> Answer:
        self.answers.append(answer)
        return answer

    def active(self, ids: Answer) -> Answer:
        """Return those of them who can act."""
        return self._keep(self._people.active(ids))

    def with_role(self, role: str, department: int | None) -> Answer:
        """Return the people of a role."""
        return self._keep(self._people.with_role(role, department))

    def in_department(self, department: int) -> Answer:
        """Return the people of a department."""
        return self._keep(self._people.in_department(department))

    def heads_of(self, department: int) -> Answer:
        """Return a department's heads."""
        return self._keep(self._people.heads_of(department))

    def heads_over(self, person: int, levels: int) -> Answer:
        """Return a person's heads."""
        return self._keep(self._people.heads_over(person, levels))

    def department_of(self, person: int) -> int | None:
        """Return a person's department."""
        found = self._people.department_of(person)
        self._keep(() if found is None else (found,))
        return found

    def admins(self) -> Answer:
        """Return the admins."""
        return self._keep(self._people.admins())

    def stands_in(self, actor: int, person: int) -> bool:
        """Say whether one stands in for the other."""
        found = self._people.stands_in(actor, person)
        self._keep((1,) if found else ())
        return found

    def branch(self, taken: int) -> int:
        """Keep which branch a condition took."""
        self._keep((taken,))
        return taken


class Remembered:
    """Answer as it was written down, in the order asked."""

    def __init__(self, answers: tuple[Answer, ...]) -> None:
        self._answers = iter(answers)

    def active(self, ids: Answer) -> Answer:
        """Return what was answered."""
        return next(self._answers)

    def with_role(self, role: str, department: int | None) -> Answer:
        """Return what was answered."""
        return next(self._answers)

    def in_department(self, department: int) -> Answer:
        """Return what was answered."""
        return next(self._answers)

    def heads_of(self, department: int) -> Answer:
        """Return what was answered."""
        return next(self._answers)

    def heads_over(self, person: int, levels: int) -> Answer:
        """Return what was answered."""
        return next(self._answers)

    def department_of(self, person: int) -> int | None:
        """Return what was answered."""
        return next(iter(next(self._answers)), None)

    def admins(self) -> Answer:
        """Return what was answered."""
        return next(self._answers)

    def stands_in(self, actor: int, person: int) -> bool:
        """Return what was answered."""
        return bool(next(self._answers))

    def branch(self, taken: int) -> int:
        """Return the branch of then."""
        return next(self._answers)[0]
