"""The knowledge base in Django admin, to look at only: it is worked on in the console."""

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.knowledge.models import Article, Category, SynonymGroup


@admin.register(Article)
class ArticleAdmin(ReadOnlyTenantAdmin):
    """The company's articles."""

    list_display = ("title", "category", "state", "owner", "review_on", "expires_on")
    list_filter = ("state",)
    search_fields = ("title",)


@admin.register(Category)
class CategoryAdmin(ReadOnlyTenantAdmin):
    """The tree of categories."""

    list_display = ("name", "parent", "position", "is_archived")


@admin.register(SynonymGroup)
class SynonymGroupAdmin(ReadOnlyTenantAdmin):
    """Words that mean the same."""

    list_display = ("words",)
