"""Units of SenML as data: RFC 8428 section 12.1 and RFC 8798.

A unit that is not in these tables is kept as stated, never refused: the registry grows, and a value in a strange unit is still a value.
Whoever shows or judges it asks `lookup` and says "unregistered" when the answer is None. Secondary units (RFC 8798 section 3) are facts for
conversion; a device may state them only by agreement, and readings keep them as stated.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """One registered unit."""

    symbol: str
    """As it stands in a pack."""
    description: str
    """The registry's words."""
    rfc: int
    """The RFC that registered it."""
    recommended: bool = True
    """False where the registry marks it as not recommended."""
    primary: str = ""
    """For a secondary unit: the primary one that it scales."""
    scale: float = 1.0
    """Value in primary = value * scale + offset."""
    offset: float = 0.0
    """See `scale`."""


PRIMARY = (
    Unit("m", "meter", 8428),
    Unit("kg", "kilogram", 8428),
    Unit("g", "gram", 8428, recommended=False),
    Unit("s", "second", 8428),
    Unit("A", "ampere", 8428),
    Unit("K", "kelvin", 8428),
    Unit("cd", "candela", 8428),
    Unit("mol", "mole", 8428),
    Unit("Hz", "hertz", 8428),
    Unit("rad", "radian", 8428),
    Unit("sr", "steradian", 8428),
    Unit("N", "newton", 8428),
    Unit("Pa", "pascal", 8428),
    Unit("J", "joule", 8428),
    Unit("W", "watt", 8428),
    Unit("C", "coulomb", 8428),
    Unit("V", "volt", 8428),
    Unit("F", "farad", 8428),
    Unit("Ohm", "ohm", 8428),
    Unit("S", "siemens", 8428),
    Unit("Wb", "weber", 8428),
    Unit("T", "tesla", 8428),
    Unit("H", "henry", 8428),
    Unit("Cel", "degrees Celsius", 8428),
    Unit("lm", "lumen", 8428),
    Unit("lx", "lux", 8428),
    Unit("Bq", "becquerel", 8428),
    Unit("Gy", "gray", 8428),
    Unit("Sv", "sievert", 8428),
    Unit("kat", "katal", 8428),
    Unit("m2", "square meter (area)", 8428),
    Unit("m3", "cubic meter (volume)", 8428),
    Unit("l", "liter (volume)", 8428, recommended=False),
    Unit("m/s", "meter per second (velocity)", 8428),
    Unit("m/s2", "meter per square second (acceleration)", 8428),
    Unit("m3/s", "cubic meter per second (flow rate)", 8428),
    Unit("l/s", "liter per second (flow rate)", 8428, recommended=False),
    Unit("W/m2", "watt per square meter (irradiance)", 8428),
    Unit("cd/m2", "candela per square meter (luminance)", 8428),
    Unit("bit", "bit (information content)", 8428),
    Unit("bit/s", "bit per second (data rate)", 8428),
    Unit("lat", "degrees latitude", 8428),
    Unit("lon", "degrees longitude", 8428),
    Unit("pH", "pH value (acidity; logarithmic quantity)", 8428),
    Unit("dB", "decibel (logarithmic quantity)", 8428),
    Unit("dBW", "decibel relative to 1 W (power level)", 8428),
    Unit("Bspl", "bel (sound pressure level; logarithmic quantity)", 8428, recommended=False),
    Unit("count", "1 (counter value)", 8428),
    Unit("/", "1 (ratio, e.g., value of a switch)", 8428),
    Unit("%", "1 (ratio, e.g., value of a switch)", 8428, recommended=False),
    Unit("%RH", "percentage (relative humidity)", 8428),
    Unit("%EL", "percentage (remaining battery energy level)", 8428),
    Unit("EL", "seconds (remaining battery energy level)", 8428),
    Unit("1/s", "1 per second (event rate)", 8428),
    Unit("1/min", '1 per minute (event rate, "rpm")', 8428, recommended=False),
    Unit("beat/min", "1 per minute (heart rate in beats per minute)", 8428, recommended=False),
    Unit("beats", "1 (cumulative number of heart beats)", 8428, recommended=False),
    Unit("S/m", "siemens per meter (conductivity)", 8428),
    Unit("B", "byte (information content)", 8798),
    Unit("VA", "volt-ampere (apparent power)", 8798),
    Unit("VAs", "volt-ampere second (apparent energy)", 8798),
    Unit("var", "volt-ampere reactive (reactive power)", 8798),
    Unit("vars", "volt-ampere-reactive second (reactive energy)", 8798),
    Unit("J/m", "joule per meter (energy per distance)", 8798),
    Unit("kg/m3", "kilogram per cubic meter (mass density, mass concentration)", 8798),
    Unit("deg", "degree (angle)", 8798, recommended=False),
)
"""Units that a pack may state."""

