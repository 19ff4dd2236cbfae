"""Data imports over the API: send a file, start, watch, read the faults."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import NotFoundError
from apps.imports import services
from apps.imports.choices import Duplicates, Mode, State
from apps.imports.engine.mapping import template_mapping
from apps.imports.errors import MappingError
from apps.imports.models import ImportRun
from apps.imports.selectors import import_errors, import_list_for, template_list
from apps.imports.targets import target_get
from apps.imports.tasks import import_work_later
from apps.imports.texts import run_problem
from apps.imports.worker import import_work
from apps.integrations.access import CompanyViewMixin

MOST_FAULTS = 1_000


class ImportSerializer(serializers.ModelSerializer[ImportRun]):
    """One import; `rows_read` is always created + updated + skipped + failed."""

    percent = serializers.IntegerField(read_only=True)
    problem = serializers.SerializerMethodField()
    mapping = serializers.DictField(child=serializers.CharField(), help_text="Column -> field.")

    class Meta:
        model = ImportRun
        fields = (
            "id", "target", "file_name", "job", "state", "percent", "rows_all", "rows_read",
            "created", "updated", "skipped", "failed", "problem", "duplicates", "mode", "header",
            "mapping", "created_at", "ended_at",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {"header": {"help_text": "The names of the file's columns."}}

    def get_problem(self, run: ImportRun) -> str:
        """Return why it failed, empty otherwise."""
        return run_problem(run.problem)


class ImportAskSerializer(serializers.Serializer[Any]):
    """A file, what it is for, and how."""

    file = serializers.FileField(help_text="CSV or XLSX.")
    target = serializers.CharField(max_length=30, help_text="`customers` or `blacklist`.")
    template = serializers.CharField(
        max_length=60, required=False, help_text="Columns kept under this name; else guessed."
    )
    duplicates = serializers.ChoiceField(choices=Duplicates.choices, default=Duplicates.SKIP)
    mode = serializers.ChoiceField(choices=Mode.choices, default=Mode.BEST_EFFORT)


class FaultSerializer(serializers.Serializer[Any]):
    """Why a row was not kept; `column` is empty when it is the whole row's."""

    row = serializers.IntegerField()
    column = serializers.CharField(allow_blank=True)
    value = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()


class ImportViewSet(
    CompanyViewMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[ImportRun],
):
    """The imports that the token's person may see: a lead's own, an admin's all."""

    serializer_class = ImportSerializer
    lookup_value_regex = "[0-9]{1,18}"
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> "QuerySet[ImportRun]":
        """Return the imports in sight; nothing for the schema generator."""
        if self.has_no_rows:
            return ImportRun.objects.none()
        return import_list_for(self._user)

    @extend_schema(request=ImportAskSerializer, responses={202: ImportSerializer})
    def create(self, request: Request) -> Response:
        """Take a file, read it, and import it in the background; ask for it by `id` again.

        When its columns cannot be guessed, the answer is 400 `imports.mapping`: keep a template on
        the page of imports first.
        """
        asked = ImportAskSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wish = asked.validated_data
        run = services.import_upload(
            user=self._user,
            target=wish["target"],
            file_name=wish["file"].name or "",
            pieces=wish["file"].chunks(),
        )
        while import_work(run.pk):
            pass
        run.refresh_from_db()
        if run.state != State.READY:
            raise MappingError(run_problem(run.problem))
        mapping = run.columns
        if name := wish.get("template"):
            template = template_list(run.target).filter(name=name).first()
            if template is None:
                raise NotFoundError(f"template {name!r}")
            fields = target_get(run.target).fields()
            mapping = template_mapping(template.columns, run.header, fields)
        run = services.import_map(
            run=run, mapping=mapping, duplicates=wish["duplicates"], mode=wish["mode"]
        )
        run = services.import_start(run=run, user=self._user)
        import_work_later(run)
        return Response(self.get_serializer(run).data, status=202)

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str = "") -> Response:
        """Stop it; what its mode promises is what stays. Harmless when it is over."""
        run = self.get_object()
        services.import_cancel(run=run, user=self._user)
        run.refresh_from_db()
        return Response(self.get_serializer(run).data)

    @extend_schema(responses=FaultSerializer(many=True))
    @action(detail=True, pagination_class=None)
    def faults(self, request: Request, pk: str = "") -> Response:
        """Return why rows were not kept, at most 1,000 faults; the page has them all as a file."""
        found = []
        for number, _cells, faults in import_errors(self.get_object()):
            found += [
                {"row": number, "column": column, "value": value, "reason": why}
                for column, value, why in faults
            ]
            if len(found) >= MOST_FAULTS:
                break
        return Response(FaultSerializer(found[:MOST_FAULTS], many=True).data)
