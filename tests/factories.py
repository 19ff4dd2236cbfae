"""Make test rows. Everything hangs on one company unless another is given."""

from datetime import time, timedelta
from typing import Any

import factory
from django.contrib.auth.hashers import MD5PasswordHasher
from django.utils import timezone
from factory.django import DjangoModelFactory

from apps.accounts.choices import Role
from apps.accounts.models import Agent, Department, User
from apps.acd.models import CallBack, CallBackRule, Queue, QueueMember
from apps.calls.models import Call, Leg
from apps.customers.models import (
    Customer,
    CustomerEmail,
    CustomerField,
    CustomerLevel,
    CustomerNote,
    CustomerNumber,
    CustomerSource,
    CustomerTag,
    CustomerType,
    ErasureProposal,
)
from apps.integrations.models import ApiToken, token_digest
from apps.ivr.models import Calendar, CalendarDate, EntryPoint, Flow, FlowVersion, Pin, RuleSet
from apps.knowledge.engine.plain import html_text
from apps.knowledge.models import Article, ArticleDraft, ArticleVersion, Attachment, Category
from apps.knowledge.services import article_index
from apps.missed.models import MissedCall
from apps.numbers.models import Did, Trunk
from apps.prompts.models import Prompt
from apps.recordings.models import Recording
from apps.tenants.models import Tenant
from apps.voicemail.models import VoicemailMessage
from apps.workday.models import Target
from apps.workorders.models import OrderType, OrderTypeVersion

# The cheap hasher keeps the tests quick; the product's is argon2.
PASSWORD_HASH = MD5PasswordHasher().encode("secret", "salt")


class TenantFactory(DjangoModelFactory[Tenant]):
    """A company."""

    class Meta:
        model = Tenant

    slug = factory.Sequence(lambda n: f"company{n}")
    name = factory.Sequence(lambda n: f"Company {n}")


class OwnedFactory(DjangoModelFactory[Any]):
    """A row of a company; rows made from it share its company."""

    class Meta:
        abstract = True

    tenant = factory.SubFactory(TenantFactory)


class DepartmentFactory(OwnedFactory):
    """A department."""

    class Meta:
        model = Department

    name = factory.Sequence(lambda n: f"Department {n}")


class UserFactory(OwnedFactory):
    """A person who may sign in with the password `secret`."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    first_name = factory.Sequence(lambda n: f"User {n}")
    password = PASSWORD_HASH
    role = Role.AGENT
    department = factory.SubFactory(DepartmentFactory, tenant=factory.SelfAttribute("..tenant"))


class AgentFactory(OwnedFactory):
    """An agent with his user."""

    class Meta:
        model = Agent

    number = factory.Sequence(lambda n: str(10_000 + n))
    user = factory.SubFactory(
        UserFactory,
        tenant=factory.SelfAttribute("..tenant"),
        username=factory.SelfAttribute("..sip_username"),
    )
    sip_username = factory.LazyAttribute(lambda agent: f"a{agent.number}")
    sip_ha1 = "0" * 32


class QueueFactory(OwnedFactory):
    """A queue."""

    class Meta:
        model = Queue

    number = factory.Sequence(lambda n: str(20_000 + n))
    name = factory.Sequence(lambda n: f"Queue {n}")
    department = factory.SubFactory(DepartmentFactory, tenant=factory.SelfAttribute("..tenant"))


class QueueMemberFactory(OwnedFactory):
    """That an agent serves a queue."""

    class Meta:
        model = QueueMember

    queue = factory.SubFactory(QueueFactory, tenant=factory.SelfAttribute("..tenant"))
    agent = factory.SubFactory(AgentFactory, tenant=factory.SelfAttribute("..tenant"))


class TrunkFactory(DjangoModelFactory[Trunk]):
    """A line to a carrier."""

    class Meta:
        model = Trunk

    name = factory.Sequence(lambda n: f"carrier{n}")
    host = "127.0.0.2"
    port = 5080
    match = "127.0.0.2"


class DidFactory(OwnedFactory):
    """A number dialled."""

    class Meta:
        model = Did

    number = factory.Sequence(lambda n: str(4_007_000_000 + n))


class FlowFactory(OwnedFactory):
    """A flow."""

    class Meta:
        model = Flow

    name = factory.Sequence(lambda n: f"Flow {n}")


class FlowVersionFactory(OwnedFactory):
    """A published version of a flow."""

    class Meta:
        model = FlowVersion

    flow = factory.SubFactory(FlowFactory, tenant=factory.SelfAttribute("..tenant"))
    number = 1
    document = factory.LazyFunction(dict)


class CalendarFactory(OwnedFactory):
    """A calendar that is never open."""

    class Meta:
        model = Calendar

    name = factory.Sequence(lambda n: f"Calendar {n}")


class CalendarDateFactory(OwnedFactory):
    """A date on which a calendar is closed."""

    class Meta:
        model = CalendarDate

    calendar = factory.SubFactory(CalendarFactory, tenant=factory.SelfAttribute("..tenant"))


class RuleSetFactory(OwnedFactory):
    """A rule set without rules."""

    class Meta:
        model = RuleSet

    name = factory.Sequence(lambda n: f"Rules {n}")
    draft = factory.LazyFunction(lambda: {"rules": []})


class PinFactory(OwnedFactory):
    """A PIN without digits yet."""

    class Meta:
        model = Pin

    name = factory.Sequence(lambda n: f"pin {n}")


class PromptFactory(OwnedFactory):
    """A company's prompt; with a revision above 0 it can be played."""

    class Meta:
        model = Prompt

    name = factory.Sequence(lambda n: f"prompt-{n}")
    number = factory.Sequence(lambda n: n + 1)


