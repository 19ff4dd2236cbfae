"""Write articles: draft, save, hand in, decide, publish, expire, archive, go back.

Who may is asked first, then the state is changed by one conditional update or under the article's
lock, and each change is audited. A published version is never changed.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import NotFoundError
from apps.knowledge.choices import ArticleState, DraftState
from apps.knowledge.engine.clean import clean_html, clean_text, is_too_deep
from apps.knowledge.engine.plain import html_text
from apps.knowledge.engine.words import article_words
from apps.knowledge.errors import (
    DatesError,
    DraftChangedError,
    IllegalStateError,
    InvalidArticleError,
    NothingToPublishError,
    ReasonMissingError,
    TooLongError,
)
from apps.knowledge.guards import (
    article_audit,
    article_lock,
    need_category,
    need_review,
    need_transition,
    need_work,
)
from apps.knowledge.models import (
    MAX_TITLE,
    Article,
    ArticleDraft,
    ArticleVersion,
    ArticleWord,
    DraftCopy,
)
from apps.knowledge.selectors import draft_of

MAX_BODY = 200_000
MAX_WORDS, MAX_WORD = 20, 40


class TextValues(TypedDict):
    """What somebody wrote, as it came."""

    title: str
    body: str
    tags: Sequence[str]
    keywords: Sequence[str]


def text_clean(text: TextValues) -> dict[str, Any]:
    """Return what may be kept of it. Raises InvalidArticleError, TooLongError."""
    title = clean_text(text["title"])
    if not 0 < len(title) <= MAX_TITLE:
        raise InvalidArticleError(str(len(title)))
    if len(text["body"]) > MAX_BODY * 5:  # Word's own markup is five times the text
        raise TooLongError(str(len(text["body"])))
    if is_too_deep(text["body"]):
        raise TooLongError("too deep")
    body = clean_html(text["body"])
    if len(body) > MAX_BODY:
        raise TooLongError(str(len(body)))
    return {
        "title": title,
        "body": body,
        "tags": _words(text["tags"]),
        "keywords": _words(text["keywords"]),
    }


def _words(given: Iterable[str]) -> list[str]:
    every = (clean_text(word)[:MAX_WORD] for word in given)
    return list(dict.fromkeys(word for word in every if word))[:MAX_WORDS]


def article_create(*, user: User, text: TextValues, category_id: int | None = None) -> Article:
    """Begin an article; the person owns it. Raises InvalidArticleError, NotFoundError."""
    assert user.tenant_id is not None  # noqa: S101 - who writes is a company's
    values = text_clean(text)
    need_category(category_id)
    with transaction.atomic():
        article: Article = Article.objects.create(
            tenant_id=user.tenant_id, title=values["title"], category_id=category_id, owner=user
        )
        ArticleDraft.objects.create(
            tenant_id=user.tenant_id,
            article=article,
            edited_by=user,
            edited_at=timezone.now(),
            **values,
        )
        article_audit(article, user, "create", {"title": article.title})
    return article


def draft_begin(*, article: Article, user: User) -> ArticleDraft:
    """Return the draft; without one it begins with the version in force."""
    need_work(user, article)
    with transaction.atomic():
        locked = article_lock(article)
        found = draft_of(locked)
        if found is not None:
            return found
        if locked.version is None or locked.state == ArticleState.ARCHIVED:
            raise IllegalStateError(str(article.pk))
        return _draft_from(locked, locked.version, user)


def _draft_from(article: Article, version: ArticleVersion, user: User) -> ArticleDraft:
    draft: ArticleDraft = ArticleDraft.objects.create(
        tenant_id=article.tenant_id,
        article=article,
        edited_by=user,
        edited_at=timezone.now(),
        title=version.title,
        body=version.body,
        tags=version.tags,
        keywords=version.keywords,
    )
    return draft


def draft_save(*, article: Article, user: User, seen: int, text: TextValues) -> int:
    """Save over the draft that the person has seen (`seen` is its number); return the new number.

    Raises DraftChangedError when somebody else was quicker: then what was sent is kept as a
    `DraftCopy`, so that neither text is lost. IllegalStateError while it is in review.
    """
    need_work(user, article)
    values = text_clean(text)
    with transaction.atomic():
        saved = ArticleDraft.objects.filter(
            article=article, number=seen, state=DraftState.WRITING
        ).update(
            **values,
            number=seen + 1,
            edited_by=user,
            edited_at=timezone.now(),
            updated_at=timezone.now(),
        )
        if saved:
            _title_follow(article, values["title"])
            return seen + 1
        draft = draft_of(article)
        if draft is not None and draft.state == DraftState.WRITING and _is_same(draft, values):
            return draft.number  # the same save again: its answer was lost
        if draft is None or draft.number != seen:
            _copy_keep(article, user, values)
            is_race = True
        else:
            is_race = False
    if is_race:
        raise DraftChangedError(str(article.pk))
    raise IllegalStateError(str(article.pk))


def _is_same(draft: ArticleDraft, values: dict[str, Any]) -> bool:
    return all(getattr(draft, name) == value for name, value in values.items())


def _title_follow(article: Article, title: str) -> None:
    """Let an article that nobody reads yet be called as its draft is."""
    Article.objects.filter(pk=article.pk, version=None).update(
        title=title, updated_at=timezone.now()
    )


def _copy_keep(article: Article, user: User, values: dict[str, Any]) -> None:
    """Keep a lost text once: an editor that saves by itself sends it again and again."""
    latest = DraftCopy.objects.filter(article=article, kept_for=user).first()
    if latest is not None and all(getattr(latest, name) == values[name] for name in values):
        return
    DraftCopy.objects.filter(article=article, kept_for=user).delete()
    DraftCopy.objects.create(
        tenant_id=article.tenant_id,
        article=article,
        kept_for=user,
        kept_at=timezone.now(),
        **values,
    )


def copy_take(*, article: Article, copy: DraftCopy, user: User, seen: int) -> int:
    """Make a kept copy the draft; the draft that the person has seen is kept in its place.

    Raises DraftChangedError, IllegalStateError.
    """
    need_work(user, article)
    with transaction.atomic():
        article_lock(article)
        draft = draft_of(article)
        if draft is None or draft.state != DraftState.WRITING:
            raise IllegalStateError(str(article.pk))
        if draft.number != seen:
            raise DraftChangedError(str(article.pk))
        mine = _text_of(copy)
        copy.delete()
        _copy_keep(article, draft.edited_by or user, _text_of(draft))
        return draft_save(article=article, user=user, seen=seen, text=mine)


def copy_drop(*, article: Article, copy: DraftCopy, user: User) -> None:
    """Let a kept copy go."""
    need_work(user, article)
    copy.delete()


def _text_of(row: ArticleDraft | DraftCopy | ArticleVersion) -> Any:
    return {"title": row.title, "body": row.body, "tags": row.tags, "keywords": row.keywords}


def draft_submit(*, article: Article, user: User, seen: int, note: str = "") -> None:
    """Hand the draft in for review. Raises NothingToPublishError, DraftChangedError."""
    need_work(user, article)
    draft = draft_of(article)
    if draft is None or draft.state != DraftState.WRITING:
        raise IllegalStateError(str(article.pk))
    if not html_text(draft.body) and "<img" not in draft.body:
        raise NothingToPublishError(str(article.pk))
    _draft_move(
        article,
        user,
        action="submit",
        seen=seen,
        to=DraftState.REVIEW,
        submitted_by=user,
        submitted_at=timezone.now(),
        change_note=clean_text(note)[:200],
        reject_reason="",
    )


def draft_withdraw(*, article: Article, user: User, seen: int) -> None:
    """Take the draft back out of review."""
    need_work(user, article)
    _draft_move(article, user, action="withdraw", seen=seen, to=DraftState.WRITING)


def draft_reject(*, article: Article, user: User, seen: int, reason: str) -> None:
    """Send the draft back with a reason. Raises ReasonMissingError, ForbiddenError."""
    need_review(user, article)
    reason = clean_text(reason)[:500]
    if not reason:
        raise ReasonMissingError(str(article.pk))
    _draft_move(
        article, user, action="reject", seen=seen, to=DraftState.WRITING, reject_reason=reason
    )


def _draft_move(
    article: Article, user: User, *, action: str, seen: int, to: DraftState, **values: Any
) -> None:
    from_ = DraftState.WRITING if to == DraftState.REVIEW else DraftState.REVIEW
    with transaction.atomic():
        moved = ArticleDraft.objects.filter(article=article, number=seen, state=from_).update(
            state=to, number=seen + 1, updated_at=timezone.now(), **values
        )
        if not moved:
            raise IllegalStateError(f"{article.pk} {from_} -> {to}")
        Article.objects.filter(pk=article.pk).update(updated_at=timezone.now())
        detail = {"reason": values["reject_reason"]} if values.get("reject_reason") else {}
        article_audit(article, user, action, detail)


def draft_approve(*, article: Article, user: User, seen: int) -> ArticleVersion:
    """Publish the draft as the next version; the earlier ones stay.

    Raises ForbiddenError for who may not decide, IllegalStateError when it is not in review, or
    not as the person has seen it.
    """
    need_review(user, article)
    with transaction.atomic():
        locked = article_lock(article)
        draft = draft_of(locked)
        if draft is None or draft.state != DraftState.REVIEW or draft.number != seen:
            raise IllegalStateError(str(article.pk))
        last = locked.versions.order_by("-number").first()
        version: ArticleVersion = ArticleVersion.objects.create(
            tenant_id=locked.tenant_id,
            article=locked,
            number=(last.number if last else 0) + 1,
            text=html_text(draft.body),
            written_by=draft.submitted_by,
            published_by=user,
            published_at=timezone.now(),
            change_note=draft.change_note,
            **_text_of(draft),
        )
        draft.delete()
        _publish(locked, version)
        article_audit(locked, user, "publish", {"version": version.number, "title": version.title})
    article.refresh_from_db()
    return version


def _publish(article: Article, version: ArticleVersion) -> None:
    need_transition(article, ArticleState.PUBLISHED)
    today = timezone.localdate()
    if article.expires_on is not None and article.expires_on < today:
        raise DatesError(str(article.expires_on))
    article.version, article.title = version, version.title
    article.state = ArticleState.PUBLISHED
    article.published_at = version.published_at
    article.helpful = article.unhelpful = 0
    article.save()
    article_index(article)


def article_index(article: Article) -> None:
    """Write anew by which words the article is found; none unless it is published."""
    ArticleWord.objects.filter(article=article).delete()
    version = article.version
    if version is None or article.state != ArticleState.PUBLISHED:
        return
    found = article_words(
        title=version.title, tags=version.tags, keywords=version.keywords, text=version.text
    )
    ArticleWord.objects.bulk_create(
        (
            ArticleWord(tenant_id=article.tenant_id, article=article, word=word, weight=weight)
            for word, weight in sorted(found.items())
        ),
        batch_size=2_000,
    )


def version_restore(*, article: Article, version: ArticleVersion, user: User) -> ArticleDraft:
    """Begin a new draft with an old version; what was being written is kept beside it.

    Raises IllegalStateError while a draft is in review or the article is archived.
    """
    need_work(user, article)
    with transaction.atomic():
        locked = article_lock(article)
        if version.article_id != locked.pk:
            raise NotFoundError(f"version {version.pk}")
        draft = draft_of(locked)
        if locked.state == ArticleState.ARCHIVED or (draft and draft.state == DraftState.REVIEW):
            raise IllegalStateError(str(article.pk))
        if draft is not None:
            _copy_keep(locked, draft.edited_by or user, _text_of(draft))
            draft_save(article=locked, user=user, seen=draft.number, text=_text_of(version))
            draft.refresh_from_db()
        else:
            draft = _draft_from(locked, version, user)
        article_audit(locked, user, "restore_version", {"version": version.number})
    return draft


def draft_discard(*, article: Article, user: User, seen: int) -> None:
    """Give up the changes of an article that has a version. Raises IllegalStateError."""
    need_work(user, article)
    with transaction.atomic():
        locked = article_lock(article)
        if locked.version is None:
            raise IllegalStateError(str(article.pk))
        gone, _ = ArticleDraft.objects.filter(article=locked, number=seen).delete()
        if not gone:
            raise IllegalStateError(str(article.pk))
        article_audit(locked, user, "discard_draft", {})
