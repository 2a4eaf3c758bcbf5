"""The example in the documentation of segments, run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.names import FEATURES
from jobs.segment_files import segments_of_run
from tests.by_hand import segments_by_hand


def test_the_example_runs_and_gives_the_segments_of_the_run(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = np.random.default_rng(4)
    past = pd.DataFrame({name: draw.gamma(1.0, 20.0, 500).round(2) for name in FEATURES})
    past.insert(0, "customer_id", [f"{at:05d}" for at in range(500)])
    divided = segments_of_run(past, 42, lambda _share, _text: None)
    (tmp_path / "results" / "models").mkdir(parents=True)
    pd.concat([past, divided.columns], axis=1).to_csv(tmp_path / "results" / "customers.csv", index=False)
    for name, content in divided.files.items():
        (tmp_path / "results" / "models" / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", (root / "docs/python.md").read_text(), flags=re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)

    by_hand = segments_by_hand(past)
    assert found["found"]["segment"].tolist() == by_hand == divided.columns["segment"].tolist()
    assert len(set(by_hand)) > 8
    assert found["saved"].predict(past)["segment"].tolist() == by_hand
    pd.testing.assert_frame_equal(found["again"], found["clusters"].predict(past))
    assert found["again"]["segment"].nunique() == 4
    assert set(found["advice"]) == set(found["found"]["segment_key"])
    assert all(found["advice"].values())
    # The table of the documentation has the columns that are said to be there.
    assert list(found["found"]) == [
        "customer_id", "segment", "segment_key", "code", "r_score", "f_score", "m_score",
    ]  # fmt: skip
