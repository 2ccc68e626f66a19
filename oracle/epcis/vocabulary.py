"""Words of the Core Business Vocabulary and of the GS1 web vocabulary that events may use bare. Pure data.

Sources: CBV 2.0 sections 7.1 to 7.5 and 7.7; EPCIS 2.0 section 7.3.7.
"""

from oracle.epcis.units import UNITS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BIZ_STEPS = _words(
    "accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting decommissioning departing "
    "destroying disassembling dispensing encoding entering_exiting holding inspecting installing killing loading other packing picking "
    "receiving removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting shipping staging_outbound "
    "stock_taking stocking storing transporting unloading unpacking void_shipping"
)
"""What happened."""

DISPOSITIONS = _words(
    "active available completeness_inferred completeness_verified conformant container_closed container_open damaged destroyed dispensed "
    "disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement "
    "no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold returned sellable_accessible "
    "sellable_not_accessible stolen unavailable unknown"
)
"""In what state things are afterwards."""

BIZ_TRANSACTIONS = _words("bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt")
"""Kinds of business transaction."""

SOURCES = frozenset({"owning_party", "possessing_party", "location"})
"""Kinds of source and destination."""

ERROR_REASONS = frozenset({"did_not_occur", "incorrect_data"})
"""Why an event is declared wrong."""

ALERTS = frozenset({"ALARM_CONDITION", "ERROR_CONDITION"})
"""What a sensor report may raise."""

COMPONENTS = _words(
    "x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing latitude longitude altitude"
)
"""Which part of a vector a value is."""

MEASUREMENT_TYPES = frozenset(UNITS) | {"VolumetricFlux"}
"""What a sensor report measures."""

ACTIONS = frozenset({"ADD", "OBSERVE", "DELETE"})
"""How an event relates to the lifecycle of its objects."""
