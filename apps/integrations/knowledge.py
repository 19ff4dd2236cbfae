"""The knowledge base over the API: search, read, write drafts."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import NotFoundError
from apps.integrations.access import CompanyViewMixin
from apps.integrations.pagination import PagedListMixin
from apps.knowledge import services
from apps.knowledge.category_tree import category_and_below, category_nodes
from apps.knowledge.choices import ReadFrom
from apps.knowledge.engine.query import MAX_QUERY
from apps.knowledge.models import MAX_TITLE, Article, ArticleDraft
from apps.knowledge.search import article_search, articles_in_order
from apps.knowledge.selectors import (
    article_get_for,
    article_list_for,
    article_work_get_for,
    draft_of,
)
from apps.knowledge.usage import article_read

MAX_KEY = 2**31 - 1


class CategorySerializer(serializers.Serializer[Any]):
    """One category; `path` from the top of the tree."""

    id = serializers.IntegerField(source="row.pk")
    parent_id = serializers.IntegerField(source="row.parent_id", allow_null=True)
    name = serializers.CharField(source="row.name")
    path = serializers.CharField()
    is_archived = serializers.BooleanField()


class ArticleSerializer(serializers.ModelSerializer[Article]):
    """A published article without its body; times UTC."""

    version = serializers.IntegerField(source="version.number")
    category_id = serializers.IntegerField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(), source="version.tags")
    owner = serializers.CharField(source="owner.username")

    class Meta:
        model = Article
        fields: tuple[str, ...] = (
            "id",
            "title",
            "version",
            "category_id",
            "tags",
            "owner",
            "published_at",
            "review_on",
            "expires_on",
            "helpful",
            "unhelpful",
        )
        read_only_fields = fields


class ArticleBodySerializer(ArticleSerializer):
    """A published article; `body` is clean HTML, `text` the same without it."""

    body = serializers.CharField(source="version.body")
    text = serializers.CharField(source="version.text")

    class Meta(ArticleSerializer.Meta):
        fields = (*ArticleSerializer.Meta.fields, "body", "text")
        read_only_fields = fields


class DraftSerializer(serializers.ModelSerializer[ArticleDraft]):
    """What is being written; `number` is sent back with the next save."""

    article_id = serializers.IntegerField()
    tags = serializers.ListField(child=serializers.CharField())
    keywords = serializers.ListField(child=serializers.CharField())
    edited_by = serializers.CharField(source="edited_by.username", default=None, allow_null=True)

    class Meta:
        model = ArticleDraft
        fields = (
            "article_id",
            "state",
            "number",
            "title",
            "body",
            "tags",
            "keywords",
            "reject_reason",
            "edited_by",
            "edited_at",
        )
        read_only_fields = fields


class WriteSerializer(serializers.Serializer[Any]):
    """A new article's text. HTML is cleaned before it is kept."""

    title = serializers.CharField(max_length=MAX_TITLE)
    body = serializers.CharField(required=False, allow_blank=True, default="")
    tags = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=20, default=list
    )
    keywords = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=20, default=list
    )
    category_id = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=MAX_KEY
    )


class ChangeSerializer(serializers.Serializer[Any]):
    """A change of a draft; what is left out stays. `number` is the draft's that was read."""

    number = serializers.IntegerField(min_value=0, max_value=MAX_KEY)
    title = serializers.CharField(max_length=MAX_TITLE, required=False)
    body = serializers.CharField(required=False, allow_blank=True)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=20
    )
    keywords = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=20
    )


class SeenSerializer(serializers.Serializer[Any]):
    """Which draft was read."""

    number = serializers.IntegerField(min_value=0, max_value=MAX_KEY)
    note = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")


class ArticleFilterSerializer(serializers.Serializer[Any]):
    """What articles can be asked for by."""

    q = serializers.CharField(
        required=False, max_length=MAX_QUERY, help_text="Words; the best match comes first."
    )
    category = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_KEY, help_text="And those below it."
    )
    tag = serializers.CharField(required=False, max_length=40)


