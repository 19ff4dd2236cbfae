"""Articles, their versions and drafts, and where they lie. Written by the services only."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import Department, User
from apps.calls.models import Call
from apps.core.models import TenantModel
from apps.knowledge.choices import ArticleState, DraftState, PinKind, ReadFrom

MAX_TITLE = 200


class Category(TenantModel):
    """A node of the company's tree of categories; archived, never deleted."""

    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    position = models.PositiveIntegerField(default=0)
    is_archived = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "parent", "name"],
                condition=models.Q(parent__isnull=False),
                name="knowledge_category_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=models.Q(parent__isnull=True),
                name="knowledge_category_once_on_top",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Article(TenantModel):
    """One article: who answers for it and who reads it. Its text is a version's or a draft's."""

    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="articles"
    )
    title = models.CharField(
        _("title"), max_length=MAX_TITLE, help_text="Of the version in force, else of the draft."
    )
    state = models.CharField(
        max_length=12, choices=ArticleState.choices, default=ArticleState.UNPUBLISHED
    )
    version = models.ForeignKey(
        "ArticleVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The version in force.",
    )
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_company_wide = models.BooleanField(default=True)
    departments = models.ManyToManyField(Department, through="ArticleDepartment", related_name="+")
    review_on = models.DateField(_("review on"), null=True, blank=True)
    expires_on = models.DateField(
        _("valid until"), null=True, blank=True, help_text="The last day on which it is read."
    )
    reminded_on = models.DateField(
        null=True, blank=True, help_text="For which review or expiry date the owner was reminded."
    )
    published_at = models.DateTimeField(null=True, blank=True)
    helpful = models.IntegerField(default=0, help_text="Votes for the version in force.")
    unhelpful = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        indexes = [
            # The list of what can be read, newest first; the beat job.
            models.Index(fields=["tenant", "state", "-published_at"], name="knowledge_newest"),
            models.Index(fields=["tenant", "category", "state"], name="knowledge_by_category"),
            models.Index(fields=["tenant", "owner"], name="knowledge_by_owner"),
        ]

    def __str__(self) -> str:
        return self.title


class ArticleDepartment(TenantModel):
    """A department that reads an article which is not the whole company's."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["article", "department"], name="knowledge_department_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.department_id}"


class ArticleText(TenantModel):
    """What a version, a draft and a kept copy have in common."""

    title = models.CharField(max_length=MAX_TITLE)
    body = models.TextField(blank=True, help_text="HTML, cleaned before it is kept.")
    tags = models.JSONField(default=list)
    keywords = models.JSONField(default=list, help_text="Found by them, though they are not shown.")

    class Meta:
        abstract = True


class ArticleVersion(ArticleText):
    """What was published. Never changed."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True, help_text="The body without its HTML.")
    written_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    published_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField()
    change_note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="knowledge_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"


class ArticleDraft(ArticleText):
    """What is being written; `number` grows with each save, so that nobody saves over another."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, related_name="draft")
    state = models.CharField(max_length=10, choices=DraftState.choices, default=DraftState.WRITING)
    number = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    edited_at = models.DateTimeField()
    submitted_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    change_note = models.CharField(max_length=200, blank=True)
    reject_reason = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.title} ({self.state})"


class DraftCopy(ArticleText):
    """A text that lost a race: kept beside the draft until somebody has looked at it."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="copies")
    kept_for = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kept_at = models.DateTimeField()

    class Meta:
        ordering = ["-kept_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class Attachment(TenantModel):
    """A file of an article; removed, it stays for the versions that show it."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=80, help_text="Media type, by content.")
    size_bytes = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256; the name in our store.")
    added_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_removed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        """Say whether a page may show it."""
        return self.kind.startswith("image/")


class ArticlePin(TenantModel):
    """Of which calls an article is offered first."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="pins")
    kind = models.CharField(max_length=10, choices=PinKind.choices)
    value = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "kind", "value"], name="knowledge_pin_once")
        ]
        # What to offer on a call.
        indexes = [models.Index(fields=["tenant", "kind", "value"], name="knowledge_pins")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class ArticleWord(TenantModel):
    """A word by which a published article is found, and how much it says of it.

    Plain rows and a B-tree: under row-level security PostgreSQL uses an index only with operators
    that are leak-proof. `=` is; `@@` of a tsvector and `%` of pg_trgm are not, and would read every
    article of every company.
    """

    # Both are found by the indexes below; two more would be a gigabyte in a large company.
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
    )
    word = models.CharField(max_length=40)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+", db_index=False)
    weight = models.SmallIntegerField()
    created_at = None  # type: ignore[assignment]  # millions of rows: nobody asks when
    updated_at = None  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "word"], name="knowledge_word_once")
        ]
        # Every search; all that it reads of this table lies in the index.
        indexes = [
            models.Index(
                fields=["tenant", "word", "-weight", "-article"], name="knowledge_words_best"
            )
        ]

    def __str__(self) -> str:
        return self.word


class SynonymGroup(TenantModel):
    """Words that mean the same to the company."""

    words = models.JSONField(default=list)

    class Meta:
        verbose_name = _("synonyms")
        verbose_name_plural = _("synonyms")
        ordering = ["pk"]

    def __str__(self) -> str:
        return ", ".join(self.words)


class ArticleVote(TenantModel):
    """What one person thinks of one version."""

    version = models.ForeignKey(ArticleVersion, on_delete=models.CASCADE, related_name="votes")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    is_helpful = models.BooleanField()
    comment = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "user"], name="knowledge_vote_once")
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.is_helpful}"


class ArticleRead(TenantModel):
    """One reading of an article."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey(
        Call, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    source = models.CharField(max_length=8, choices=ReadFrom.choices)

    class Meta:
        indexes = [
            # A person's recent ones; what nobody has read since a day.
            models.Index(fields=["user", "-at"], name="knowledge_recent"),
            models.Index(fields=["article", "-at"], name="knowledge_read"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.at}"


class CallArticle(TenantModel):
    """An article that helped in a call: the agent said so."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ArticleVersion, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["call", "article"], name="knowledge_call_once")
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.article_id}"


class Favourite(TenantModel):
    """An article that a person wants at hand."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "article"], name="knowledge_favourite_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.article_id}"


class SearchMiss(TenantModel):
    """What was looked for and not found."""

    text = models.CharField(pgettext_lazy("search", "what was typed"), max_length=80)
    times = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    is_done = models.BooleanField(default=False, help_text="Somebody has seen to it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "text"], name="knowledge_miss_once")
        ]

    def __str__(self) -> str:
        return self.text
