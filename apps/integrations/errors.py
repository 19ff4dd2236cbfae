"""Answers of the API when something is wrong."""

from typing import Any

from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from apps.core.errors import HuawuError, NotFoundError


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer errors with `code`, `detail` and status; faults of fields stay by field."""
    if isinstance(error, HuawuError):
        body: dict[str, Any] = {"code": error.code, "detail": str(error.text)}
        # Some say it by field.
        if fields := getattr(error, "fields", None):
            body["fields"] = fields
        return Response(body, status=error.status)
    response = drf_exception_handler(error, context)
    if response is None or isinstance(error, ValidationError):
        return response
    if isinstance(response.data, dict) and isinstance(response.data.get("detail"), str):
        # Django's own 404 comes here too, without a code.
        code = error.default_code if isinstance(error, APIException) else NotFoundError.code
        response.data = {
            "code": code if "." in code else f"core.{code}",
            "detail": str(response.data["detail"]),
        }
    return response
