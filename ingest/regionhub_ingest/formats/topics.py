"""DevEUIs in topics."""

from __future__ import annotations

import re

_EUI = re.compile(r"(?:^|/)(?:eui-)?((?:[0-9a-f]{2}[-:]?){7}[0-9a-f]{2})(?=/|$)", re.IGNORECASE)


def euis_of(topic: str) -> list[str]:
    """Every level of a topic that is an EUI, as 16 lower-case hexadecimal digits."""
    return [eui.replace("-", "").replace(":", "").lower() for eui in _EUI.findall(topic)]
