"""Device profiles of others: a checkout of a public device repository.

An operator names a checkout and what of it to take; nothing of it comes with regionhub. Each device
ends as a profile or as a reason, so that the report accounts for all of them.
"""

from __future__ import annotations

from regionhub_ingest.foreign.convert import Checked, Converted, convert
from regionhub_ingest.foreign.found import ForeignDevice, ForeignExample, Found, Refused
from regionhub_ingest.foreign.proposal import Proposed, propose

__all__ = [
    "Checked",
    "Converted",
    "ForeignDevice",
    "ForeignExample",
    "Found",
    "Proposed",
    "Refused",
    "convert",
    "propose",
]
