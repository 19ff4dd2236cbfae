"""Every URL of the web process."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from apps.telephony.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("apps.integrations.urls")),
    path("recordings/", include("apps.recordings.urls")),
    path("voicemail/", include("apps.voicemail.urls")),
    path("", include("apps.console.urls")),
]
