"""The web process: HTTP through Django, WebSockets through Channels."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402 - apps must be loaded first
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from apps.core.long_lived import loaded_kept  # noqa: E402
from apps.promises.web import BeatingApplication  # noqa: E402
from apps.realtime.routing import websocket_urlpatterns  # noqa: E402
from apps.toolbar.middleware import ToolbarSocket  # noqa: E402

routes = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(
            ToolbarSocket(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
        ),
    }
)
application = BeatingApplication(routes)
loaded_kept()
