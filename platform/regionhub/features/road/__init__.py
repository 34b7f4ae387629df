"""Where roads are icy, or may be within hours."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

from . import api, pages
from .states import SIGNAL

FEATURE = Feature(
    name="road",
    package=__name__,
    signals=(SIGNAL,),
    routes=(api.routes,),
    pages=(pages.pages,),
    navigation=(
        Entry(
            path="/strasse",
            label=mark("Straße"),
            icon="M8 3 4 21M16 3l4 18M12 4v3M12 10.500v3M12 17v3",
        ),
    ),
    site_panel=pages.site_panel,
    site_charts=pages.site_charts,
    cards=pages.cards,
)
