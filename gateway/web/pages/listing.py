"""What pages with a list share: the form by which it is filtered, and the ways to its newest and to older ones. Pure."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from oracle.drawing.html import Html, el


def filters(path: str, *fields: tuple[str, str, Iterable[Html]]) -> Html:
    """Returns the form of a page: for each field its title, its name, and the options to choose from."""
    labels = [el("label", el("span", title), el("select", list(options), name=name)) for title, name, options in fields]
    return el("form", labels, el("button", "Show", type="submit"), method="get", action=path, class_="filter")


def ways(path: str, chosen: Mapping[str, str | int], before: str | int | None, older: str | int | None) -> Html:
    """Returns the ways from a page that begins after `before`, nothing for the newest one, to the next, where there are `older` ones."""
    newest = el("a", "Newest", href=address(path, chosen)) if before else None
    more = el("a", "Older", href=address(path, {**chosen, "before": older})) if older else None
    return el("nav", newest, more, class_="pages", aria_label="More")


def address(path: str, chosen: Mapping[str, str | int]) -> str:
    """Returns the address of a page by its fields; those with an empty value are the usual ones."""
    query = urlencode({name: value for name, value in chosen.items() if value != ""})
    return f"{path}?{query}" if query else path