SECONDARY = (
    Unit("ms", "scaled s", 8798, primary="s", scale=1 / 1000),
    Unit("min", "scaled s", 8798, primary="s", scale=60),
    Unit("h", "scaled s", 8798, primary="s", scale=3600),
    Unit("MHz", "scaled Hz", 8798, primary="Hz", scale=1000000),
    Unit("kW", "scaled W", 8798, primary="W", scale=1000),
    Unit("kVA", "scaled VA", 8798, primary="VA", scale=1000),
    Unit("kvar", "scaled var", 8798, primary="var", scale=1000),
    Unit("Ah", "scaled C", 8798, primary="C", scale=3600),
    Unit("Wh", "scaled J", 8798, primary="J", scale=3600),
    Unit("kWh", "scaled J", 8798, primary="J", scale=3600000),
    Unit("varh", "scaled vars", 8798, primary="vars", scale=3600),
    Unit("kvarh", "scaled vars", 8798, primary="vars", scale=3600000),
    Unit("kVAh", "scaled VAs", 8798, primary="VAs", scale=3600000),
    Unit("Wh/km", "scaled J/m", 8798, primary="J/m", scale=3.6),
    Unit("KiB", "scaled B", 8798, primary="B", scale=1024),
    Unit("GB", "scaled B", 8798, primary="B", scale=1e9),
    Unit("Mbit/s", "scaled bit/s", 8798, primary="bit/s", scale=1000000),
    Unit("B/s", "scaled bit/s", 8798, primary="bit/s", scale=8),
    Unit("MB/s", "scaled bit/s", 8798, primary="bit/s", scale=8000000),
    Unit("mV", "scaled V", 8798, primary="V", scale=1 / 1000),
    Unit("mA", "scaled A", 8798, primary="A", scale=1 / 1000),
    Unit("dBm", "scaled dBW", 8798, primary="dBW", scale=1, offset=-30),
    Unit("ug/m3", "scaled kg/m3", 8798, primary="kg/m3", scale=1e-9),
    Unit("mm/h", "scaled m/s", 8798, primary="m/s", scale=1 / 3600000),
    Unit("m/h", "scaled m/s", 8798, primary="m/s", scale=1 / 3600),
    Unit("ppm", "scaled /", 8798, primary="/", scale=1e-6),
    Unit("/100", "scaled /", 8798, primary="/", scale=1 / 100),
    Unit("/1000", "scaled /", 8798, primary="/", scale=1 / 1000),
    Unit("hPa", "scaled Pa", 8798, primary="Pa", scale=100),
    Unit("mm", "scaled m", 8798, primary="m", scale=1 / 1000),
    Unit("cm", "scaled m", 8798, primary="m", scale=1 / 100),
    Unit("km", "scaled m", 8798, primary="m", scale=1000),
    Unit("km/h", "scaled m/s", 8798, primary="m/s", scale=1 / 3.6),
)
"""Units by agreement only, each with its way back to a primary one."""

_BY_SYMBOL = {unit.symbol: unit for unit in (*PRIMARY, *SECONDARY)}


def lookup(symbol: str) -> Unit | None:
    """Returns the registered unit with that symbol, or None if the symbol is unregistered."""
    return _BY_SYMBOL.get(symbol)


def to_primary(value: float, unit: Unit) -> float:
    """Returns the value in the primary unit; a primary unit's own value is returned unchanged."""
    return value * unit.scale + unit.offset
