"""Many series in one file that people or programs open."""

from __future__ import annotations

from regionhub.features.exports import api, pages
from regionhub.features.feature import Feature

FEATURE = Feature(
    name="exports",
    package=__name__,
    routes=(api.routes,),
    pages=(pages.pages,),
    site_panel=pages.site_panel,
)
