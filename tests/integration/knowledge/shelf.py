"""A company that keeps knowledge: writers, leads of two teams, an admin, and a stranger."""

from typing import Any

from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.tenancy import all_tenants, tenant_scope
from apps.knowledge import services
from apps.knowledge.models import Article
from apps.knowledge.selectors import draft_of
from tests.factories import AgentFactory, DepartmentFactory, TenantFactory, UserFactory


class Shelf:
    """Two teams of one company, and another company."""

    def __init__(self) -> None:
        with all_tenants("test"):
            self.tenant = TenantFactory()
            self.sales, self.support = DepartmentFactory.create_batch(2, tenant=self.tenant)
            self.agent = AgentFactory(tenant=self.tenant, user__department=self.sales)
            self.writer: User = self.agent.user
            self.reader = self.person(Role.AGENT, self.support)
            self.lead = self.person(Role.TEAM_LEAD, self.sales)
            self.other_lead = self.person(Role.TEAM_LEAD, self.support)
            self.admin = self.person(Role.ADMIN, None)
            self.stranger: User = UserFactory(tenant=TenantFactory(), role=Role.ADMIN)

    def person(self, role: str, department: Any) -> User:
        """Make somebody."""
        found: User = UserFactory(tenant=self.tenant, role=role, department=department)
        return found

    def scope(self) -> Any:
        """Open the company's scope."""
        return tenant_scope(self.tenant.pk)


def text(title: str = "退货流程", body: str = "<p>七天内可以退货。</p>", **more: Any) -> Any:
    """Give what somebody wrote."""
    return {"title": title, "body": body, "tags": [], "keywords": [], **more}


def published(shelf: Shelf, **more: Any) -> Article:
    """Take an article the whole way: written, handed in, decided by the lead."""
    article = services.article_create(user=shelf.writer, text=text(**more))
    publish_again(shelf, article)
    return article


def publish_again(shelf: Shelf, article: Article, **more: Any) -> None:
    """Publish the draft as it is, or with another text."""
    draft = services.draft_begin(article=article, user=shelf.writer)
    seen = draft.number
    if more:
        seen = services.draft_save(article=article, user=shelf.writer, seen=seen, text=text(**more))
    services.draft_submit(article=article, user=shelf.writer, seen=seen)
    services.draft_approve(article=article, user=shelf.lead, seen=seen + 1)


def seen_of(article: Article) -> int:
    """Give the draft's number."""
    draft = draft_of(article)
    assert draft is not None
    return draft.number


def browser(user: User, language: str = "en") -> Client:
    """Give a signed-in browser."""
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client
