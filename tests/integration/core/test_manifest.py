"""The console can be installed as an app: manifest in the browser's language, icons that exist."""

from django.contrib.staticfiles import finders
from django.test import Client


def test_manifest_names_the_app_in_the_browsers_language_and_its_icons_exist() -> None:
    english = Client().get("/manifest.webmanifest", headers={"accept-language": "en"}).json()
    chinese = Client().get("/manifest.webmanifest", headers={"accept-language": "zh-CN"}).json()
    assert english["short_name"] == "Huawu"
    assert chinese["short_name"] == "话务"
    assert (english["start_url"], english["display"]) == ("/", "standalone")
    assert {icon["sizes"] for icon in english["icons"]} == {"192x192", "512x512"}
    for icon in english["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/")) is not None
