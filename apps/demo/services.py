"""Make the demo companies. Safe to run again: what is there is brought to the contract."""

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import Agent, Department, User
from apps.acd.models import Queue, QueueMember
from apps.alarms.models import AlarmRule, AlarmWatch
from apps.core.tenancy import tenant_scope
from apps.customers.models import BlacklistEntry, Customer, CustomerNumber
from apps.customers.services import customer_save
from apps.demo.company import COMPANIES, CompanyData, CustomerData, Person, SurveyData
from apps.dispositions.models import Disposition
from apps.integrations.models import ApiToken, token_digest
from apps.ivr.demo_flows import DEMO_FLOWS
from apps.ivr.models import Calendar, EntryPoint, Flow
from apps.ivr.services import flow_publish
from apps.knowledge.category_tree import category_add
from apps.knowledge.models import Article, ArticlePin, Category, SynonymGroup
from apps.knowledge.services import article_create, draft_approve, draft_submit
from apps.numbers.models import Did, Trunk
from apps.quality.choices import PlanKind
from apps.quality.models import Plan, PlanInspector
from apps.quality.ready import ready_sheet_make
from apps.surveys.models import Survey, SurveyQuestion, SurveyQueue
from apps.tenants.models import Tenant
from apps.workorders.models import OrderType
from apps.workorders.shipped import SHIPPED
from apps.workorders.type_services import order_type_from_shipped

MAX_WAIT_S = 30
DISPOSITIONS = {
    "咨询": ("产品价格", "订单进度", "售后政策"),
    "投诉": ("服务态度", "物流延误", "产品质量"),
    "办理": ("已办结", "需跟进"),
    "无效来电": (),
}
WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def demo_companies_make() -> None:
    """Make both companies, the carrier's trunk and the host operator. One transaction a company."""
    Trunk.objects.update_or_create(
        name="carrier",
        defaults={"host": "127.0.0.2", "port": 5080, "match": "127.0.0.2", "codecs": "alaw,ulaw"},
    )
    for data in COMPANIES:
        with transaction.atomic():
            company_make(data)


def company_make(data: CompanyData) -> None:
    """Make one company, or bring it to its contract. Many queries; in a transaction of its own."""
    tenant, _ = Tenant.objects.update_or_create(slug=data.slug, defaults={"name": data.name})
    with tenant_scope(tenant.pk):
        departments = {
            name: Department.objects.get_or_create(tenant=tenant, name=name)[0]
            for name in data.departments
        }
        queues = {
            row.number: Queue.objects.update_or_create(
                tenant=tenant,
                number=row.number,
                defaults={
                    "name": row.name,
                    "department": departments[row.department],
                    "max_wait_s": MAX_WAIT_S,
                    "ring_timeout_s": 15,
                },
            )[0]
            for row in data.queues
        }
        for person in data.people:
            _person_make(tenant, person, departments, queues)
        for customer in data.customers:
            _customer_make(tenant, customer)
        for number, reason in data.blacklist:
            BlacklistEntry.objects.update_or_create(
                tenant=tenant, number=number, defaults={"reason": reason}
            )
        for name, hours in data.calendars:
            Calendar.objects.get_or_create(
                tenant=tenant, name=name, defaults=dict.fromkeys(WORKDAYS, hours)
            )
        for number, flow_key, fallback in data.entries:
            _entry_make(tenant, number, flow_key, queues.get(fallback))
        for survey in data.surveys:
            _survey_make(tenant, survey, queues[survey.queue])
        _alarms_make(tenant, next(iter(queues.values())))
        _dispositions_make(tenant)
        _work_orders_make(tenant, data)
        _knowledge_make(tenant, data)
        _quality_make(tenant)
        _token_make(tenant, data)


def _person_make(
    tenant: Tenant, person: Person, departments: dict[str, Department], queues: dict[str, Queue]
) -> None:
    user, is_new = User.objects.get_or_create(username=person.login)
    user.tenant = tenant
    user.first_name = person.name
    user.role = person.role
    user.department = departments[person.department]
    user.is_staff = person.role == Role.ADMIN
    if is_new:
        user.password = make_password(f"demo-{person.login}")
    user.save()
    if not person.number:
        return
    agent = Agent.objects.filter(user=user).first() or Agent(tenant=tenant, user=user)
    agent.number = person.number
    agent.sip_username = person.login
    agent.set_sip_password(f"demo-{person.login}")
    agent.save()
    for number in person.queues:
        QueueMember.objects.get_or_create(tenant=tenant, queue=queues[number], agent=agent)


def _alarms_make(tenant: Tenant, queue: Queue) -> None:
    """Make two rules: the first queue's longest wait, and the exchange's link."""
    rules = (
        ("等待过久", {"metric": "longest_wait", "queue": queue, "raise_at": 20, "clear_at": 5}),
        ("交换机连接中断", {"metric": "link_down", "raise_at": 1, "clear_at": 0}),
    )
    for name, values in rules:
        given = {"raise_after_s": 5, "clear_after_s": 10, "severity": "critical", **values}
        rule, _ = AlarmRule.objects.get_or_create(tenant=tenant, name=name, defaults=given)
        AlarmWatch.objects.get_or_create(tenant=tenant, rule=rule)


