"""The completeness ledger: which frames devices sent by their counters, and which of them came."""

from __future__ import annotations

from regionhub.features.completeness import api, pages
from regionhub.features.feature import Feature
from regionhub.web.portal.parts import DevicePage
from regionhub.web.portal.texts import mark

FEATURE = Feature(
    name="completeness",
    package=__name__,
    routes=(api.routes, api.device_routes),
    pages=(pages.pages,),
    device_pages=(
        DevicePage(
            path="/vollstaendigkeit/{device_id}",
            label=mark("Lücken"),
            all_path="/vollstaendigkeit",
            all_label=mark("Vollständigkeit"),
        ),
    ),
)
