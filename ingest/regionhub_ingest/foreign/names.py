"""What people call quantities and units in the fields of codecs."""

from __future__ import annotations

import re

#: Words of a field's name, all of which have to be there, and what it then is: quantity and unit.
#: The first that fits counts. The unit is the usual one; the name itself may say another.
QUANTITIES: tuple[tuple[frozenset[str], str, str], ...] = tuple(
    (frozenset(words.split()), quantity, unit)
    for words, quantity, unit in (
        ("battery voltage", "battery_voltage", "V"),
        ("battery volt", "battery_voltage", "V"),
        ("battery mv", "battery_voltage", "mV"),
        ("bat mv", "battery_voltage", "mV"),
        ("batv", "battery_voltage", "V"),
        ("vdd", "battery_voltage", "mV"),
        ("vbat", "battery_voltage", "V"),
        ("battery level", "battery_level", "%"),
        ("battery percent", "battery_level", "%"),
        ("battery", "battery_level", "%"),
        ("bat", "battery_voltage", "V"),
        ("soil moisture", "soil_moisture_vwc", "%"),
        ("soil water content", "soil_moisture_vwc", "%"),
        ("volumetric water content", "soil_moisture_vwc", "%"),
        ("water soil", "soil_moisture_vwc", "%"),
        ("vwc", "soil_moisture_vwc", "%"),
        ("moisture", "soil_moisture_vwc", "%"),
        ("soil temperature", "soil_temperature", "degC"),
        ("soil temp", "soil_temperature", "degC"),
        ("water potential", "soil_water_potential", "kPa"),
        ("water tension", "soil_water_tension", "kPa"),
        ("tension", "soil_water_tension", "kPa"),
        ("dielectric", "soil_permittivity", "1"),
        ("permittivity", "soil_permittivity", "1"),
        ("soil conductivity", "soil_ec", "uS/cm"),
        ("conduct soil", "soil_ec", "uS/cm"),
        ("soil ec", "soil_ec", "uS/cm"),
        ("water temperature", "water_temperature", "degC"),
        ("water temp", "water_temperature", "degC"),
        ("surface temperature", "road_surface_temperature", "degC"),
        ("dew point", "dew_point", "degC"),
        ("dewpoint", "dew_point", "degC"),
        ("leaf wetness", "leaf_wetness", "%"),
        ("leaf temperature", "leaf_temperature", "degC"),
        ("device temperature", "device_temperature", "degC"),
        ("internal temperature", "device_temperature", "degC"),
        ("chip temperature", "device_temperature", "degC"),
        ("external temperature", "external_temperature", "degC"),
        ("ext temperature", "external_temperature", "degC"),
        ("ds18b20", "external_temperature", "degC"),
        ("temp ds", "external_temperature", "degC"),
        ("water level", "water_level", "cm"),
        ("water depth", "water_depth", "mm"),
        ("fill level", "fill_level", "%"),
        ("distance", "distance", "mm"),
        ("barometric pressure", "air_pressure", "hPa"),
        ("air pressure", "air_pressure", "hPa"),
        ("pressure", "air_pressure", "hPa"),
        ("barometer", "air_pressure", "hPa"),
        ("relative humidity", "relative_humidity", "%"),
        ("humidity", "relative_humidity", "%"),
        ("hum", "relative_humidity", "%"),
        ("conductivity", "soil_ec", "uS/cm"),
        ("ec", "soil_ec", "uS/cm"),
        ("wind speed", "wind_speed", "m/s"),
        ("wind direction", "wind_direction", "deg"),
        ("rain intensity", "rain_intensity", "mm/h"),
        ("rainfall total", "rain_total", "mm"),
        ("rain total", "rain_total", "mm"),
        ("cumulative precipitation", "precipitation_cumulative", "mm"),
        ("precipitation", "precipitation", "mm"),
        ("rainfall", "precipitation", "mm"),
        ("rain", "precipitation", "mm"),
        ("irradiance", "irradiance", "W/m2"),
        ("irradiation", "irradiance", "W/m2"),
        ("solar radiation", "irradiance", "W/m2"),
        ("uv index", "uv_index", "1"),
        ("illuminance", "illuminance", "lx"),
        ("illumination", "illuminance", "lx"),
        ("light", "illuminance", "lx"),
        ("smoke", "smoke_concentration", "%"),
        ("tilt", "mounting_angle", "deg"),
        ("temperature", "air_temperature", "degC"),
        ("temp", "air_temperature", "degC"),
        ("tempc", "air_temperature", "degC"),
    )
)  # fmt: skip

