"""Campaigns as files: what `lapwing run` says of the default campaign."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data.names import CUSTOMER_ID, FEATURES, PRED_PROB, PRED_SPEND
from models.campaign.by_segment import COLUMNS, by_segment
from models.campaign.customers import Customers
from models.campaign.params import CampaignParams
from models.params import AnalysisParams

_NOT_MADE = "roi.csv has no rows: there are no segments by rules to work a campaign out for."


def roi_of_run(
    score: pd.DataFrame, params: AnalysisParams, rules: bytes | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The default campaign for all customers of each segment (`models.campaign.by_segment`), and notes on it.

    `score` are the customers as of the last date with `pred_prob` and `pred_spend` over the analysis'
    horizon, `rules` the saved segmentation they are put into; without one the table has no rows.
    """
    if rules is None:
        return pd.DataFrame(columns=list(COLUMNS)), (_NOT_MADE,)
    from models.segmentation.segmenter import Segmenter

    saved = Segmenter.from_json(rules)
    segments: list[dict[str, Any]] = saved.report_["segments"]
    places = {segment["key"]: place for place, segment in enumerate(segments)}
    keys = saved.predict(score[[CUSTOMER_ID, *FEATURES]])["segment_key"]
    codes = np.array([places.get(key, -1) for key in keys], dtype=np.int64)
    probability, spend = (score[name].to_numpy(dtype=np.float64) for name in (PRED_PROB, PRED_SPEND))
    # Expectations only: how far single outcomes spread is not asked for.
    point = (np.zeros(2), np.array([0.0, 1.0]))
    customers = Customers(probability, spend, np.zeros(len(score)), {}, params.horizon_days, point)
    campaign = CampaignParams(margin=params.margin, horizon_days=params.horizon_days)
    return by_segment(customers, campaign, codes, [str(segment["name"]) for segment in segments]), ()
