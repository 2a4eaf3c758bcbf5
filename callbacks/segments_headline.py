"""The customers that the filter leaves: their number and figures, the chips, the counts of the legend."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dash import no_update
from dash.exceptions import PreventUpdate

from data.errors import LapwingError
from data.segments.filter import SegmentFilter
from figures import words
from pages._ui import explorer_parts as parts
from pages._ui import segment
from pages._ui.controls import problem
from pages._ui.explorer_words import NOTHING

if TYPE_CHECKING:
    from callbacks.services import Services

Params = Mapping[str, Any]


def read_filter(params: Params | None) -> SegmentFilter:
    """The filter of the page's store or an address; InputError where it makes no sense."""
    return SegmentFilter.from_params({name: str(value) for name, value in (params or {}).items()})


def headline(services: Services, params: Params | None) -> dict[str, Any]:
    """Count, figures, chips and legend of the filter."""
    if not params:
        raise PreventUpdate
    try:
        queries = services.segments(params["segmentation"])
        chosen = queries.fitting(read_filter(params))
        summary = queries.summary(chosen)
        # Names and merges change no total: for each file it is asked once.
        everyone = queries.file.kept(("everyone",), lambda: queries.summary(SegmentFilter()), forever=True)
        # The legend counts what each box would bring, whichever are ticked.
        legend = queries.summary(replace(chosen, segments=())) if chosen.segments else summary
    except LapwingError as error:
        return _unanswered(str(error))
    chips = queries.chips(chosen)
    # A rule that nobody meets is no choice, unless the address has made it.
    shown = [look for look in queries.looks if look.customers or look.key in chosen.segments]
    by_segment = {look.key: legend.by_segment.get(look.key, 0) for look in queries.looks}
    return {
        "count": words.count(summary.customers),
        "count_note": "all there are"
        if summary.customers == everyone.customers
        else f"of {words.count(everyone.customers)}, {words.percent(summary.customers / max(everyone.customers, 1))}",
        "facts": parts.facts(summary, everyone, queries.manifest.get("currency")),
        "chips": parts.chips(chips),
        "legend": parts.legend(shown, by_segment),
        "key": parts.key(shown),
        "formats": segment.format_options(summary.customers),
        "closed": summary.customers == 0,
        "clear_closed": not chips,
        "table_note": "The same customers, row by row."
        if summary.customers
        else "No customer matches: take off a filter above, or Clear.",
    }


def _unanswered(text: str) -> dict[str, Any]:
    return {
        "count": words.MISSING,
        "count_note": "",
        "facts": problem(text),
        "chips": None,
        "legend": no_update,
        "key": no_update,
        "formats": segment.format_options(0),
        "closed": True,
        "clear_closed": False,
        "table_note": "",
    }


def values(services: Services, ready: Params | None, attribute: str | None) -> list[dict[str, Any]]:
    """The values of a category with their customers, to add to the filter."""
    if not ready or not attribute or attribute == NOTHING:
        return [{"label": "None", "value": NOTHING}]
    try:
        frame = services.segments(ready["segmentation"]).values(attribute)
    except LapwingError as error:
        raise PreventUpdate from error
    rows = zip(frame["value"], frame["customers"], strict=True)
    return [
        {"label": "Add a value …", "value": NOTHING},
        *(
            {"label": f"{value if known(value) else 'Not known'} ({words.count(customers)})"}
            | {"value": f"={value if known(value) else ''}"}
            for value, customers in rows
        ),
    ]


def known(value: Any) -> bool:
    """Whether a category's value is there."""
    return value is not None and value != "" and not (isinstance(value, float) and math.isnan(value))