class KnowledgeViewSet(
    CompanyViewMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Article],
):
    """The articles that the token's person reads, and the drafts that he writes."""

    serializer_class = ArticleSerializer
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> "QuerySet[Article]":
        """Return the articles in sight; nothing for the schema generator."""
        if self.has_no_rows:
            return Article.objects.none()
        return article_list_for(user=self._user)

    @extend_schema(parameters=[ArticleFilterSerializer])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return published articles: by `q` the best match first (200 at most), else the newest."""
        asked = ArticleFilterSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        text, tag = asked.validated_data.get("q", ""), asked.validated_data.get("tag", "")
        category = asked.validated_data.get("category")
        if text or tag:
            found = article_search(user=self._user, text=text or tag, category_id=category, tag=tag)
            keys: Any = self.paginate_queryset(list(found.keys))
            page: Any = articles_in_order(self._user, keys)
        else:
            rows = self.get_queryset()
            if category is not None:
                rows = rows.filter(category__in=category_and_below(category))
            page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses=ArticleBodySerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one published article with its body; the reading is counted."""
        found = article_get_for(user=self._user, pk=int(kwargs["pk"]))
        article_read(article=found, user=self._user, source=ReadFrom.API)
        return Response(ArticleBodySerializer(found).data)

    @extend_schema(request=WriteSerializer, responses={201: DraftSerializer})
    def create(self, request: Request) -> Response:
        """Begin an article; its draft is handed in and published by people."""
        said = WriteSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        values = dict(said.validated_data)
        category = values.pop("category_id")
        article = services.article_create(
            user=self._user,
            text={
                "title": values["title"],
                "body": values["body"],
                "tags": values["tags"],
                "keywords": values["keywords"],
            },
            category_id=category,
        )
        return Response(DraftSerializer(draft_of(article)).data, status=201)

    @extend_schema(responses=DraftSerializer)
    @action(detail=True, methods=["get"])
    def draft(self, request: Request, pk: str = "") -> Response:
        """Return what is being written of an article; 404 when nothing is."""
        return Response(DraftSerializer(self._draft(pk)).data)

    @extend_schema(request=ChangeSerializer, responses=DraftSerializer)
    @draft.mapping.patch
    def draft_change(self, request: Request, pk: str = "") -> Response:
        """Change a draft; 409 when somebody has saved since it was read: then it is kept beside."""
        # Whose it is comes first: a stranger learns nothing from what his body lacks.
        article_work_get_for(user=self._user, pk=int(pk))
        said = ChangeSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        draft = self._draft(pk, begin=True)
        values = said.validated_data
        services.draft_save(
            article=draft.article,
            user=self._user,
            seen=values["number"],
            text={
                "title": values.get("title", draft.title),
                "body": values.get("body", draft.body),
                "tags": values.get("tags", draft.tags),
                "keywords": values.get("keywords", draft.keywords),
            },
        )
        draft.refresh_from_db()
        return Response(DraftSerializer(draft).data)

    @extend_schema(request=SeenSerializer, responses=DraftSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str = "") -> Response:
        """Hand a draft in for review; 409 when it has changed since it was read."""
        draft = self._draft(pk)
        said = SeenSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        services.draft_submit(
            article=draft.article,
            user=self._user,
            seen=said.validated_data["number"],
            note=said.validated_data["note"],
        )
        draft.refresh_from_db()
        return Response(DraftSerializer(draft).data)

    def _draft(self, pk: str, *, begin: bool = False) -> ArticleDraft:
        article = article_work_get_for(user=self._user, pk=int(pk))
        draft = draft_of(article)
        if draft is None and begin:
            draft = services.draft_begin(article=article, user=self._user)
        if draft is None:
            raise NotFoundError(f"draft of {pk}")
        return draft


class KnowledgeCategoryViewSet(PagedListMixin, CompanyViewMixin, viewsets.ViewSet):
    """The company's categories, each before those below it; archived ones too."""

    @extend_schema(responses=CategorySerializer(many=True))
    def list(self, request: Request) -> Response:
        """Return the whole tree."""
        return self.paged(request, category_nodes(), CategorySerializer)
