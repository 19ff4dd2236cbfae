"""Sign in to the console, with a limit on guessing."""

import hashlib
from typing import Any

from django import forms
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _

TRIES = 10
WINDOW_S = 300


class SignInForm(AuthenticationForm):
    """Login and password; after `TRIES` wrong ones for a login, wait `WINDOW_S` seconds."""

    def clean(self) -> dict[str, Any]:
        """Check the password unless the login is locked for now."""
        name = str(self.cleaned_data.get("username", ""))
        key = "huawu:login:" + hashlib.sha256(name.lower().encode()).hexdigest()
        if int(cache.get(key, 0)) >= TRIES:
            raise forms.ValidationError(
                _("Too many wrong passwords. Wait five minutes and try again."), code="locked"
            )
        try:
            found = super().clean()
        except forms.ValidationError:
            cache.add(key, 0, WINDOW_S)
            cache.incr(key)
            raise
        cache.delete(key)
        return found


class LoginView(auth_views.LoginView):
    """The sign-in page."""

    template_name = "console/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Open the whole page even when a part of the desk asked (its session has ended)."""
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=204, headers={"HX-Redirect": request.path})
        return super().dispatch(request, *args, **kwargs)
