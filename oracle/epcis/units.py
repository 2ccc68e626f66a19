"""Which units each GS1 measurement type is stated in: common codes of UN/ECE Recommendation 20. Pure data.

EPCIS 2.0 section 7.3.7 asks for such a code in `uom`. The table holds the codes that instruments, scales and trade use; types that have no
unit of their own (Dimensionless, Count) take any code of it. A code outside the table is unknown here, whoever assigned it.
"""

_CODES: dict[str, str] = {
    "AbsorbedDose": "A95 C13 C80 A61",
    "AbsorbedDoseRate": "A96 P54 P55 P56 P57 P58 P59 P60 P61 P62 P63 P64",
    "Acceleration": "MSK A76 C11 M38 M39 M41 A73 IV K40 M40 M42",
    "AmountOfSubstance": "C34 B45 C18 FH Z9",
    "AmountOfSubstancePerUnitVolume": "C36 M33 C38 C35 B46",
    "Angle": "C81 C25 B97 A91 DD D61 D62 M43 M44",
    "AngularAcceleration": "2B M45",
    "AngularMomentum": "B33 C53",
    "AngularVelocity": "2A E96 RPM RPS M46",
    "Area": "MTK KMK H30 DAA CMK DMK H16 H18 MMK ARE HAR INK FTK YDK MIK M48 ACR M47 BB",
    "Capacitance": "FAR H48 C10 4O C41 4T N90",
    "Conductance": "SIE B53 C27 B99 N92 NQ NR",
    "Conductivity": "D10 H43 H61 G42 G43 B77",
    "Count": "C62 EA H87 NIU PR DZN GRO CEN MIL",
    "Density": "KMQ 23 D41 GJ B35 GL A93 GP B72 B34 H29 M1 GQ F23 G31 87 GE LA G32 K41 K71 K84 L37 L38 L39 L65 L92 L93",
    "Dimensionless": "C62 P1 59 61 60 E40 NX GK NA J33 L32 M29 K62 L19 J36 H60 H65 J87 L21 J91 Q30",
    "DoseEquivalent": "D13 C28 D91 L31",
    "DoseEquivalentRate": "P65 P66 P67 P68 P69 P70 P71 P72 P73 P74 P75 P76 P77",
    "DynamicViscosity": "C65 C24 89 C7 N36 N37",
    "ElectricCharge": "COU A8 AMH TAH D77 D86 B26 B86 C40 C71 E09 N95 N94",
    "ElectricCurrent": "AMP B22 H38 4K B84 C39 C70 N96 N97",
    "ElectricCurrentDensity": "A41 A4 A7 B23 B66",
    "ElectricFieldStrength": "D50 D47 D51 B79 B55 C30 C3",
    "Energy": (
        "JOU KJO A68 C68 D30 GV 3B C15 A70 A13 WHR MWH KWH GWH D32 A53 B71 A85 B29 A57 85 B38 N46 N47 D70 J75 E14 K51 K53 BTU "
        "J37 N71 N72 J55"
    ),
    "Exposure": "CKG C8 2C 2Y",
    "Force": "NEW B47 B73 B92 C20 DU C78 B37 B51 L40 L94 M75 M76 M77 M78",
    "Frequency": "HTZ KHZ MHZ A86 D29 C97 C94 RPM RPS",
    "Illuminance": "LUX KLX B60 P25 P26 P27",
    "Inductance": "81 C14 B90 C43 C73 P24",
    "Irradiance": "D54 N48 N49 C32 D85 C76",
    "KinematicViscosity": "S4 4C 91 C17 S3",
    "Length": "MTR A11 A71 C45 C52 4H A12 DMT CMT MMT INH FOT YRD SMI NMI A45 HMT KMT B57 AK M50 M49 X1 M51 77 M7",
    "LinearMomentum": "C57 B31 M98 M99 N10 N11",
    "Luminance": "A24 P28 P29 P30 P31 P32",
    "LuminousFlux": "LUM",
    "LuminousIntensity": "CDL P33 P34",
    "MagneticFlux": "WEB C33 P11",
    "MagneticFluxDensity": "D33 C29 D81 C48 P13 P12",
    "MagneticVectorPotential": "D59 B56 D60",
    "Mass": "KGM KTN LTN 2U TNE STN DTN STI LBR HGM ONZ DJ APZ GRM DG CGM MGM MC F13 CWI CWA M86 CTM GRN",
    "MassFlowRate": "KGS F31 E93 F28 4M 4U M87",
    "MassPerAreaTime": "H56",
    "MemoryCapacity": "A99 AD C37 D36 B68 2P 4L E34 E35 E36",
    "MolalityOfSolute": "C19 D87",
    "MolarEnergy": "B15 B44",
    "MolarMass": "D74 A94",
    "MolarVolume": "A40 A37 A36 B58",
    "Power": (
        "WTT KWT MAW A90 D31 C31 D80 C49 C75 F80 A63 A74 B39 HJ A25 BHP K15 K16 K42 K43 N12 2I D46 KVA MVA KVR E15 E16 J44 J45 "
        "J47 J51 J52 J81 J82 K54 K55 P14 P15 P16 P17 P18 P19 P20 P21"
    ),
    "Pressure": (
        "PAL H75 74 A89 A97 B96 KPA MPA BAR MBR HBA C55 C56 B40 UA 80 H78 HP F79 F78 ATT ATM J89 K24 K25 K31 E01 E42 E41 K85 84 "
        "N13 N14 N15 N16 N17 N18 N19 N20 N21 N22 N23 HN PS"
    ),
    "RadiantFlux": "WTT KWT MAW A90 D31 C31 D80 C49 C75",
    "RadiantIntensity": "D57",
    "Radioactivity": "CUR MCU M5 2R BQL GBQ 2Q 4N H08",
    "RelativeHumidity": "P1",
    "Resistance": "OHM A87 B75 H44 B49 E45 B94 P22",
    "Resistivity": "C61 C60 C1 B76 B50 C23 B95 C46",
    "SolidAngle": "D27",
    "SpecificVolume": "A39 22 H83 KX N28 N29 N30",
    "Speed": "KMH MTS HM M57 M58 KNT M62 H49 2M K14 FR FS M63 IU M61 2X C16 H81 H67 M60",
    "SurfaceDensity": "28 GM 25 GO",
    "SurfaceTension": "4P C22 DX",
    "Temperature": "CEL KEL FAH A48",
    "Time": "SEC MIN HUR DAY B52 C26 H70 B98 C47 WEE MON ANN D42 L95 L96 M56",
    "Torque": "NU F88 B74 B48 D83 B93 DN J72 B38 F21 J94 L41 M92 M95 M96 M97",
    "Voltage": "VLT N99 2Z B78 D82 KVT",
    "Volume": (
        "MTQ MAL LTR MMQ CMQ DMQ MLT HLT CLT DMA H19 H20 DLT 4G K6 A44 INQ FTQ YDQ GLI GLL PT PTI QTI PTL QTL PTD OZI QT J57 "
        "L43 L61 L62 L84 L86 OZA BUI BUA BLL BLD GLD QTD G26 G21 G24 G25 G23 M67 M68 M69 M70"
    ),
    "VolumeFlowRate": (
        "MQS MQH 2J 2K 2L 40 41 4X 5A B1 E17 E32 E92 G2 G3 GB G51 L2 LD J58 J59 J60 J61 J62 J63 J64 J65 J66 J67 J68 J69 J70 J71 "
        "J90 J92 J93 J95 J96 J97 J98 J99 K10 K11 K12 K22 K26 K27 K28 K30"
    ),
    "VolumeFraction": "P1 59 61 NX K62 L19 J36 H60 H65 J87 L21 J91 C62",
    "Wavenumber": "C92 E90 E91",
}
"""Measurement types of the GS1 web vocabulary, each with its codes; a table of text, because that is how it is read and checked."""

_SAME = {"AbsoluteHumidity": "Density", "MassConcentration": "Density", "Altitude": "Length"}
"""Types that are stated in the units of another."""
_PACKAGES = "BX BG CT CS PK PA PF PL RO SET"
"""Codes that count packages or sets, used with quantities of trade items."""

UNITS: dict[str, frozenset[str]] = {
    **{name: frozenset(codes.split()) for name, codes in _CODES.items()},
    **{name: frozenset(_CODES[other].split()) for name, other in _SAME.items()},
}
"""Units of each measurement type."""
KNOWN: frozenset[str] = frozenset().union(*UNITS.values(), _PACKAGES.split())
"""Every code of the table."""
FREE = frozenset({"Count", "Dimensionless", "VolumetricFlux"})
"""Types that any known unit may go with."""


def measured_by(code: str) -> tuple[str, ...]:
    """Returns the measurement types that a code belongs to, in order of name; empty for an unknown code."""
    return tuple(sorted(name for name, codes in UNITS.items() if code in codes))


def fits(measurement: str, code: str) -> bool:
    """Returns whether a value of that measurement type may be stated in that unit."""
    if measurement in UNITS and measurement not in FREE:
        return code in UNITS[measurement]
    return code in KNOWN
