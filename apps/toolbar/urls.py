"""Addresses of the toolbar."""

from django.urls import path

from apps.toolbar import views

app_name = "toolbar"
urlpatterns = [
    path("", views.page, name="page"),
    path("session/", views.session, name="session"),
    path("v1.js", views.script, name="script"),
]