class EntryPointFactory(OwnedFactory):
    """What answers a number."""

    class Meta:
        model = EntryPoint

    did = factory.SubFactory(DidFactory, tenant=factory.SelfAttribute("..tenant"))
    flow = factory.SubFactory(FlowFactory, tenant=factory.SelfAttribute("..tenant"))


class CustomerFactory(OwnedFactory):
    """A customer without a number."""

    class Meta:
        model = Customer

    name = factory.Sequence(lambda n: f"客户{n}")


class CustomerNumberFactory(OwnedFactory):
    """A customer's number."""

    class Meta:
        model = CustomerNumber

    customer = factory.SubFactory(CustomerFactory, tenant=factory.SelfAttribute("..tenant"))
    as_typed = factory.Sequence(lambda n: str(13_600_000_000 + n))


class CustomerEmailFactory(OwnedFactory):
    """A customer's e-mail address."""

    class Meta:
        model = CustomerEmail

    customer = factory.SubFactory(CustomerFactory, tenant=factory.SelfAttribute("..tenant"))
    address = factory.Sequence(lambda n: f"someone{n}@example.com")


class CustomerNoteFactory(OwnedFactory):
    """What somebody wrote about a customer."""

    class Meta:
        model = CustomerNote

    customer = factory.SubFactory(CustomerFactory, tenant=factory.SelfAttribute("..tenant"))
    text = "called back"


class CustomerFieldFactory(OwnedFactory):
    """A text that the company keeps of its customers."""

    class Meta:
        model = CustomerField

    key = factory.Sequence(lambda n: f"field_{n}")
    label = factory.Sequence(lambda n: f"Field {n}")
    kind = "text"


class ErasureProposalFactory(OwnedFactory):
    """A proposal to forget a customer; give `customer` and `proposed_by`."""

    class Meta:
        model = ErasureProposal

    reason = "He asked for it by letter."
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


class CustomerTagFactory(OwnedFactory):
    """A tag."""

    class Meta:
        model = CustomerTag

    name = factory.Sequence(lambda n: f"tag{n}")


class CustomerLevelFactory(OwnedFactory):
    """A level of the company's own."""

    class Meta:
        model = CustomerLevel

    code = factory.Sequence(lambda n: f"level{n}")
    name = factory.SelfAttribute("code")


class CustomerTypeFactory(OwnedFactory):
    """A type."""

    class Meta:
        model = CustomerType

    code = factory.Sequence(lambda n: f"type{n}")
    name = factory.SelfAttribute("code")


class CustomerSourceFactory(OwnedFactory):
    """A source."""

    class Meta:
        model = CustomerSource

    code = factory.Sequence(lambda n: f"source{n}")
    name = factory.SelfAttribute("code")


class CallFactory(OwnedFactory):
    """An answered, ended call of two minutes."""

    class Meta:
        model = Call

    node = "pbx1"
    linkedid = factory.Sequence(lambda n: f"pbx1-1700000000.{n}")
    status = "ended"
    outcome = "answered"
    caller = "13800138000"
    caller_lookup = "+8613800138000"
    dialled = "4008001000"
    started_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=2))
    answered_at = factory.LazyAttribute(lambda call: call.started_at + timedelta(seconds=10))
    ended_at = factory.LazyAttribute(lambda call: call.started_at + timedelta(minutes=2))
    wait_ms = 8_000
    talk_ms = 110_000


class LegFactory(OwnedFactory):
    """An agent's leg of a call."""

    class Meta:
        model = Leg

    call = factory.SubFactory(CallFactory, tenant=factory.SelfAttribute("..tenant"))
    uniqueid = factory.Sequence(lambda n: f"pbx1-1700000001.{n}")
    kind = "agent"


class RecordingFactory(OwnedFactory):
    """A recording row; its file is the test's to make."""

    class Meta:
        model = Recording

    call = factory.SubFactory(CallFactory, tenant=factory.SelfAttribute("..tenant"))
    leg_uniqueid = factory.Sequence(lambda n: f"pbx1-1700000001.{n}")
    path = factory.Sequence(lambda n: f"company/2026/11/23/{n}.wav")
    started_at = factory.LazyFunction(timezone.now)


class VoicemailMessageFactory(OwnedFactory):
    """A message in a box."""

    class Meta:
        model = VoicemailMessage

    linkedid = factory.Sequence(lambda n: f"pbx1-1700000002.{n}")
    box = "company-7001"
    caller = "13800138000"
    path = factory.Sequence(lambda n: f"company-7001/{n}.wav")
    left_at = factory.LazyFunction(timezone.now)
    duration_ms = 4_000


