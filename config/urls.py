"""Every URL of the web process."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from apps.integrations.audio import recording_audio, voicemail_audio
from apps.telephony.health import healthz
from apps.toolbar.api import LaunchView

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/toolbar/launches/", LaunchView.as_view(), name="toolbar-launches"),
    path("api/", include("apps.integrations.urls")),
    path("toolbar/", include("apps.toolbar.urls")),
    path("recordings/<int:pk>/audio", recording_audio, name="recording-audio"),
    path("voicemail/<int:pk>/audio", voicemail_audio, name="voicemail-audio"),
    path("", include("apps.console.urls")),
]
