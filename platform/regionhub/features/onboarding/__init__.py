"""Registering sites and devices: by form, by file, out of the messages that wait."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.features.onboarding import (
    api,
    api_register,
    api_server,
    pages,
    pages_calibrate,
    pages_change,
    pages_correct,
    pages_device,
    pages_labels,
    pages_photo,
    pages_register,
    pages_server,
    pages_single,
)
from regionhub.features.onboarding.register_files import MOST_BYTES, forget_files
from regionhub.features.onboarding.unknown import ask_for_late
from regionhub.store.jobs import Job
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

FEATURE = Feature(
    name="onboarding",
    package=__name__,
    routes=(api.routes, api_register.routes, api_server.routes),
    pages=(
        pages.pages,
        pages_single.pages,
        pages_labels.pages,
        pages_device.pages,
        pages_change.pages,
        pages_correct.pages,
        pages_calibrate.pages,
        pages_photo.pages,
        pages_register.pages,
        pages_server.pages,
    ),
    large_bodies={pages_register.PATH: MOST_BYTES, api_register.routes.prefix: MOST_BYTES},
    jobs=(
        Job(name="register_files", every_seconds=3600, run=forget_files),
        Job(name="late_messages", every_seconds=30, run=ask_for_late),
    ),
    site_panel=pages_photo.site_panel,
    navigation=(
        Entry(
            path="/anlegen",
            label=mark("Anlegen"),
            icon="M12 4v16M4 12h16",
            covers=("/anlegen/",),
            role="editor",
        ),
    ),
)
