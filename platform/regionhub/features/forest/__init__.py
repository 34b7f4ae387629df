"""Smoke, fire weather and drought in forest stands, beside the official index."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

from . import api, jobs, pages
from .fire_weather import decide
from .states import DROUGHT, SIGNAL, SMOKE

FEATURE = Feature(
    name="forest",
    package=__name__,
    signals=(SMOKE, SIGNAL, DROUGHT),
    decide=decide,
    jobs=jobs.JOBS,
    routes=(api.routes,),
    pages=(pages.pages,),
    navigation=(
        Entry(
            path="/wald",
            label=mark("Wald"),
            icon="M12 2 6.500 10H9l-4.500 6.500H11V22h2v-5.500h6.500L15 10h2.500z",
        ),
    ),
    site_panel=pages.site_panel,
    cards=pages.cards,
)
