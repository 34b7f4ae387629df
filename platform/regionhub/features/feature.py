"""What a feature is: one folder with everything that belongs to a decision or a face.

A folder `features/<name>/` holds what it needs of: `migrations/` and `views.sql` (schema),
`queries.sql` with `store.py` (statements and typed rows), `api.py` (routes), `pages.py` with
`templates/` and `texts/` (portal), `states.py` (words of its signals), and `__init__.py` with the
`FEATURE` that names them. `regionhub.features.FEATURES` lists all of them; migrate, API, portal and
`regionhub work` read that list and nothing else of a feature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter

from regionhub.signals.jobs import Step
from regionhub.store.database import Connection
from regionhub.store.jobs import Job
from regionhub.web.api.metrics import Figure
from regionhub.web.portal.parts import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature(Part):
    """A decision or a face.

    `routes` are those of the API, `pages` those of the portal; `jobs` is what `regionhub work`
    does. `decide` is a step of what it decides in rows of its own, with nothing left to do None;
    that of its signals needs none. `figures` are for Prometheus. `large_bodies` are paths that take
    files of so many bytes. The rest is what it adds to pages
    of others, see `Part`.
    """

    routes: tuple[APIRouter, ...] = ()
    pages: tuple[APIRouter, ...] = ()
    jobs: tuple[Job, ...] = ()
    decide: Step | None = None
    figures: Callable[[Connection], list[Figure]] | None = None
    large_bodies: Mapping[str, int] = field(default_factory=dict)
