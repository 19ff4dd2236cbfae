"""What makes the console an app that can be installed: its manifest. It needs the network."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

GREEN = "#14713d"


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Answer the web app manifest in the browser's language. Source: W3C Web App Manifest."""
    icons = [
        {"src": static(f"icons/huawu-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    safe = {
        "src": static("icons/huawu-maskable-512.png"),
        "sizes": "512x512",
        "type": "image/png",
        "purpose": "maskable",
    }
    body = {
        "id": "/",
        "name": f"{_('Huawu')} · {_('Call centre')}",
        "short_name": _("Huawu"),
        "lang": get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": GREEN,
        "icons": [*icons, safe],
    }
    response = JsonResponse(body, content_type="application/manifest+json")
    response["Vary"] = "Accept-Language, Cookie"
    return response
