"""Answers of the API when something is wrong."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from apps.core.errors import HuawuError


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer our own errors with their code, text and status; the rest is DRF's."""
    if isinstance(error, HuawuError):
        return Response({"code": error.code, "detail": str(error.text)}, status=error.status)
    return drf_exception_handler(error, context)
