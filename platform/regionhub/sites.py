"""What kinds of sites there are."""

from __future__ import annotations

from typing import Literal

#: The check of core.site, the words and the shapes of the portal name the same.
SiteKind = Literal["tree", "bed", "gauge", "forest", "road", "weather"]
