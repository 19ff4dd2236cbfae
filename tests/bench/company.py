"""A company of 500 agents with its customers, calls, legs, recordings and dispositions.

It owns all the customers and calls that are asked for; a second company, a twentieth as large, lies
between its rows. 20 customers have called 5,000 times each, the others about ten times. A tenth of
the callers are nobody's. Two years of calls.
"""

import os
import sys

from tests.bench.lookup import set_up

CUSTOMERS = int(os.environ.get("HUAWU_BENCH_CUSTOMERS") or 1_000_000)
CALLS = int(os.environ.get("HUAWU_BENCH_CALLS") or 10_000_000)
ROWS = {"customers": CUSTOMERS, "calls": CALLS}
TEAMS, AGENTS, HEAVY = 20, 500, 20
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲华红建国志海云飞鹏宇欣怡佳俊浩然梓涵"
    "雨晨思琪子轩博雅诗雪梅春燕秋月晓东林峰波斌健龙凤珍琴晶莹瑞祥永福康宁安乐天成立新民生德義仁"
)


def people() -> tuple[int, int, int, int]:
    """Make the two companies, 20 teams, leads and agents; return the first id of company, team,
    agent and person. Their ids follow each other.
    """
    from apps.accounts.choices import Role
    from apps.accounts.models import Agent, Department, User
    from apps.tenants.models import Tenant

    big = Tenant.objects.create(slug="big", name="大公司")
    Tenant.objects.create(slug="small", name="小公司")
    top = Department.objects.create(tenant=big, name="客服中心")
    User.objects.create(tenant=big, username="admin", role=Role.ADMIN, password="!")
    teams = Department.objects.bulk_create(
        [Department(tenant=big, name=f"{n + 1} 组", parent=top) for n in range(TEAMS)]
    )
    User.objects.bulk_create(
        User(
            tenant=big,
            username=f"lead{n}",
            first_name=f"组长{n}",
            role=Role.TEAM_LEAD,
            department=team,
            password="!",
        )
        for n, team in enumerate(teams)
    )
    users = User.objects.bulk_create(
        User(
            tenant=big,
            username=f"agent{n}",
            first_name=f"坐席{n}",
            department=teams[n % TEAMS],
            password="!",
        )
        for n in range(AGENTS)
    )
    agents = Agent.objects.bulk_create(
        Agent(tenant=big, user=user, number=str(1000 + n), sip_username=f"big-{1000 + n}")
        for n, user in enumerate(users)
    )
    return big.pk, teams[0].pk, agents[0].pk, users[0].pk


def words(company: int) -> list[int]:
    """Make levels, types, sources, tags and dispositions; return the dispositions' ids."""
    from apps.customers.models import CustomerSource, CustomerTag, CustomerType
    from apps.dispositions.models import Disposition

    for model, names in ((CustomerType, ("个人", "企业")), (CustomerSource, ("电话", "网站"))):
        model.objects.bulk_create(
            model(tenant_id=company, code=f"w{at}", name=name) for at, name in enumerate(names)
        )
    CustomerTag.objects.bulk_create(
        CustomerTag(tenant_id=company, name=f"标签{n}", colour="info") for n in range(10)
    )
    tops = [Disposition.objects.create(tenant_id=company, name=f"类别{n}") for n in range(5)]
    return [
        Disposition.objects.create(tenant_id=company, name=f"结果{n}", parent=top).pk
        for top in tops
        for n in range(4)
    ]


def rng(row: str, salt: int, below: int) -> str:
    """Return SQL for a number from 0 that looks random and is the same at each load."""
    return f"(hashint8extended({row}, {salt}) & 1073741823)::int % {below}"


def _back(row: str, most: int) -> str:
    """Return SQL for how many steps before now: the second company lies between the first's."""
    return f"(CASE WHEN {row} <= {most} THEN {most} - {row} ELSE 20 * ({row} - {most}) END)"


def signs_load() -> None:
    """Make a temporary table of the signs of names with their code in the search and sound."""
    from django.db import connection

    from apps.customers.engine.search_text import encoded
    from apps.customers.pinyin import pinyin_words

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE sign (kind int, at int, sign text, code text, sound text)"
        )
        for kind, text in enumerate((SURNAMES, GIVEN)):
            for at, sign in enumerate(text):
                row = [kind, at, sign, encoded(sign), pinyin_words(sign)[0]]
                cursor.execute("INSERT INTO sign VALUES (%s, %s, %s, %s, %s)", row)


