"""The demo companies: people, queues, numbers, customers. The numbers are a stable contract."""

from dataclasses import dataclass
from decimal import Decimal

from apps.accounts.choices import Role
from apps.demo.articles import ARTICLES, SYNONYMS, ArticleData


@dataclass(frozen=True)
class Person:
    """One who signs in; the password is `demo-<login>`. `number` is '' for who has no phone.

    A number without queues is a phone to listen and to call with.
    """

    login: str
    name: str
    role: Role
    department: str
    number: str = ""
    queues: tuple[str, ...] = ()


@dataclass(frozen=True)
class QueueData:
    """One queue."""

    number: str
    name: str
    department: str


@dataclass(frozen=True)
class CustomerData:
    """One customer; `owner` is an agent number, the first phone number is the main one."""

    name: str
    numbers: tuple[str, ...]
    level: str
    account: str
    pin: str
    balance: Decimal | None
    owner: str = ""
    note: str = ""


@dataclass(frozen=True)
class SurveyData:
    """A survey of one question, asked in a queue; a score up to `bad_up_to` makes a task."""

    name: str
    queue: str
    question: str
    labels: str
    bad_up_to: int


@dataclass(frozen=True)
class CompanyData:
    """One company. `entries` maps a number dialled to (flow key, fall-back queue number).

    `calendars` are (name, hours of the workdays); closed on weekends and public holidays.
    """

    slug: str
    name: str
    departments: tuple[str, ...]
    people: tuple[Person, ...]
    queues: tuple[QueueData, ...]
    customers: tuple[CustomerData, ...]
    blacklist: tuple[tuple[str, str], ...]
    entries: tuple[tuple[str, str, str], ...]
    api_token: str
    calendars: tuple[tuple[str, str], ...] = ()
    surveys: tuple[SurveyData, ...] = ()
    articles: tuple[ArticleData, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()


SALES, SUPPORT, OFFICE = "销售部", "技术支持部", "总经办"

DEMO = CompanyData(
    slug="demo",
    name="示例公司",
    departments=(OFFICE, SALES, SUPPORT),
    people=(
        Person("1001", "陈静", Role.AGENT, SALES, "1001", ("7001", "7000")),
        Person("1002", "刘洋", Role.AGENT, SALES, "1002", ("7001", "7000")),
        Person("1003", "杨帆", Role.AGENT, SALES, "1003", ("7001", "7000")),
        Person("1004", "黄磊", Role.AGENT, SUPPORT, "1004", ("7002", "7021", "7022")),
        Person("1005", "吴敏", Role.AGENT, SUPPORT, "1005", ("7002", "7021", "7022")),
        Person("1006", "徐丽", Role.AGENT, SUPPORT, "1006", ("7002", "7021", "7022")),
        Person("1101", "孙班长", Role.TEAM_LEAD, SALES, "1101"),
        Person("1102", "马班长", Role.TEAM_LEAD, SUPPORT, "1102"),
        Person("1201", "朱质检", Role.INSPECTOR, OFFICE, "1201"),
        Person("admin", "管理员", Role.ADMIN, OFFICE, "1900"),
    ),
    queues=(
        QueueData("7000", "总机", SALES),
        QueueData("7001", "销售", SALES),
        QueueData("7002", "技术支持", SUPPORT),
        QueueData("7021", "硬件支持", SUPPORT),
        QueueData("7022", "软件支持", SUPPORT),
    ),
    customers=(
        CustomerData(
            "王芳",
            ("13800138000", "02088886666"),
            "vip",
            "880001",
            "246810",
            Decimal("1280.50"),
            owner="1001",
            note="重要客户，喜欢下午联系。",
        ),
        CustomerData("李强", ("13900139000",), "normal", "880002", "135790", Decimal("36.00")),
        CustomerData("赵磊", ("13700137000",), "normal", "", "", None),
    ),
    blacklist=(("13700137000", "骚扰电话"),),
    entries=(
        ("4008001000", "main", "7000"),
        ("4008002000", "support", "7002"),
        ("4008003000", "closed", ""),
        ("4008009000", "tone", ""),
    ),
    api_token="demo-admin-token",  # noqa: S106 - the demo's published token
    calendars=(("工作时间", "09:00-12:00, 13:30-18:00"),),
    surveys=(
        SurveyData(
            "满意度",
            "7001",
            "请对本次服务评分",
            "1 = 非常不满意\n2 = 不满意\n3 = 一般\n4 = 满意\n5 = 非常满意",
            bad_up_to=2,
        ),
    ),
    articles=ARTICLES,
    synonyms=SYNONYMS,
)

COMPANY_B = CompanyData(
    slug="b",
    name="乙公司",
    departments=("客服部",),
    people=(
        Person("b-admin", "乙管理员", Role.ADMIN, "客服部"),
        Person("b-2001", "乙坐席", Role.AGENT, "客服部", "2001", ("7001",)),
    ),
    queues=(QueueData("7001", "客服", "客服部"),),
    customers=(),
    blacklist=(),
    entries=(("4008005000", "company_b", "7001"),),
    api_token="demo-b-admin-token",  # noqa: S106 - the demo's published token
)

COMPANIES = (DEMO, COMPANY_B)
