from __future__ import annotations

from tests import settings_page

from regionhub.settings import Settings


def test_the_page_says_what_the_settings_say() -> None:
    assert settings_page.FILE.read_text("utf-8") == settings_page.page(), "run `make docs`"


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
