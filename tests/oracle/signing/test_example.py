"""The example of the signer's settings: usable as it stands, complete, and right about every default."""

import re
import tomllib
from typing import Any

import msgspec

from oracle.signing.policy import ContractRule, FeeRules, Policy, RateRules, SchemaRule, known_schemas
from oracle.signing.settings import KeySettings, SignerSettings, load
from tests.vectors import ROOT

EXAMPLE = ROOT / "config" / "signer.example.toml"
DEFAULT_LINE = re.compile(r"^#(?=\[|[a-z_]+ = )", re.MULTILINE)


def everything() -> dict[str, Any]:
    """The example with every default taken out of its comment."""
    return tomllib.loads(DEFAULT_LINE.sub("", EXAMPLE.read_text()))


def test_it_can_be_used_as_it_stands() -> None:
    settings = load(EXAMPLE)
    assert settings == SignerSettings(KeySettings("file:key.json", secret_file="passphrase"), Policy(schemas=known_schemas()))


def test_it_names_every_setting_with_its_default() -> None:
    document = everything()
    policy = document["policy"]
    places: list[tuple[type[msgspec.Struct], dict[str, Any]]] = [
        (SignerSettings, document),
        (KeySettings, document["keys"]),
        (Policy, policy),
        (SchemaRule, policy["schemas"][0]),
        (ContractRule, policy["contracts"][0]),
        (RateRules, policy["rates"]),
        (FeeRules, policy["fees"]),
    ]
    wrong = []
    for record, table in places:
        for field in msgspec.structs.fields(record):
            assert field.name in table, f"{record.__name__}.{field.name} is missing from {EXAMPLE}"
            given = table[field.name]
            if not isinstance(given, dict) and not (given and isinstance(given, list)) and field.default is not msgspec.NODEFAULT:
                default = list(field.default) if isinstance(field.default, tuple) else field.default
                if given != default and (record, field.name) != (KeySettings, "secret_file"):
                    wrong.append(f"{record.__name__}.{field.name}: the example says {given!r}, the record {default!r}")
    assert wrong == []


def test_its_schemas_are_those_of_this_release() -> None:
    assert [(one["uid"], one.get("subject_words", 1)) for one in everything()["policy"]["schemas"]] == [
        (rule.uid, rule.subject_words) for rule in known_schemas()
    ]
