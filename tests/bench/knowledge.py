"""Knowledge at size: search among 50,000 articles.

    HUAWU_BENCH_KEEP=/var/tmp/bench python -m tests.bench.knowledge [part of a case's name]

PostgreSQL, as an ordinary role with row-level security in force; a second company has a tenth as
many. A third of the articles is for some departments only, a tenth is not published or expired.
Every article speaks of the customer, so that one search of it meets all of them. Asked is the
console's own page (asking.py), an article, and the panel beside a call. HUAWU_BENCH_ARTICLES makes
it smaller, and the figures say so.
"""

import io
import os
import random
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.bench.kept import ROLE, loaded_database
from tests.bench.lookup import set_up
from tests.bench.report import say

ARTICLES = int(os.environ.get("HUAWU_BENCH_ARTICLES") or 50_000)
ROWS = {"articles": ARTICLES}
AIM_MS = 100.0
PAGE = "/knowledge/"


def several(words: str) -> list[str]:
    """Return words."""
    return words.split()


THINGS = several(
    "空调 冰箱 洗衣机 热水器 路由器 宽带 手机 平板 电视 音箱 账单 发票 合同 套餐 "
    "会员 积分 优惠券 信用卡 储蓄卡 密码 验证码 地址 订单 包裹 快递 仓库 门店 保修卡 "
    "配件 遥控器 软件 系统 网络 信号 流量 短信 实名 认证 保险 贷款"
)
DEEDS = several(
    "退货 换货 维修 安装 退款 开通 取消 变更 查询 投诉 升级 注销 补办 挂失 "
    "解锁 充值 续费 预约 催办 验收 拆机 移机 清洗 检测 报废 延保 过户 冻结 "
    "核销 审批"
)
WAYS = several("流程 说明 条件 时限 费用 材料 步骤 常见问题 注意事项 话术 规定 标准")
PLAIN = several(
    "客户 请 先 核对 姓名 和 身份证 号码 然后 在 页面 上 填写 申请 "
    "由 主管 审核 通过 后 通知 对方 若 超过 三个 工作日 没有 结果 应当 "
    "再次 联系 技术 部门 并 记录 原因 以便 回访"
)
LATIN = several(
    "wifi router refund invoice install error E05 E17 5G APP iPhone Android Windows VIP"
)


def article_text(rng: random.Random) -> tuple[str, list[str], str]:
    """Return title, tags and text."""
    thing, deed, way = rng.choice(THINGS), rng.choice(DEEDS), rng.choice(WAYS)
    title = f"{thing}{deed}{way}"
    sentences = []
    for _ in range(rng.randrange(10, 25)):
        told = [*rng.sample(PLAIN, 9), rng.choice(THINGS), rng.choice(DEEDS), rng.choice(LATIN)]
        rng.shuffle(told)
        sentences.append("".join(told))
    text = f"客户要求{thing}{deed}时：" + "。".join(sentences) + "。"
    return title, [deed, rng.choice(THINGS)], text


def people(slug: str) -> tuple[int, int, int, list[int]]:
    """Make a company; return its id, that of its admin, of its category, and the departments'."""
    from apps.accounts.choices import Role
    from apps.accounts.models import Department, User
    from apps.knowledge.models import Category
    from apps.tenants.models import Tenant

    company = Tenant.objects.create(slug=slug, name=slug)
    category = Category.objects.create(tenant=company, name="全部")
    made = [Department.objects.create(tenant=company, name=f"部门{n}") for n in range(20)]
    admin = User.objects.create(
        tenant=company, username=f"{slug}-admin", role=Role.ADMIN, password="!"
    )
    for name, role in (("lead", Role.TEAM_LEAD), ("agent", Role.AGENT)):
        User.objects.create(
            tenant=company,
            username=f"{slug}-{name}",
            role=role,
            department=made[3],
            password="!",
        )
    return company.pk, admin.pk, category.pk, [row.pk for row in made]


def articles_load(slug: str, amount: int) -> None:
    """Load a company's articles, each with one version and its words."""
    from django.db import connection
    from django.utils import timezone

    from apps.knowledge.choices import ArticleState
    from apps.knowledge.engine.words import article_words
    from apps.knowledge.models import Article, ArticleDepartment, ArticleVersion, ArticleWord

    company, admin, category, departments = people(slug)
    rng, now = random.Random(slug), timezone.now()
    for begin in range(0, amount, 2_000):
        texts = [article_text(rng) for _ in range(min(2_000, amount - begin))]
        rows = Article.objects.bulk_create(
            Article(
                tenant_id=company,
                category_id=category,
                title=title,
                state=ArticleState.PUBLISHED if at % 20 else ArticleState.UNPUBLISHED,
                owner_id=admin,
                is_company_wide=at % 3 > 0,
                published_at=now - timedelta(minutes=begin + at),
                expires_on=(now - timedelta(days=9)).date() if at % 20 == 1 else None,
                helpful=rng.randrange(20),
            )
            for at, (title, _tags, _text) in enumerate(texts)
        )
        versions = ArticleVersion.objects.bulk_create(
            ArticleVersion(
                tenant_id=company,
                article=row,
                number=1,
                title=title,
                body=f"<p>{text}</p>",
                text=text,
                tags=tags,
                published_at=row.published_at,
            )
            for row, (title, tags, text) in zip(rows, texts, strict=True)
        )
        for row, version in zip(rows, versions, strict=True):
            row.version = version
        Article.objects.bulk_update(rows, ["version"], batch_size=500)
        ArticleDepartment.objects.bulk_create(
            ArticleDepartment(tenant_id=company, article=row, department_id=department)
            for row in rows
            if not row.is_company_wide
            for department in rng.sample(departments, 3)
        )

        def lines() -> Iterator[str]:
            for row, (title, tags, text) in zip(rows, texts, strict=True):  # noqa: B023
                if row.state == ArticleState.PUBLISHED:
                    found = article_words(title=title, tags=tags, keywords=[], text=text)
                    for word, weight in found.items():
                        yield f"{company}\t{word}\t{row.pk}\t{weight}\n"

        file = io.StringIO("".join(lines()))
        table = ArticleWord._meta.db_table
        with connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY {table} (tenant_id, word, article_id, weight) FROM STDIN", file
            )
        say(f"{slug}: {begin + len(rows):,} articles")


