"""Manifests by strangers: both verifiers take the same texts for TOML, with the same values, and the same plans and policies for such."""

import random
import struct
import tomllib
from datetime import date, datetime, time
from math import isnan
from typing import Any

import pytest

from oracle import manifest
from oracle.lot_verdict import verdict_of_plan
from tests.oracle.bundle_fixture import PLAN, POLICY, ROUTED
from tests.vectors import ROOT
from tests.verifier.test_differential import compared, measured

pytestmark = [pytest.mark.peer, pytest.mark.arithmetic, pytest.mark.timeout(1200)]

TEXTS = [
    POLICY,
    ROUTED,
    PLAN,
    *(file.read_text() for file in sorted((ROOT / "config" / "networks").glob("*.toml"))[:2]),
    'a.b.c = 1\na.b.d = 2\n[a.x]\n"q" = {p = {q = 1}, r.s = [1, 2]}\n[[l]]\nx = 1\n[[l.m]]\ny = 2\n[l.n]\n[[l]]\n',
    "t = 1979-05-27T07:32:00Z\nu = 1979-05-27 07:32:00.999999-07:00\nv = 07:32:00\nw = 2024-02-29\nx = 0000-01-01\ny = 2023-02-29\n",
    "a = \"\"\"\nx \\\n   y\"\"\"\"\nb = '''\n'x''''\nc = \"\\u00e9\\U0001f4a5\\t\\\"\\\\\"\n'd e' = '\\x'\ne = \"\\e\\x41\"\n",
    "a = 0x1F_f\nb = 0b1_0\nc = 0o17\nd = -0\ne = +1_000\nf = 1_0.5_0e-1_0\ng = -inf\nh = nan\ni = 1e400\nj = -0.0\nk = 9007199254740993\n",
    "a = [1, [2.5, 'x',\n# c\n], {y = true}, ]\nb = [\n]\nc = {}\n__proto__ = 1\nconstructor.prototype = false\r\n[toString]\n",
    "[a]\n[a.b]\n[a]\n",
    "a = {x = 1,}\n",
    "a = {x = 1\n}\n",
    "a = [1,,2]\n",
    "a = 1 # \x7f\n",
    "\ufeffa = 1\n",
    "a = 1\rb = 2\n",
]
ALPHABET = "[]{}=.,#\"'\\ \n\t\r-+_0123456789abefinrtuxzTZ:é\x7f"
LIMITED = [
    "[[policy]]\n",
    'policy = "x"\n',
    "policy = 5\n",
    "policy = 2024-01-01\n",
    f'note = {2**70}\n[[policy.bands]]\nquantity = "t"\nhigh = {2**60}\n',
    f'[[policy.bands]]\nquantity = "t"\nhigh = {10**400}\n',
    f"x = {'9' * 4301}\n[policy]\n",
    "# [" + "\ufeff" * 64 + '\n[[policy.bands]]\nquantity = "t"\nhigh = 1\n',
    "# [" + "\x85" * 64 + '\n[[policy.bands]]\nquantity = "t"\nhigh = 1\n',
    "x = " + "[1, " * 31 + "]" * 31 + "\n[policy]\n",
    "x = " + "[1, " * 32 + "]" * 32 + "\n[policy]\n",
    "x = " + "[1, " * 3000 + "]" * 3000 + "\n[policy]\n",
    '[policy]\nbands = [[1], {quantity = "t"}]\n',
    "[policy]\nroute = 2024-01-01\n",
    "[policy]\nkinetic = []\n",
]
"""Manifests that one of two readers might take otherwise."""
PLANS = [
    'largest_lot = "500"\nsample_size = 3\nreject = 1',
    "largest_lot = 2024-01-01\nsample_size = 3\nreject = 1",
    "largest_lot = true\nsample_size = 3\nreject = 1",
    "largest_lot = 500\nsample_size = true\nreject = 1",
    "largest_lot = 500\nsample_size = nan\nreject = 1",
    "largest_lot = inf\nsample_size = 2.5\nreject = 1.5",
    "largest_lot = 500\nsample_size = 3\nreject = nan",
    f"largest_lot = {2**80}\nsample_size = {2**70}\nreject = {2**64}",
    "sample_size = 3\nreject = 1",
    "largest_lot = 500\nreject = 1",
]


def plain(value: Any) -> list[Any]:
    """A value with its type, so that 1 is not 1.0 and no number is rounded on its way."""
    match value:
        case bool() | str():
            return ["boolean" if isinstance(value, bool) else "string", str(value).lower() if isinstance(value, bool) else value]
        case int():
            return ["bigint", str(value)]
        case float():
            return ["number", "nan" if isnan(value) else f"{struct.unpack('>Q', struct.pack('>d', value))[0]:x}"]
        case date() | datetime() | time():
            return ["moment"]
        case list():
            return ["list", *map(plain, value)]
        case _:
            return ["table", *([name, plain(value[name])] for name in sorted(value))]


def toml(text: str) -> list[Any] | None:
    try:
        return plain(tomllib.loads(text))
    except (ValueError, RecursionError):
        return None


def mutants(count: int) -> list[str]:
    chance = random.Random(21)
    found = [*TEXTS]
    for _ in range(count):
        text = chance.choice(TEXTS)
        for _ in range(chance.choice([1, 1, 2])):
            lines, at = text.split("\n"), chance.randrange(len(text) + 1)
            match chance.randrange(5):
                case 0:
                    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
                    text = "\n".join(lines)
                case 1:
                    chance.shuffle(lines)
                    text = "\n".join(lines)
                case _:
                    text = text[:at] + chance.choice(["", *ALPHABET]) + text[at + chance.randrange(2) :]
        found.append(text)
    return found


def test_the_same_texts_are_toml_and_say_the_same() -> None:
    assert len(compared("toml", mutants(6000), toml)) > 1000


def test_the_same_manifests_state_limits() -> None:
    assert any(compared("policies", [[text, [], 0, 7_200_000] for text in [*LIMITED, *mutants(500)]], measured))


def test_the_same_plans_are_plans() -> None:
    texts = [f"[[sampling.plans]]\n{plan}\n" for plan in PLANS]
    texts += [f"[[sampling.plans]]\n{plan}\n{PLAN}" for plan in PLANS] + [f"{PLAN}\n[[sampling.plans]]\n{plan}\n" for plan in PLANS]
    texts += [
        "[sampling]\nplans = [[1], {largest_lot = 9, sample_size = 1, reject = 1}]\n",
        "[sampling.plans]\nx = 1\n",
        'sampling = "x"\n',
    ]
    questions = [[text, *counts] for text in texts for counts in ((40, 3, 1), (40, 2, 0), (600, 3, 0), (2, 2, 0))]
    assert len(compared("plans", questions, lambda one: verdict_of_plan(*one))) > 20


def test_a_manifest_is_read_to_a_depth_and_no_deeper() -> None:
    assert manifest.load("x = " + "[1, " * (manifest.MAX_DEPTH - 1) + "]" * (manifest.MAX_DEPTH - 1)) is not None
    assert manifest.load("x = " + "[1, " * manifest.MAX_DEPTH + "]" * manifest.MAX_DEPTH) is None
