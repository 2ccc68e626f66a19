"""Text of strangers on a terminal: nothing in it is obeyed, hidden or drawn."""

from rich.markup import escape


def plain(text: str) -> str:
    """Returns the text with whatever a terminal would obey, or not show, in its escaped form."""
    return text if text.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def cell(value: object) -> str:
    """Returns a table's cell that shows the value as it is, brackets included."""
    return escape(plain(str(value)))