def customers_load(company: int, agent: int, person: int) -> None:
    """Load customers, their numbers, addresses, notes and changes."""
    from apps.customers.models import (
        Customer,
        CustomerChange,
        CustomerEmail,
        CustomerNote,
        CustomerNumber,
    )

    every = CUSTOMERS + CUSTOMERS // 20
    company_of = f"CASE WHEN n <= {CUSTOMERS} THEN {company} ELSE {company + 1} END"
    number = "'138' || lpad(n::text, 8, '0')"
    mail = "'user' || n || '@example.com'"
    second = "CASE WHEN n % 3 = 0 THEN '' ELSE c.{} END"
    name = f"a.sign || b.sign || {second.format('sign')}"
    code = f"a.code || b.code || {second.format('code')}"
    sound = f"a.sound || b.sound || {second.format('sound')}"
    first = "left(a.sound, 1) || left(b.sound, 1) || " + (
        "CASE WHEN n % 3 = 0 THEN '' ELSE left(c.sound, 1) END"
    )
    text = f"{code} || ' ' || {sound} || ' ' || {first} || ' 86' || {number}"
    text += " || CASE WHEN n % 2 = 0 THEN ' user' || n || 'u0040zexampleu002ezcom' ELSE '' END"
    source = f"""FROM generate_series(1, {every}) n
        JOIN sign a ON a.kind = 0 AND a.at = {rng("n", 1, len(SURNAMES))}
        JOIN sign b ON b.kind = 1 AND b.at = {rng("n", 2, len(GIVEN))}
        JOIN sign c ON c.kind = 1 AND c.at = {rng("n", 3, len(GIVEN))}
        ORDER BY n"""
    owner = f"CASE WHEN n <= {CUSTOMERS} AND n % 10 > 0 THEN {agent} + {rng('n', 4, AGENTS)} END"
    at = f"now() - {_back('n', CUSTOMERS)} * interval '60 seconds'"
    row = {
        "id": "n",
        "tenant_id": company_of,
        "name": name,
        "name_key": name,
        "search_text": text,
        "kind": f"CASE {rng('n', 5, 10)} WHEN 0 THEN 'w1' ELSE 'w0' END",
        "source": f"'w' || {rng('n', 6, 2)}",
        "level": f"CASE {rng('n', 7, 20)} WHEN 0 THEN 'vip' ELSE 'normal' END",
        "province": f"(ARRAY['广东','北京','上海','浙江','四川'])[1 + {rng('n', 8, 5)}]",
        "city": f"'城市' || {rng('n', 9, 200)}",
        "tags": f"jsonb_build_array('标签' || {rng('n', 10, 10)})",
        "owner_id": owner,
        "created_by_id": f"CASE WHEN n <= {CUSTOMERS} THEN {person} + {rng('n', 11, AGENTS)} END",
        "created_at": at,
    }
    from tests.bench.filling import insert

    insert(Customer, row, source)
    rows = f"FROM generate_series(1, {every}) n"
    owned = {"tenant_id": company_of, "customer_id": "n"}
    insert(
        CustomerNumber,
        {**owned, "as_typed": number, "lookup": f"'+86' || {number}", "is_primary": "true"},
        rows,
    )
    insert(CustomerEmail, {**owned, "address": mail, "lookup": mail}, rows + " WHERE n % 2 = 0")
    insert(CustomerChange, {**owned, "what": "'created'", "created_at": at}, rows)
    insert(CustomerNote, {**owned, "text": "'回访过'", "created_at": at}, rows + " WHERE n % 5 = 0")


