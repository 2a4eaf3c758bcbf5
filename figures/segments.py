"""The charts of the segment explorer: frames of `data.segments.queries` in, figures out.

Each is a pure function; names and values of a data set are never markup. Those whose height follows from how
much they show bring it as `layout.height`. What a click on a chart was on is its `customdata`.
"""

from __future__ import annotations

from figures.segments_compare import boxes, heat
from figures.segments_components import loadings, plane
from figures.segments_fit import STABLE, choice, stability
from figures.segments_flows import flows
from figures.segments_makeup import grid_map, makeup
from figures.segments_points import scatter
from figures.segments_radar import RADAR_MOST, radar
from figures.segments_sizes import DONUT_MOST, donut, sizes
from figures.segments_space import MAX_POINTS, space

__all__ = [
    "DONUT_MOST",
    "MAX_POINTS",
    "RADAR_MOST",
    "STABLE",
    "boxes",
    "choice",
    "donut",
    "flows",
    "grid_map",
    "heat",
    "loadings",
    "makeup",
    "plane",
    "radar",
    "scatter",
    "sizes",
    "space",
    "stability",
]
