"""What kinds of sites there are, and what heights of gauges refer to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

#: The check of core.site, the words and the shapes of the portal name the same.
SiteKind = Literal["tree", "bed", "gauge", "forest", "road", "weather"]
#: What a gauge zero is a height above: NHN as it was determined in 2016 or in 1992, NHN without a
#: word of which, or NN (before 1993). They differ by centimetres to decimetres. The check of
#: core.site names the same.
GaugeDatum = Literal["DHHN2016", "DHHN92", "NHN", "NN"]
#: Where a gauge zero in m and stages in cm can lie: wider than any river here needs, and a slip of
#: the unit lies outside.
ZERO_M = (-10.0, 2000.0)
STAGE_CM = (-1000.0, 3000.0)
#: What stands for it where nobody says.
DEFAULT_DATUM: GaugeDatum = "DHHN2016"
#: How the datum is written behind a height.
DATUM_NAMES: Mapping[GaugeDatum, str] = {
    "DHHN2016": "NHN (DHHN2016)",
    "DHHN92": "NHN (DHHN92)",
    "NHN": "NHN",
    "NN": "NN",
}
