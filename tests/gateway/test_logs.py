import io
import json
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


def test_a_library_s_exception_keeps_its_traceback_in_json() -> None:
    out = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("info", "json", out)
    try:
        int("x")
    except ValueError:
        logging.getLogger("library").exception("request failed")
    finally:
        root.handlers[:], root.level = before
        structlog.reset_defaults()
    assert "invalid literal" in json.loads(out.getvalue())["exception"]