#: What TTN's normalised payload calls them, as a path, and in which unit it has them.
NORMALIZED: dict[str, tuple[str, str]] = {
    "battery": ("battery_voltage", "V"),
    "air.temperature": ("air_temperature", "degC"),
    "air.relativeHumidity": ("relative_humidity", "%"),
    "air.pressure": ("air_pressure", "hPa"),
    "air.lightIntensity": ("illuminance", "lx"),
    "soil.moisture": ("soil_moisture_vwc", "%"),
    "soil.temperature": ("soil_temperature", "degC"),
    "soil.ec": ("soil_ec", "dS/m"),
    "wind.speed": ("wind_speed", "m/s"),
    "wind.direction": ("wind_direction", "deg"),
    "rain.intensity": ("rain_intensity", "mm/h"),
    "rain.cumulative": ("precipitation_cumulative", "mm"),
    "water.temperature.current": ("water_temperature", "degC"),
}

#: How units are written in names, texts and fields beside the value.
UNITS: dict[str, str] = {
    **dict.fromkeys(("c", "°c", "degc", "celsius", "deg c", "℃"), "degC"),
    **dict.fromkeys(("%", "%rh", "rh", "percent", "pct", "% vol", "vol%"), "%"),
    **dict.fromkeys(("m3/m3", "m³/m³", "m³⋅m⁻³"), "m3/m3"),
    **{text: text for text in ("mm", "cm", "m", "um", "hPa", "kPa", "bar", "mbar", "MPa", "Pa")},
    **{text: text for text in ("V", "mV", "mA", "lx", "mm/h", "m/s", "km/h", "K")},
    **{text.lower(): text for text in ("mm", "hPa", "kPa", "MPa", "Pa", "mV", "V", "mA", "K")},
    **dict.fromkeys(("us/cm", "µs/cm", "μs/cm", "µS⋅cm⁻¹", "µs⋅cm⁻¹", "us_cm"), "uS/cm"),
    **dict.fromkeys(("ms/cm", "mS⋅cm⁻¹"), "mS/cm"),
    **dict.fromkeys(("ds/m", "dS⋅m⁻¹"), "dS/m"),
    **dict.fromkeys(("w/m2", "w/m²", "W⋅m⁻²"), "W/m2"),
    **dict.fromkeys(("µm", "μm"), "um"),
    **dict.fromkeys(("°", "deg", "degree", "degrees"), "deg"),
    **dict.fromkeys(("lux", "lx"), "lx"),
    "volt": "V",
    "volts": "V",
    "m⋅s⁻¹": "m/s",
}

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
#: Words that say what a value is not: a status, a limit, a raw count.
NO_VALUES = frozenset(
    [
        "alarm",
        "status",
        "flag",
        "state",
        "type",
        "id",
        "mode",
        "version",
        "threshold",
        "limit",
        "count",
        "counter",
        "raw",
        "error",
        "unit",
        "interval",
        "change",
        "mutation",
        "exception",
        "index",
        "time",
        "timestamp",
    ]
)


def words(name: str) -> list[str]:
    """The words of a field's name in lower case: `TempC_SHT`, `water_SOIL`, `airTemperature`."""
    return [word.lower() for word in _WORD.findall(name)]


def unit_of(text: str) -> str | None:
    """The unit that a text names, None if we know none of that name."""
    return UNITS.get(text.strip()) or UNITS.get(text.strip().lower())