class ApiTokenFactory(OwnedFactory):
    """A token; its text is `token` when given, else `token-<n>`."""

    class Meta:
        model = ApiToken

    class Params:
        token = factory.Sequence(lambda n: f"token-{n}")

    user = factory.SubFactory(
        UserFactory, tenant=factory.SelfAttribute("..tenant"), role=Role.ADMIN
    )
    name = "test"
    digest = factory.LazyAttribute(lambda row: token_digest(row.token))


class CallBackRuleFactory(OwnedFactory):
    """How a queue calls back, day and night."""

    class Meta:
        model = CallBackRule

    queue = factory.SubFactory(QueueFactory, tenant=factory.SelfAttribute("..tenant"))
    window_from = time(0)
    window_to = time(0)


class CallBackFactory(OwnedFactory):
    """A call-back that waits and is due."""

    class Meta:
        model = CallBack

    queue = factory.SubFactory(QueueFactory, tenant=factory.SelfAttribute("..tenant"))
    as_dialled = factory.Sequence(lambda n: str(13_500_000_000 + n))
    number = factory.LazyAttribute(lambda row: f"+86{row.as_dialled}")
    source = "key"
    ordered_at = factory.LazyFunction(timezone.now)
    joined_at = factory.LazyAttribute(lambda row: row.ordered_at - timedelta(seconds=30))
    not_before = factory.SelfAttribute("ordered_at")
    expires_at = factory.LazyAttribute(lambda row: row.ordered_at + timedelta(hours=24))


class TargetFactory(OwnedFactory):
    """Twenty calls a day for everybody of the company."""

    class Meta:
        model = Target

    figure = "answered"
    value = 20


class CategoryFactory(OwnedFactory):
    """A category of articles."""

    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Category {n}")


class ArticleFactory(OwnedFactory):
    """An article that is published for the whole company, as the services leave it.

    `body`, `tags` and `keywords` are its version's; `is_published=False`: only a draft.
    """

    class Meta:
        model = Article
        skip_postgeneration_save = True

    class Params:
        body = "<p>Text</p>"
        tags = ()
        keywords = ()
        is_published = True

    title = factory.Sequence(lambda n: f"Article {n}")
    owner = factory.SubFactory(UserFactory, tenant=factory.SelfAttribute("..tenant"))

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        text = {name: kwargs.pop(f"with_{name}") for name in ("body", "tags", "keywords")}
        is_published = kwargs.pop("with_version")
        row = super()._create(model_class, *args, **kwargs)
        own = {"tenant": row.tenant, "article": row, "title": row.title, "body": text["body"]}
        words = {"tags": list(text["tags"]), "keywords": list(text["keywords"])}
        now = timezone.now()
        if not is_published:
            ArticleDraft.objects.create(**own, **words, edited_by=row.owner, edited_at=now)
            return row
        row.version = ArticleVersion.objects.create(
            **own, **words, number=1, text=html_text(text["body"]), published_at=now
        )
        row.state, row.published_at = "published", row.published_at or now
        row.save()
        article_index(row)
        return row

    with_body = factory.SelfAttribute("body")
    with_tags = factory.SelfAttribute("tags")
    with_keywords = factory.SelfAttribute("keywords")
    with_version = factory.SelfAttribute("is_published")


class AttachmentFactory(OwnedFactory):
    """A file of an article; nothing lies in the store."""

    class Meta:
        model = Attachment

    article = factory.SubFactory(ArticleFactory, tenant=factory.SelfAttribute("..tenant"))
    name = "guide.pdf"
    kind = "application/pdf"
    size_bytes = 4
    digest = "0" * 64


class OrderTypeFactory(OwnedFactory):
    """A type of work orders with drafts, not published."""

    class Meta:
        model = OrderType

    name = factory.Sequence(lambda n: f"Orders {n}")
    prefix = factory.Sequence(lambda n: "".join(chr(65 + int(digit)) for digit in f"{n:05d}"))
    form_draft = factory.LazyFunction(lambda: {"version": 1, "fields": []})
    flow_draft = factory.LazyFunction(lambda: {"version": 1, "steps": []})


class OrderTypeVersionFactory(OwnedFactory):
    """A published version of a type; give `form` and `flow`."""

    class Meta:
        model = OrderTypeVersion

    type = factory.SubFactory(OrderTypeFactory, tenant=factory.SelfAttribute("..tenant"))
    number = 1
    form = factory.LazyFunction(lambda: {"version": 1, "fields": []})
    published_at = factory.LazyFunction(timezone.now)


class MissedCallFactory(OwnedFactory):
    """A caller whom nobody answered, just now."""

    class Meta:
        model = MissedCall

    call = factory.SubFactory(
        CallFactory,
        tenant=factory.SelfAttribute("..tenant"),
        answered_at=None,
        outcome="abandoned",
    )
    number_key = factory.SelfAttribute("call.caller_lookup")
    first_at = factory.SelfAttribute("call.ended_at")
    last_at = factory.SelfAttribute("call.ended_at")
