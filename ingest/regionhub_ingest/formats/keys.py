"""No session key is ever kept: what a server hands out beside a frame is removed on arrival.

ELEMENT IoT, ThingPark and servers with a join server may put the keys of a device into a message.
Messages that cannot pass are kept and shown to people who mend that; nothing here needs a key.
"""

from __future__ import annotations

import re

from regionhub.envelope import Envelope
from regionhub_ingest.formats import chirpstack_v4_protobuf as protobuf

_REMOVED = rb"\1removed"
# The text of a field whose name ends in "key": app_session_key, AppSKey, aesKey ...
_KEY = re.compile(rb"""([kK][eE][yY]"\s*:\s*")(?:[^"\\]|\\.)+""", re.DOTALL)


def without_keys(envelope: Envelope) -> Envelope:
    """Return the message with its keys blanked; nearly always the one that came."""
    body = envelope.body
    if protobuf.looks_binary(body):
        kept = protobuf.without_keys(body)
    # Much faster than the search that follows; a `k` is rarer than a quote, so best from the end.
    elif body.lower().rfind(b'key"') >= 0:
        kept = _KEY.sub(_REMOVED, body)
    else:
        return envelope
    return envelope if kept is body or kept == body else envelope._replace(body=kept)
