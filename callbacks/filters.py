"""From an address or a page's state to the one frozen filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.queries import CustomerFilter

PARAMS = (
    "window",
    "min_propensity",
    "shortfall_threshold",
    "level",
    "performances",
    "search",
    "at_risk",
    "group",
)


def read_filter(params: Mapping[str, Any] | None) -> CustomerFilter:
    """The filter that the page's state or an address names; InputError where it makes no sense."""
    given = dict(params or {})
    if "shortfall" in given:
        given["shortfall_threshold"] = given["shortfall"]
    if given.get("performances") == "none":
        # An address drops an empty value; the word says that no colour is shown.
        given["performances"] = ""
    return CustomerFilter.from_params(
        {name: str(given[name]) for name in PARAMS if given.get(name) is not None}
    )
