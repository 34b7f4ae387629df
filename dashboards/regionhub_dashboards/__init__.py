"""Grafana dashboards as code.

The SDK advises schema v2 as soon as it is imported. We write the classic model on purpose:
Grafana 12 and 13 both read it.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import grafana_foundation_sdk.builders.dashboard
    import grafana_foundation_sdk.builders.geomap
    import grafana_foundation_sdk.models.dashboard  # noqa: F401
