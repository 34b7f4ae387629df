"""Why a message waits, in words."""

from __future__ import annotations

from regionhub.errors import DEAD_LETTER_REASONS
from regionhub.features.inbox.pages import REASONS


def test_every_reason_of_a_dead_letter_has_words() -> None:
    assert set(REASONS) == set(DEAD_LETTER_REASONS)