def fill() -> None:
    """Load two companies; as superuser."""
    from apps.core.tenancy import all_tenants
    from apps.knowledge.models import ArticleWord
    from tests.bench.filling import prepare, protect, settle, without_indexes

    prepare()
    with all_tenants("the bench fills every company"):
        with without_indexes(ArticleWord):
            articles_load("know", ARTICLES)
            articles_load("other", ARTICLES // 10)
        protect()
        settle()


def call_of_agent() -> int:
    """Return the key of a call that all three see, made at the first use."""
    from django.utils import timezone

    from apps.accounts.models import Agent, User
    from apps.acd.models import Queue
    from apps.calls.models import Call
    from apps.core.tenancy import tenant_scope

    user = User.objects.get(username="know-agent")
    assert user.tenant_id is not None
    with tenant_scope(user.tenant_id):
        owned = {"tenant_id": user.tenant_id}
        agent, _ = Agent.objects.get_or_create(
            user=user, defaults={**owned, "number": "8001", "sip_username": "know", "sip_ha1": "0"}
        )
        Queue.objects.get_or_create(number="7001", defaults={**owned, "name": "宽带报修"})
        told = {"agent": agent, "queue_number": "7001", "started_at": timezone.now()}
        steps = [{"node": "投诉"}, {"node": "退款"}]
        call, _ = Call.objects.get_or_create(
            node="bench", linkedid="bench-1.1", defaults={**owned, **told, "path": steps}
        )
    return int(call.pk)


def cases() -> dict[str, Any]:
    """Return what is typed."""
    rng = random.Random(2)
    panel = f"/knowledge/calls/{call_of_agent()}/panel/"

    def two(_turn: int = 0) -> str:
        return f"{rng.choice(THINGS)}{rng.choice(DEEDS)}"

    return {
        "a thing and a deed": lambda _: f"{PAGE}?q={two()}",
        "a whole question": lambda _: f"{PAGE}?q=请问{two()}怎么办，需要什么{rng.choice(WAYS)}",
        "one frequent word": lambda _: f"{PAGE}?q={rng.choice(DEEDS)}",
        "a word of all articles": lambda _: f"{PAGE}?q=客户",
        "two words of all articles": lambda _: f"{PAGE}?q=客户 工作日 身份证",
        "English": lambda _: f"{PAGE}?q={rng.choice(LATIN)} {rng.choice(LATIN)}",
        "one wrong letter": lambda _: f"{PAGE}?q={rng.choice(('instal', 'refnud', 'invioce'))}",
        "pinyin": lambda _: f"{PAGE}?q={rng.choice(('tuihuo', 'weixiu', 'kongtiao'))}",
        "signs that sound alike": lambda _: f"{PAGE}?q={rng.choice(('推货', '为修', '空条'))}流程",
        "nothing": lambda _: f"{PAGE}?q=xyzzy{rng.randrange(10**6)}",
        "no search, newest": lambda _: PAGE,
        "one article": lambda turn: f"{PAGE}{turn % 33 * 60 + 3}/",  # read by all
        "beside a call": lambda _: panel,
        "beside a call, a note": lambda _: f"{panel}?note=客户说{two()}后没有信号，想要{two()}",
        "beside a call, a long note": lambda _: (
            f"{panel}?note={'，'.join(two() for _ in range(30))}"
        ),
        "beside a call, typed": lambda _: f"{panel}?q={two()}",
    }


def measure(only: str) -> None:
    """Ask every case as every person."""
    from django.conf import settings

    from apps.core.management.commands.row_level_security import is_role_exempt
    from tests.bench.asking import PART, client_of, cost, tell

    if is_role_exempt():
        raise RuntimeError("the role must be bound by row-level security")
    settings.ALLOWED_HOSTS = ["*"]
    for username in ("know-admin", "know-lead", "know-agent"):
        client = client_of(username)
        for name, address in cases().items():
            if only in f"{username} {name}":
                found = cost(client, address, headers=PART)
                tell(f"knowledge, {name}, {username}, {ARTICLES:,} articles", found, AIM_MS)


def main() -> None:
    """Run a PostgreSQL with the articles, and measure in this process."""
    with loaded_database("tests.bench.knowledge", ROWS) as database:
        set_up(database.url("postgres", ROLE))
        measure(sys.argv[1] if len(sys.argv) > 1 else "")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].startswith("postgres://"):
        set_up(sys.argv[1])
        fill()
    else:
        main()
