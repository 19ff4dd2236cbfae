"""Register the realtime app."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    """The realtime app."""

    name = "apps.realtime"

    def ready(self) -> None:
        """Hear of sign-outs, from the console and the admin alike."""
        from django.contrib.auth.signals import user_logged_out

        from apps.realtime.groups import tell_session_ended

        user_logged_out.connect(tell_session_ended, dispatch_uid="realtime.session_ended")
