"""The API's addresses."""

from django.http import HttpRequest, JsonResponse
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.routers import DefaultRouter

from apps.core.errors import NotFoundError
from apps.integrations.agents import AgentViewSet
from apps.integrations.alarms import AlarmRuleViewSet, AlarmViewSet
from apps.integrations.call_backs import CallBackViewSet
from apps.integrations.calls import CallViewSet
from apps.integrations.customers import CustomerViewSet
from apps.integrations.dispositions import DispositionViewSet
from apps.integrations.imports import ImportViewSet
from apps.integrations.inspections import InspectionViewSet
from apps.integrations.knowledge import KnowledgeCategoryViewSet, KnowledgeViewSet
from apps.integrations.live import LiveCallViewSet
from apps.integrations.queues import QueueViewSet
from apps.integrations.task_views import TaskViewSet
from apps.integrations.voicemail import VoicemailViewSet
from apps.integrations.walls import WallViewSet
from apps.integrations.work_orders import WorkOrderViewSet

router = DefaultRouter()
router.include_root_view = False
router.register("agents", AgentViewSet, basename="agent")
router.register("alarm-rules", AlarmRuleViewSet, basename="alarm-rule")
router.register("alarms", AlarmViewSet, basename="alarm")
router.register("calls", CallViewSet, basename="call")
router.register("call-backs", CallBackViewSet, basename="call-back")
router.register("customers", CustomerViewSet, basename="customer")
router.register("dispositions", DispositionViewSet, basename="disposition")
router.register("knowledge/articles", KnowledgeViewSet, basename="knowledge-article")
router.register("knowledge/categories", KnowledgeCategoryViewSet, basename="knowledge-category")
router.register("imports", ImportViewSet, basename="import")
router.register("inspections", InspectionViewSet, basename="inspection")
router.register("live/calls", LiveCallViewSet, basename="live-call")
router.register("queues", QueueViewSet, basename="queue")
router.register("tasks", TaskViewSet, basename="task")
router.register("work-orders", WorkOrderViewSet, basename="work-order")
router.register("voicemail", VoicemailViewSet, basename="voicemail")
router.register("walls", WallViewSet, basename="wall")


@csrf_exempt
def not_there(request: HttpRequest) -> JsonResponse:
    """Answer an address that the API does not have."""
    body = {"code": NotFoundError.code, "detail": str(NotFoundError.text)}
    return JsonResponse(body, status=NotFoundError.status)


app_name = "api"
# The schema and its page hold no data: everybody may read them.
PUBLIC = {"permission_classes": [AllowAny], "authentication_classes": []}
urlpatterns = [
    path("v1/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(**PUBLIC), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", **PUBLIC),
        name="docs",
    ),
    # What is not there is told as everything else is. Only with the slash at the end: without it
    # Django first redirects to the address that has one.
    re_path(r"^[\s\S]*/$", not_there, name="not-there"),
]
