"""Messages as a network server exported them."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from typing import Any

from tests.ingest.conftest import EM300, Intake
from tests.ingest.recorded import FIRST, SAMPLES, lines
from tests.shipped import PROFILES

from regionhub.envelope import Arrival
from regionhub.times import from_datetime
from regionhub_ingest.decode import Codecs
from regionhub_ingest.lines import read_lines
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry

MISSING = "24e124136d0c0001"


TOPIC = f"application/1/device/{EM300}/event/up"


def chirpstack(f_cnt: int, at: datetime | None = None) -> dict[str, Any]:
    time = (at or FIRST + timedelta(minutes=10 * f_cnt)).isoformat()
    body: dict[str, Any] = json.loads((SAMPLES / "chirpstack-v4-up.json").read_text())
    body["deviceInfo"]["devEui"] = EM300
    body |= {"fCnt": f_cnt, "time": time, "deduplicationId": f"id-{f_cnt}"}
    for entry in body["rxInfo"]:
        entry["nsTime"] = time
    return body


def live(intake: Intake, *f_cnts: int) -> None:
    """What came over MQTT when it was sent."""
    pipeline = Pipeline(Registry(intake.store), Codecs(PROFILES))
    for f_cnt in f_cnts:
        (message,) = read_lines(io.BytesIO(lines(chirpstack(f_cnt))), topic=TOPIC)
        sent = from_datetime(FIRST + timedelta(minutes=10 * f_cnt))
        envelope = message.envelope._replace(arrival=Arrival("live", sent))
        intake.store.commit([pipeline.prepare(intake.source, envelope)])
