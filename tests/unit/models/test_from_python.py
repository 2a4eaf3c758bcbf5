"""The example in the documentation of the models, run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models import persist
from models.analysis import AnalysisResult


def test_the_example_runs_and_gives_the_figures_of_the_analysis(
    root: Path, shop: Any, untuned: AnalysisResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "results" / "models").mkdir(parents=True)
    untuned.past.to_csv(tmp_path / "results" / "customers.csv", index=False)
    for name, content in untuned.files.items():
        (tmp_path / "results" / "models" / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", (root / "docs/models.md").read_text(), flags=re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)

    past = untuned.past
    assert found["customers"]["customer_id"].tolist() == past["customer_id"].tolist()
    assert found["p_alive"] == pytest.approx(past["p_alive"].to_numpy(), abs=1e-6)
    alpha = untuned.metrics["btyd"]["purchases"]["alpha"]
    assert found["purchases"].alpha_ == pytest.approx(alpha, rel=1e-9)
    assert (found["orders"] >= 0).all()
    assert np.corrcoef(found["value"], past["mean_order_value"])[0, 1] > 0.9
    features = shop.past.frame.sort_values("customer_id", ignore_index=True)
    expected = persist.load(untuned.files).score(features)
    pd.testing.assert_frame_equal(found["scored"], expected, check_dtype=False)
