"""Who is told of what, and what became of it: rules, alarms, chains and messages."""

from __future__ import annotations

from regionhub.features.alarms import (
    api,
    api_rules,
    check,
    links,
    pages,
    pages_contacts,
    pages_rules,
)
from regionhub.features.alarms.jobs import JOBS
from regionhub.features.feature import Feature
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

FEATURE = Feature(
    name="alarms",
    package=__name__,
    routes=(
        api.routes,
        api_rules.rule_routes,
        api_rules.contact_routes,
        api_rules.chain_routes,
    ),
    # the words of an address before its ids
    pages=(pages_rules.pages, pages_contacts.pages, pages.pages, links.pages),
    navigation=(
        Entry(
            path="/alarme",
            label=mark("Alarme"),
            icon="M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4M12 3v2",
            covers=("/alarme/",),
        ),
    ),
    notices=pages.notices,
    jobs=JOBS,
    figures=check.figures,
)
