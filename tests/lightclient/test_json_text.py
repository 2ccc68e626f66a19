import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightclient import json_text
from lightclient.errors import MalformedMessage

PRINTED = st.text(alphabet='[]{}"\\ax', max_size=12)
VALUES = st.recursive(
    PRINTED | st.integers(-9, 9), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTED, inner, max_size=4), max_leaves=12
)


@given(VALUES)
def test_brackets_in_strings_do_not_count(value: object) -> None:
    assert json_text.decode(json.dumps(value).encode()) == value


@pytest.mark.parametrize("text", [b"", b"{", b"nul", b'"\xff"', b"[1,]", b"[" * 33 + b"]" * 33, b'{"a":' * 40, b"[" * 10_000_000])
def test_what_is_not_json_or_nests_too_deep_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedMessage):
        json_text.decode(text)


def test_a_raised_recursion_limit_does_not_let_nesting_end_the_process() -> None:
    program = (
        "import sys; sys.setrecursionlimit(10**6)\n"
        "from lightclient import json_text\n"
        "from lightclient.errors import MalformedMessage\n"
        "try: json_text.decode(b'[' * 1000000)\n"
        "except MalformedMessage: print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
