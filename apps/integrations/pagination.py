"""How lists of the API are cut into pages."""

from collections.abc import Sequence
from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer


class StandardPagination(PageNumberPagination):
    """`?page=` and `?page_size=` up to 200; answers `count`, `next`, `previous`, `results`."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class PagedListMixin:
    """A view whose list is no queryset: it comes in pages all the same."""

    pagination_class = StandardPagination

    def paged(
        self, request: Request, rows: Sequence[Any], serializer: type[BaseSerializer[Any]]
    ) -> Response:
        """Return the page of the rows that was asked for. Raises NotFound beyond the last."""
        pages = self.pagination_class()
        some: Any = pages.paginate_queryset(rows, request)
        shown = serializer(some, many=True, context={"request": request})
        return pages.get_paginated_response(shown.data)
