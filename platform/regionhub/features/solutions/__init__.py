"""Solutions: what towns adopt as one piece, and who uses what."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.features.solutions import pages, pages_operator
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

FEATURE = Feature(
    name="solutions",
    package=__name__,
    pages=(pages.pages, pages_operator.pages),
    navigation=(
        Entry(
            path="/loesungen",
            label=mark("Lösungen"),
            icon="M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
            covers=("/loesungen/",),
        ),
        Entry(
            path="/betreiber",
            label=mark("Kommunen"),
            icon="M4 20V9l8-5 8 5v11zM9 20v-6h6v6",
            covers=("/betreiber/",),
            for_operator=True,
        ),
    ),
)
