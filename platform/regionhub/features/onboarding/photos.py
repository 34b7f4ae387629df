"""A photo of a site, so that a crew finds it.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

import io
import warnings
from datetime import datetime

from PIL import Image, ImageOps, UnidentifiedImageError

from regionhub.errors import InputError
from regionhub.store.database import Connection, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")

#: Pixels of the longer side; enough to know a tree again.
LONGEST_SIDE = 1600
#: Pixels that a photo may have before; a small file can unpack to gigabytes.
_MOST_PIXELS = 60_000_000
#: Of formats that are unpacked whole before they are made smaller.
_MOST_WHOLE_PIXELS = 24_000_000
_QUALITY = 80
_FORMATS = ("JPEG", "PNG", "WEBP")


def photo(connection: Connection, site_id: int) -> bytes | None:
    """The photo of a site: JPEG without anything of the camera."""
    return select_value(connection, bytes, _SQL["photo"], {"site_id": site_id})


def photo_time(connection: Connection, site_id: int) -> datetime | None:
    """When the photo of a site was uploaded; None where there is none."""
    return select_value(connection, datetime, _SQL["photo_time"], {"site_id": site_id})


def save_photo(
    connection: Connection, site_id: int, tenant_id: int, content: bytes, *, by: str
) -> None:
    """Keep a photo of an own site, in the place of the former one.

    Raises:
        InputError: it is no photo.
    """
    values = {"site_id": site_id, "tenant_id": tenant_id, "image": without_metadata(content),
              "by": by}  # fmt: skip
    connection.execute(_SQL["save_photo"], values)


def delete_photo(connection: Connection, site_id: int) -> None:
    """Delete the photo of a site."""
    connection.execute(_SQL["delete_photo"], {"site_id": site_id})


def without_metadata(content: bytes) -> bytes:
    """The picture made anew as a JPEG: upright, at most `LONGEST_SIDE` wide or high.

    Raises:
        InputError: it is no picture, or has more pixels than any camera of a phone.
    """
    refused = InputError(
        "this is no photo: choose a JPEG, PNG or WebP",
        de="Das ist kein Foto: wählen Sie eine Datei im Format JPEG, PNG oder WebP.",
    )
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # of what a camera wrote and nobody reads
            Image.open(io.BytesIO(content), formats=_FORMATS) as opened,
        ):
            most = _MOST_PIXELS if opened.format == "JPEG" else _MOST_WHOLE_PIXELS
            if opened.width * opened.height > most:
                raise refused
            # smaller while it is read, where the format can
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError,
            SyntaxError, EOFError) as error:  # fmt: skip
        raise refused from error
    out = io.BytesIO()
    # a new picture: nothing of the old one but its pixels
    plain = Image.frombytes("RGB", upright.size, upright.tobytes())
    plain.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()
