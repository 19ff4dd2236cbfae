"""Addresses of customers; a part of the console's."""

from django.urls import path

from apps.console.customers import (
    blacklist_pages,
    customer_pages,
    definition_pages,
    erasure_pages,
    merge_pages,
    pages,
)

urlpatterns = [
    path("customers/", pages.customers, name="customers"),
    path("customers/columns/", pages.customers_columns, name="customers-columns"),
    path("customers/count/", pages.customers_count, name="customers-count"),
    path("customers/deleted/", pages.customers_deleted, name="customers-deleted"),
    path("customers/figures/", pages.customer_figures_page, name="customer-figures"),
    path("customers/erasures/", erasure_pages.erasures, name="erasures"),
    path("customers/erasures/policy/", erasure_pages.policy, name="erasure-policy"),
    path("customers/erasures/<int:pk>/", erasure_pages.erasure, name="erasure"),
    path("customers/new/", customer_pages.customer_new, name="customer-new"),
    path("customers/attach/", customer_pages.attach, name="customer-attach"),
    path("customers/duplicates/", merge_pages.duplicates, name="duplicates"),
    path("customers/merges/<int:pk>/undo/", merge_pages.undo, name="merge-undo"),
    path("customers/settings/", definition_pages.definitions, name="customer-definitions"),
    path("customers/settings/policy/", definition_pages.policy, name="customer-policy"),
    path("customers/settings/fields/new/", definition_pages.field_form, name="field-new"),
    path("customers/settings/fields/<int:pk>/", definition_pages.field_form, name="field"),
    path(
        "customers/settings/fields/<int:pk>/delete/",
        definition_pages.field_delete,
        name="field-delete",
    ),
    path("customers/settings/tags/new/", definition_pages.tag, name="tag-new"),
    path("customers/settings/tags/<int:pk>/", definition_pages.tag, name="tag"),
    path("customers/settings/words/<str:kind>/new/", definition_pages.word, name="word-new"),
    path("customers/settings/words/<str:kind>/<int:pk>/", definition_pages.word, name="word"),
    path("customers/<int:pk>/", customer_pages.customer, name="customer"),
    path("customers/<int:pk>/edit/", customer_pages.customer_edit, name="customer-edit"),
    path("customers/<int:pk>/timeline/", customer_pages.timeline, name="customer-timeline"),
    path("customers/<int:pk>/notes/", customer_pages.note_add, name="customer-note-add"),
    path("customers/<int:pk>/numbers/", customer_pages.number_add, name="customer-number-add"),
    path(
        "customers/<int:pk>/numbers/<int:number_pk>/reveal/",
        customer_pages.reveal,
        name="number-reveal",
    ),
    path("customers/<int:pk>/delete/", customer_pages.customer_delete_page, name="customer-delete"),
    path("customers/<int:pk>/restore/", customer_pages.restore, name="customer-restore"),
    path("customers/<int:pk>/export/", erasure_pages.export, name="customer-export"),
    path("customers/<int:pk>/erase/", erasure_pages.erase, name="customer-erase"),
    path("customers/<int:pk>/merge/<int:other_pk>/", merge_pages.merge, name="customer-merge"),
    path(
        "customers/<int:pk>/not-the-same/<int:other_pk>/",
        merge_pages.dismiss,
        name="duplicate-dismiss",
    ),
    path("blacklist/", blacklist_pages.blacklist, name="blacklist"),
    path(
        "blacklist/<int:pk>/remove/", blacklist_pages.blacklist_remove_page, name="blacklist-remove"
    ),
]
