"""No session key is ever kept: what a server hands out beside a frame is removed on arrival.

ELEMENT IoT, ThingPark and servers with a join server may put the keys of a device into a message.
Messages that cannot pass are kept and shown to people who mend that; nothing here needs a key. So
it does not matter which format the source should have: a body is searched as what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from regionhub.envelope import Envelope
from regionhub_ingest.formats.format import Format

_REMOVED = rb"\1removed"
# The text of a field whose name ends in "key": app_session_key, AppSKey, aesKey ...
_KEY = re.compile(rb"""([kK][eE][yY]"\s*:\s*")(?:[^"\\]|\\.)+""", re.DOTALL)


def blanked(envelope: Envelope, formats: Iterable[Format]) -> Envelope:
    """Return the message with its keys blanked; nearly always the one that came."""
    body = envelope.body
    kept = None if body.startswith(b"{") else _of_another_form(body, formats)
    if kept is None:
        # Much faster than the search that follows; a `k` is rarer than a quote: best from the end.
        if body.lower().rfind(b'key"') < 0:
            return envelope
        kept = _KEY.sub(_REMOVED, body)
    return envelope if kept == body else envelope._replace(body=kept)


def _of_another_form(body: bytes, formats: Iterable[Format]) -> bytes | None:
    for one in formats:
        if one.without_keys is not None and (kept := one.without_keys(body)) is not None:
            return kept
    return None
