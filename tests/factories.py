"""Small made-up customers and analyses for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from data import names
from data.serving import SERVING, write_serving
from data.store import ANALYSES, Analysis, Store, write_json

GRID = {"lo": -5.0, "step": 0.1, "cdf": [float(norm.cdf(-5 + 0.1 * place)) for place in range(101)]}
DEFAULT_SHORTFALL = 10.0


def customers(count: int, seed: int = 0) -> pd.DataFrame:
    """Customers whose outcomes are drawn from their own predicted distributions: a perfect model."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame({name: draw.gamma(1.0, 10.0, count).round(2) for name in names.FEATURES})
    frame.insert(0, names.CUSTOMER_ID, [f"C{place:06d}" for place in range(count)])
    frame["frequency"] = 1.0 + draw.negative_binomial(0.5, 0.1, count)
    prob = draw.beta(0.8, 0.8, count).round(6)
    mu, sigma = draw.normal(3.5, 0.6, count).round(4), 0.8
    frame[names.PRED_PROB] = prob
    frame[names.SPEND_MU], frame[names.SPEND_SIGMA] = mu, sigma
    frame[names.PRED_SPEND] = (prob * np.exp(mu + sigma**2 / 2)).round(4)
    frame[names.PRED_SPEND_LOW], frame[names.PRED_SPEND_HIGH] = 0.0, (frame[names.PRED_SPEND] * 3).round(4)
    bought = draw.random(count) < prob
    spent = np.where(bought, np.exp(mu + sigma * draw.normal(size=count)), 0.0).round(2)
    frame[names.ACTUAL_FLAG], frame[names.ACTUAL_SPEND] = bought.astype(float), spent
    frame[names.SHORTFALL] = (frame[names.PRED_SPEND] - spent).round(4)
    value = norm.cdf((np.log(np.maximum(spent, 1e-9)) - mu) / sigma)
    frame[names.SPEND_CDF] = np.where(spent > 0, 1 - prob + prob * value, 1 - prob)
    frame[names.PERFORMANCE] = names.AS_EXPECTED
    frame[names.CHURN_RISK], frame[names.P_ALIVE] = 1 - prob, 0.5
    frame[names.CLV] = frame[names.PRED_SPEND] * 4
    for rank in range(1, names.REASONS + 1):
        frame[f"reason_{rank}"], frame[f"reason_{rank}_effect"] = "recency_days", 0.1 * rank
    return frame


def publish_analysis(
    home: Path, past: pd.DataFrame, score: pd.DataFrame | None = None, **manifest: object
) -> Analysis:
    """An analysis with what the pages read, in the workspace `home`; `manifest` has more of its manifest."""
    store = Store(home)

    def fill(folder: Path) -> dict[str, object]:
        write_serving(folder / SERVING, past, past if score is None else score, threads=1)
        metrics = {"winback": {"threshold": DEFAULT_SHORTFALL}, "spend_distribution": GRID}
        write_json(folder / "metrics.json", metrics)
        return {
            "kind": "analysis",
            "dataset_id": "none",
            "cutoff": "2025-10-02",
            "last_date": "2025-12-31",
            "horizon_days": 90,
            **manifest,
        }

    return store.analysis(store.publish(ANALYSES, "Test shop", fill))
