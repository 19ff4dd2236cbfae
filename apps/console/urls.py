"""Addresses of the console."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from apps.console import commands, pages
from apps.console.login import LoginView

app_name = "console"
urlpatterns = [
    path("", pages.home, name="desk"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("history/", pages.history, name="history"),
    path("calls/<int:pk>/", pages.call, name="call"),
    path("voicemail/", pages.voicemail, name="voicemail"),
    path("customers/<int:pk>/", pages.customer, name="customer"),
    path("settings/", pages.settings, name="settings"),
    path("styleguide/", pages.styleguide, name="styleguide"),
    path("desk/sign-in/", commands.sign_in, name="sign-in"),
    path("desk/sign-out/", commands.sign_out, name="sign-out"),
    path("desk/ready/", commands.ready, name="ready"),
    path("desk/pause/", commands.pause, name="pause"),
    path("voicemail/<int:pk>/claim/", commands.voicemail_claim, name="voicemail-claim"),
    path("voicemail/<int:pk>/close/", commands.voicemail_close, name="voicemail-close"),
    path("customers/<int:pk>/note/", commands.customer_note, name="customer-note"),
]