def calls_load(company: int, team: int, agent: int, dispositions: list[int]) -> None:
    """Load calls, agents' legs, recordings and dispositions."""
    from apps.calls.models import Call, Leg
    from apps.dispositions.models import CallDisposition
    from apps.recordings.models import Recording
    from tests.bench.filling import insert

    every = CALLS + CALLS // 20
    whose = f"""CASE WHEN k > {CALLS} THEN {CUSTOMERS} + 1 + k % {max(CUSTOMERS // 20, 1)}
        WHEN k % 100 = 0 THEN 1 + (k / 100) % {HEAVY}
        ELSE 1 + k::bigint * 7919 % {CUSTOMERS} END"""
    source = f"""FROM (SELECT k, CASE WHEN k % 10 = 3 THEN NULL ELSE {whose} END AS c,
            k % 5 = 1 AS is_out, {rng("k", 20, 10)} < 8 AS is_answered,
            {rng("k", 21, TEAMS)} AS t, {rng("k", 22, AGENTS // TEAMS)} AS a,
            k <= {CALLS} AS is_big,
            now() - {_back("k", CALLS)} * interval '6 seconds' AS at,
            CASE WHEN k % 10 = 3 THEN '139' || lpad(({rng("k", 23, 500_000)})::text, 8, '0')
                ELSE '138' || lpad(({whose})::text, 8, '0') END AS number
        FROM generate_series(1, {every}) k) made ORDER BY k"""  # noqa: S608 - our own numbers
    by = f"{agent} + t + {TEAMS} * a"
    call = {
        "id": "k",
        "tenant_id": f"CASE WHEN is_big THEN {company} ELSE {company + 1} END",
        "customer_id": "c",
        "node": "'pbx1'",
        "linkedid": "'1700000000.' || lpad(k::text, 9, '0')",
        "direction": "CASE WHEN is_out THEN 'out' ELSE 'in' END",
        "status": "'ended'",
        "outcome": "CASE WHEN is_answered THEN 'answered' ELSE 'abandoned' END",
        "caller": "CASE WHEN is_out THEN '1001' ELSE number END",
        "caller_lookup": "CASE WHEN is_out THEN '1001' ELSE '+86' || number END",
        "dialled": "CASE WHEN is_out THEN number ELSE '4008001234' END",
        "dialled_lookup": "CASE WHEN is_out THEN '+86' || number ELSE '+864008001234' END",
        "queue_name": "CASE WHEN is_out THEN '' ELSE 'big-' || 8000 + t END",
        "queue_number": "CASE WHEN is_out THEN '' ELSE (8000 + t)::text END",
        "queue_department_id": f"CASE WHEN is_big AND NOT is_out THEN {team} + t END",
        "agent_id": f"CASE WHEN is_big AND (is_answered OR is_out) THEN {by} END",
        "path": """'[{"node": "welcome", "keys": ""}, {"node": "menu", "keys": "1"}]'""",
        "started_at": "at",
        "answered_at": "CASE WHEN is_answered THEN at + interval '20 seconds' END",
        "ended_at": "at + interval '2 minutes'",
        "wait_ms": "5000",
        "talk_ms": "CASE WHEN is_answered THEN 90000 END",
    }
    insert(Call, call, source)
    calls = "FROM calls_call k"
    owned = {"tenant_id": "k.tenant_id", "call_id": "k.id"}
    at = {"started_at": "k.started_at + interval '20 seconds'"}
    his = {**owned, "agent_id": "k.agent_id", "uniqueid": "k.linkedid || '.1'"}
    leg = {**his, **at, "kind": "'agent'", "ended_at": "k.ended_at"}
    insert(Leg, leg, calls + " WHERE k.agent_id IS NOT NULL ORDER BY k.id")
    # Each seventh was offered to a colleague before, who did not answer.
    offered = {
        **leg,
        "agent_id": f"{agent} + (k.agent_id - {agent} + {TEAMS}) % {AGENTS}",
        "uniqueid": "k.linkedid || '.0'",
        "offered_at": "k.started_at",
    }
    insert(Leg, offered, calls + " WHERE k.agent_id IS NOT NULL AND k.id % 7 = 0 ORDER BY k.id")
    of = f"ARRAY[{', '.join(map(str, dispositions))}]"
    done = " WHERE k.agent_id IS NOT NULL AND k.outcome = 'answered' ORDER BY k.id"
    recording = {
        **owned,
        **at,
        "agent_id": "k.agent_id",
        "leg_uniqueid": "k.linkedid || '.1'",
        "path": "'2026/11/' || k.linkedid || '.wav'",
        "state": "'ready'",
        "duration_ms": "90000",
    }
    insert(Recording, recording, calls + done)
    chosen = {
        **owned,
        "agent_id": "k.agent_id",
        "disposition_id": f"({of})[1 + {rng('k.id', 30, len(dispositions))}]",
        "chosen_at": "k.ended_at",
    }
    insert(CallDisposition, chosen, calls + done)


def fill() -> None:
    """Load all of it; as superuser."""
    from apps.calls.models import Call, Leg
    from apps.core.tenancy import all_tenants
    from apps.customers.models import (
        Customer,
        CustomerChange,
        CustomerEmail,
        CustomerNote,
        CustomerNumber,
    )
    from apps.dispositions.models import CallDisposition
    from apps.recordings.models import Recording
    from tests.bench.filling import prepare, protect, settle, without_indexes

    prepare()
    with all_tenants("the bench fills every company"):
        company, team, agent, person = people()
        dispositions = words(company)
        signs_load()
        with without_indexes(Customer, CustomerNumber, CustomerEmail, CustomerNote, CustomerChange):
            customers_load(company, agent, person)
        with without_indexes(Call, Leg, Recording, CallDisposition):
            calls_load(company, team, agent, dispositions)
        protect()
        settle()


if __name__ == "__main__":
    set_up(sys.argv[1])
    fill()
