"""Addresses of the knowledge base, below `knowledge/`."""

from django.urls import path

from apps.console.knowledge import calls, keeping, pages, writing

ACTIONS = (
    "begin",
    "submit",
    "withdraw",
    "reject",
    "approve",
    "discard",
    "archive",
    "unarchive",
)

urlpatterns = [
    path("", pages.knowledge, name="knowledge"),
    path("new/", writing.article_new, name="knowledge-new"),
    path("work/", writing.work, name="knowledge-work"),
    path("categories/", keeping.categories, name="knowledge-categories"),
    path("categories/new/", keeping.category_new, name="knowledge-category-new"),
    path("categories/<int:pk>/", keeping.category_save, name="knowledge-category"),
    path("synonyms/", keeping.synonyms, name="knowledge-synonyms"),
    path("synonyms/new/", keeping.synonyms_save, name="knowledge-synonyms-new"),
    path("synonyms/<int:pk>/", keeping.synonyms_save, name="knowledge-synonyms-save"),
    path("insights/", keeping.insights, name="knowledge-insights"),
    path("misses/<int:pk>/done/", keeping.miss_done, name="knowledge-miss-done"),
    path("files/<int:pk>/", keeping.file, name="knowledge-file"),
    path("files/<int:pk>/remove/", keeping.file_remove, name="knowledge-file-remove"),
    path("calls/<int:call_pk>/panel/", calls.panel, name="knowledge-panel"),
    path("calls/<int:call_pk>/used/<int:pk>/", calls.used, name="knowledge-used"),
    path("<int:pk>/", pages.article, name="knowledge-article"),
    path("<int:pk>/print/", pages.article_print, name="knowledge-print"),
    path("<int:pk>/vote/", pages.vote, name="knowledge-vote"),
    path("<int:pk>/favourite/", pages.favourite, name="knowledge-favourite"),
    path("<int:pk>/edit/", writing.edit, name="knowledge-edit"),
    path("<int:pk>/draft/", writing.draft_save, name="knowledge-draft"),
    path("<int:pk>/files/", keeping.file_add, name="knowledge-file-add"),
    path("<int:pk>/direct/", writing.direct, name="knowledge-direct"),
    path("<int:pk>/copies/<int:copy_pk>/", writing.copy_act, name="knowledge-copy"),
    path("<int:pk>/versions/", writing.versions, name="knowledge-versions"),
    path("<int:pk>/versions/<int:number>/", writing.version, name="knowledge-version"),
    path(
        "<int:pk>/versions/<int:number>/restore/",
        writing.version_restore,
        name="knowledge-version-restore",
    ),
    *(
        path(f"<int:pk>/{action}/", writing.act, {"action": action}, name=f"knowledge-{action}")
        for action in ACTIONS
    ),
]
