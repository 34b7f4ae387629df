"""What the network servers sent, what could not be processed, and processing it again."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.features.inbox import api, api_letters, api_replays, pages
from regionhub.features.inbox.sources import FATES, notices
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

FEATURE = Feature(
    name="inbox",
    package=__name__,
    words={"fate": {fate.state.code: fate.state for fate in FATES}},
    routes=(
        api.source_routes,
        api.statistics_routes,
        api.decode_error_routes,
        api_letters.letter_routes,
        api_letters.group_routes,
        api_letters.account_routes,
        api_replays.replay_routes,
        api_replays.removal_routes,
        api_replays.retention_routes,
    ),
    pages=(pages.pages,),
    navigation=(
        Entry(
            path="/eingang",
            label=mark("Eingang"),
            icon="M4 13 6.500 5h11L20 13v6H4zM4 13h5a3 3 0 0 0 6 0h5",
            covers=("/abrufe",),
        ),
    ),
    notices=notices,
)
