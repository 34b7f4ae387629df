"""Parquet: the table of the strict CSV with types, for programs that read columns.

The library that writes it (arro3, 35 MB) is an extra, so that a hub can do without it.
"""

from __future__ import annotations

import io

from regionhub.errors import InputError
from regionhub.features.exports.collect import Table
from regionhub.times import NS_PER_SECOND, from_datetime

_NS_PER_US = NS_PER_SECOND // 1_000_000


def parquet(table: Table) -> bytes:
    """A row for each value: times in UTC, ids as numbers, values as they are stored.

    Raises:
        InputError: the extra is not installed.
    """
    try:
        from arro3.core import Array, DataType  # noqa: PLC0415 - an extra
        from arro3.core import Table as Columns  # noqa: PLC0415
        from arro3.io import write_parquet  # noqa: PLC0415
    except ImportError:
        raise InputError(
            'this hub writes no Parquet: whoever runs it installs "regionhub[parquet]"; the format '
            "csv has the same table",
            de="Dieser Hub schreibt kein Parquet: Sein Betreiber installiert dafür "
            "„regionhub[parquet]“. „CSV für Programme“ enthält dieselbe Tabelle.",
        ) from None
    by_id = {one.stream.datastream_id: one for one in table.series}
    rows = [(by_id[value.datastream_id], value) for value in table.values]
    texts, numbers = DataType.string(), DataType.int64()
    moments = [from_datetime(value.time) // _NS_PER_US for _, value in rows]
    columns = {
        "time": Array(moments, numbers).cast(DataType.timestamp("us", tz="UTC")),
        "site_id": Array([one.site.site_id if one.site else None for one, _ in rows], numbers),
        "site": Array([one.site.name if one.site else None for one, _ in rows], texts),
        "datastream_id": Array([one.stream.datastream_id for one, _ in rows], numbers),
        "device": Array([one.stream.device_name for one, _ in rows], texts),
        "quantity": Array([one.stream.quantity for one, _ in rows], texts),
        "position": Array([one.stream.position for one, _ in rows], texts),
        "unit": Array([one.stream.unit for one, _ in rows], texts),
        "value": Array([value.value for _, value in rows], DataType.float64()),
    }
    out = io.BytesIO()
    write_parquet(
        Columns.from_arrays(list(columns.values()), names=list(columns)), out, compression="zstd(1)"
    )
    return out.getvalue()
