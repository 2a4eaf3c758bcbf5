"""The charts of the overview: parts of a board of `data.overview` in, figures out.

Each is a pure function; names and values of a data set are never markup. What a click on a chart was on is its
`customdata`: a group of customers, or the key of a segment.
"""

from __future__ import annotations

from figures.overview_bridge import bridge_figure
from figures.overview_cohorts import cohort_figure
from figures.overview_concentration import concentration_figure
from figures.overview_segments import segment_figure
from figures.overview_spark import spark_mask
from figures.overview_time import time_figure

__all__ = [
    "bridge_figure",
    "cohort_figure",
    "concentration_figure",
    "segment_figure",
    "spark_mask",
    "time_figure",
]
