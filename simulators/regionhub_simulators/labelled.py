"""A fleet in which every fault of a device is known: what finds such faults is judged by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .model import Fault, SimulatedDevice
from .region import DemoRegion, demo_region

#: Faults of single devices that somebody has to go and mend.
LABELS = (
    Fault.SILENT,
    Fault.STUCK,
    Fault.SPIKE,
    Fault.STEP,
    Fault.BATTERY,
    Fault.UNPLUGGED,
)
_INTERVALS_S = (1200, 1800, 3600)


def labelled_region(*, seed: int, each: int, most: int | None = None) -> DemoRegion:
    """Return the towns of the demonstration, `each` devices with each fault; the others are well.

    A jump in the air is weather, so that no such sensor has one, and a probe that can be unplugged
    is one of soil or a distance sensor. `most` limits the devices that are well.
    """
    region = demo_region(seed=seed, faults=False)
    rng = np.random.default_rng([seed, 11])
    # one device of each site; a weather station is another kind of device
    devices = [
        site.device for town in region.towns for site in town.sites if site.kind != "weather"
    ]
    order = [devices[place] for place in rng.permutation(len(devices))]
    chosen: dict[str, Fault] = {}
    for fault in LABELS * each:
        device = next((d for d in order if d.dev_eui not in chosen and _fits(fault, d)), None)
        if device is not None:
            chosen[device.dev_eui] = fault
    well = [device.dev_eui for device in order if device.dev_eui not in chosen][:most]
    kept = {*chosen, *well}
    intervals = dict(
        zip((d.dev_eui for d in order), rng.choice(_INTERVALS_S, len(order)).tolist(), strict=True)
    )
    towns = []
    for town in region.towns:
        sites = tuple(
            replace(
                site,
                instruments=(),
                device=replace(
                    site.device,
                    fault=chosen.get(site.device.dev_eui),
                    interval_s=intervals[site.device.dev_eui],
                ),
            )
            for site in town.sites
            if site.device.dev_eui in kept
        )
        if sites:
            towns.append(replace(town, sites=sites))
    return DemoRegion(tuple(towns))


def _fits(fault: Fault, device: SimulatedDevice) -> bool:
    match fault:
        case Fault.STEP:
            return device.site_kind in {"tree", "bed", "gauge"}
        case Fault.UNPLUGGED:
            return device.site_kind in {"tree", "bed"} or device.profile == "decentlab/dl-mbx"
        case _:
            return True
