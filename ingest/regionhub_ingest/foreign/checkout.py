"""Everything that a checkout has, converted: the report accounts for each device."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from regionhub.errors import InputError
from regionhub_ingest.foreign import chirpstack, ttn
from regionhub_ingest.foreign.convert import Converted, convert
from regionhub_ingest.foreign.found import ForeignDevice, Refused


def import_checkout(root: Path, only: str | None) -> Iterator[Converted | Refused]:
    """Every device of a checkout, of one vendor or one `vendor/device`, as a profile or a reason.

    Raises:
        InputError: the folder has neither layout, or no such device.
    """
    if not root.is_dir():
        raise InputError(f"no folder at {root}")
    if ttn.is_checkout(root):
        found = ttn.devices(root, only)
    elif chirpstack.is_checkout(root):
        found = chirpstack.devices(root, only)
    else:
        raise InputError(
            f"{root} is no checkout of The Things Network's device repository (vendor/) or of "
            "ChirpStack's device profiles (vendors/)"
        )
    count = 0
    for one in found:
        count += 1
        yield _converted(one) if isinstance(one, ForeignDevice) else one
    if not count:
        raise InputError(f"the checkout has no {only or 'devices'}")


def _converted(device: ForeignDevice) -> Converted | Refused:
    made = convert(device)
    return Refused(device.profile_id, made) if isinstance(made, str) else made
