"""How much room readings with their rollups take, and frames that are packed."""

from __future__ import annotations

from tests.benchmarks.region.place import Region
from tests.benchmarks.report import Figure
from tests.world import World

_READING_BYTES, _FRAME_BYTES = 25, 60


def disk_figures(region: Region) -> list[Figure]:
    """Bytes with indexes and all else, by reading and by frame."""
    world = region.world
    [count] = world.select("select count(*) as readings from core.reading")
    parts = _timescaledb(world) if region.timescaledb else _postgresql(world)
    total = sum(parts.values())
    readings = count["readings"]
    figures = [
        Figure(
            f"disk, {readings:,} readings with index and rollups, each",
            "bytes",
            [total / readings],
            f"{total / 1e9:,.2f} GB",
            at_most=_READING_BYTES,
        ),
        *(
            Figure(f"disk, of that {name}", "bytes", [size / readings], f"{size / 1e9:,.2f} GB")
            for name, size in parts.items()
        ),
    ]
    if region.timescaledb:
        figures += _packed_figures(world)
    return figures


def _packed_figures(world: World) -> list[Figure]:
    """What lies in packed chunks: in a small region the current week outweighs them."""
    packed = {
        row["name"]: row
        for row in world.select(
            "select h.table_name as name, sum(numrows_pre_compression)::bigint as count, "
            "sum(compressed_heap_size + compressed_toast_size + compressed_index_size)::bigint "
            "as bytes from _timescaledb_catalog.compression_chunk_size s "
            "join _timescaledb_catalog.chunk c on c.id = s.chunk_id "
            "join _timescaledb_catalog.hypertable h on h.id = c.hypertable_id group by h.table_name"
        )
    }
    frames, readings = packed.pop("uplink", None), packed.get("reading")
    figures = []
    if readings:
        total = sum(row["bytes"] for row in packed.values())
        name = f"disk, {readings['count']:,} packed readings with packed rollups, each"
        figures.append(Figure(name, "bytes", [total / readings["count"]]))
    if frames:
        name = f"disk, {frames['count']:,} packed frames, each"
        each = frames["bytes"] / frames["count"]
        figures.append(Figure(name, "bytes", [each], at_most=_FRAME_BYTES))
    return figures


def _timescaledb(world: World) -> dict[str, int]:
    [readings] = world.select("select hypertable_size('core.reading') as bytes")
    rollups = world.select(
        "select view_name, hypertable_size(format('%I.%I', materialization_hypertable_schema, "
        "materialization_hypertable_name)::regclass) as bytes "
        "from timescaledb_information.continuous_aggregates order by view_name desc"
    )
    return {"readings": readings["bytes"]} | {row["view_name"]: row["bytes"] for row in rollups}


def _postgresql(world: World) -> dict[str, int]:
    [readings] = world.select("select pg_total_relation_size('core.reading') as bytes")
    return {"readings": readings["bytes"]}
