import io
import logging

import pytest
import structlog

from gateway import logs


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_lines_and_no_variables(form: logs.Format, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    out = io.StringIO()
    logs.configure("info", form, out)
    held = "a value " + "in a variable"
    try:
        int("x")
    except ValueError as error:
        structlog.get_logger("test").warning("step failed", exc_info=error)
    structlog.reset_defaults()
    assert "ValueError" in out.getvalue()
    assert held not in out.getvalue()