def _customer_make(tenant: Tenant, data: CustomerData) -> None:
    customer, is_new = Customer.objects.get_or_create(tenant=tenant, name=data.name)
    customer.level = data.level
    customer.account_number = data.account
    customer.balance = data.balance
    customer.owner = Agent.objects.filter(number=data.owner).first() if data.owner else None
    if is_new:
        customer.note = data.note
        customer.pin_hash = make_password(data.pin) if data.pin else ""
    customer.save()
    for position, number in enumerate(data.numbers):
        CustomerNumber.objects.get_or_create(
            tenant=tenant,
            customer=customer,
            as_typed=number,
            defaults={"is_primary": position == 0},
        )
    # With numbers and name, so that the list finds him.
    customer_save(customer)


def _entry_make(tenant: Tenant, number: str, flow_key: str, fallback: Queue | None) -> None:
    did, _ = Did.objects.get_or_create(number=number, defaults={"tenant": tenant})
    document = DEMO_FLOWS[flow_key]
    flow = Flow.objects.filter(tenant=tenant, name=document["name"]).first()
    if flow is None:
        flow = Flow.objects.create(tenant=tenant, name=document["name"], draft=document)
        flow_publish(flow=flow, document=document)
    EntryPoint.objects.get_or_create(
        did=did, defaults={"tenant": tenant, "flow": flow, "fallback_queue": fallback}
    )


def _survey_make(tenant: Tenant, data: SurveyData, queue: Queue) -> None:
    # What somebody changed since (another share, switched off) stays.
    # One try: whoever keeps silent after the agent's hang-up shall not be held for long.
    survey, is_new = Survey.objects.get_or_create(
        tenant=tenant, name=data.name, defaults={"tries": 1}
    )
    if not is_new:
        return
    SurveyQuestion.objects.create(
        tenant=tenant,
        survey=survey,
        position=1,
        text=data.question,
        labels=data.labels,
        bad_up_to=data.bad_up_to,
    )
    SurveyQueue.objects.create(tenant=tenant, survey=survey, queue=queue)


def _dispositions_make(tenant: Tenant) -> None:
    """Give a company without dispositions a small tree to begin with; its own is left alone."""
    if Disposition.objects.exists():
        return
    for position, (name, below) in enumerate(DISPOSITIONS.items()):
        top = Disposition.objects.create(tenant=tenant, name=name, position=position * 10)
        for at, child in enumerate(below):
            Disposition.objects.create(tenant=tenant, name=child, parent=top, position=at * 10)


def _work_orders_make(tenant: Tenant, data: CompanyData) -> None:
    """Give the company the ready types of work orders, on its own working hours where it has any.

    What somebody has changed since stays.
    """
    for key in SHIPPED:
        is_new = not OrderType.objects.filter(shipped=key).exists()
        made = order_type_from_shipped(
            user=None, tenant_id=tenant.pk, key=key, language=tenant.language
        )
        if is_new and data.calendars:
            OrderType.objects.filter(pk=made.pk).update(calendar=data.calendars[0][0])


def _knowledge_make(tenant: Tenant, data: CompanyData) -> None:
    """Give a company without articles those of the demo; its own are left alone."""
    if not data.articles or Article.objects.exists():
        return
    admin = User.objects.get(tenant=tenant, role=Role.ADMIN, username__endswith="admin")
    for words in data.synonyms:
        SynonymGroup.objects.create(tenant=tenant, words=list(words))
    categories: dict[str, Category] = {}
    for one in data.articles:
        if one.category not in categories:
            categories[one.category] = category_add(user=admin, name=one.category)
        owner = User.objects.get(tenant=tenant, username=one.owner)
        article = article_create(
            user=owner,
            text={
                "title": one.title,
                "body": one.body,
                "tags": one.tags,
                "keywords": one.keywords,
            },
            category_id=categories[one.category].pk,
        )
        draft_submit(article=article, user=owner, seen=1)
        draft_approve(article=article, user=admin, seen=2)
        for queue in one.pins:
            ArticlePin.objects.create(tenant=tenant, article=article, kind="queue", value=queue)


def _quality_make(tenant: Tenant) -> None:
    """Give a company without score sheets the ready one, and a plan of two calls of each agent."""
    sheet = ready_sheet_make(tenant_id=tenant.pk, language=tenant.language)
    people = User.objects.filter(tenant=tenant, role__in=(Role.INSPECTOR, Role.TEAM_LEAD))
    if sheet is None or not people:
        return
    is_chinese = tenant.language.startswith("zh")
    plan = Plan.objects.create(
        tenant=tenant,
        name="每位坐席每周两条" if is_chinese else "Two calls of each agent a week",
        sheet=sheet,
        kind=PlanKind.PER_AGENT,
    )
    for person in people.order_by("username"):
        PlanInspector.objects.create(tenant=tenant, plan=plan, user=person)


def _token_make(tenant: Tenant, data: CompanyData) -> None:
    admin = User.objects.get(tenant=tenant, role=Role.ADMIN, username__endswith="admin")
    ApiToken.objects.get_or_create(
        digest=token_digest(data.api_token),
        defaults={"tenant": tenant, "user": admin, "name": "demo"},
    )
