"""What a view of the segments page is asked to show, and what all views share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from dash.exceptions import PreventUpdate

from data.errors import InputError
from data.segments.filter import SegmentFilter
from data.segments.metrics import Metric, metric_named
from figures import words

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.segments.queries import SegmentQueries

# A chart that brings no height of its own.
HEIGHT: Final = "24rem"
Answer = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a view is asked to show: whose segments, which of them, and how it is looked at."""

    queries: SegmentQueries
    chosen: SegmentFilter
    theme: str
    narrow: bool
    options: Mapping[str, Any]

    @classmethod
    def read(cls, services: Services, data: Mapping[str, Any] | None) -> Asked:
        """The question in a view's store; nothing to do where there is none."""
        if not data:
            raise PreventUpdate
        params = data["filter"]
        queries = services.segments(params["segmentation"])
        return cls(
            queries=queries,
            chosen=queries.fitting(SegmentFilter.from_params(params)),
            theme=str(data["theme"]),
            narrow=bool(data.get("narrow")),
            options=data,
        )

    def metric(self, name: str) -> Metric:
        """The metric that the choice `name` asks for; InputError where there is none to choose."""
        if not self.queries.metrics:
            raise InputError("These customers have no numbers, so they cannot be placed by one: see Make-up.")
        return metric_named(self.queries.metrics, str(self.options.get(name)))

    @property
    def around(self) -> SegmentFilter:
        """The filter whatever segments are picked."""
        return replace(self.chosen, segments=())

    @property
    def currency(self) -> str | None:
        """Code of the account currency."""
        found = self.queries.manifest.get("currency")
        return found if isinstance(found, str) else None

    @property
    def revision(self) -> str:
        """The same while a chart stays the same but for its customers."""
        return " ".join([self.queries.segmentation.id, *(str(self.options.get(key)) for key in ("x", "y"))])


def own_height(figure: Any) -> dict[str, str]:
    """The style of a chart whose figure brings its height."""
    height = figure.layout.height
    return {"height": f"{height:.0f}px" if height else HEIGHT}


def drawn_words(drawn: int, total: int) -> str:
    """How many of the customers a chart of points draws."""
    if not total:
        return ""
    if drawn >= total:
        return f"All {words.plural(total, 'customer')} are drawn." if total > 1 else "One customer is drawn."
    return (
        f"{words.count(drawn)} of {words.count(total)} customers are drawn, some of every segment, "
        "so that small ones are seen."
    )
