"""roi.csv of a run: its segments are those of the saved rules; without rules it has a header and says why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from data.exports import write_frame_csv
from jobs.campaign_files import roi_of_run
from jobs.segment_files import RULES_FILE, segments_of_run
from models.campaign.by_segment import COLUMNS, DECIMALS
from models.params import AnalysisParams
from models.segmentation.segmenter import Segmenter
from tests.factories import customers


def test_customers_are_put_into_the_saved_segments(tmp_path: Path) -> None:
    past, score = customers(500, seed=1), customers(700, seed=2)
    rules = segments_of_run(past, 42, lambda _share, _text: None).files[RULES_FILE]
    params = AnalysisParams(margin=0.5, horizon_days=60)
    table, notes = roi_of_run(score, params, rules)
    assert notes == ()
    expected = table[table["scenario"] == "expected"]
    by_rules = Counter(Segmenter.from_json(rules).predict(score)["segment"])
    assert dict(zip(expected["segment"], expected["customers"], strict=True)) == by_rules
    assert len(by_rules) > 5
    p, value = score["pred_prob"], score["pred_spend"] / score["pred_prob"]
    more = np.minimum(1.0, 1.5 * p) - p
    profit = (more * value * 0.5 - 0.15 * value * (0.4 * p + more) - 0.10).sum()
    assert expected["net_profit"].sum() == pytest.approx(profit)
    # Rows in another order give the same file.
    mixed = score.sample(frac=1.0, random_state=3).reset_index(drop=True)
    for name, frame in (("one", table), ("two", roi_of_run(mixed, params, rules)[0])):
        write_frame_csv(frame, tmp_path / name, DECIMALS)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_without_rules_there_is_a_header_and_a_reason(tmp_path: Path) -> None:
    table, notes = roi_of_run(customers(10), AnalysisParams(), None)
    write_frame_csv(table, tmp_path / "roi.csv", DECIMALS)
    assert (tmp_path / "roi.csv").read_text() == ",".join(COLUMNS) + "\n"
    assert notes == ("roi.csv has no rows: there are no segments by rules to work a campaign out for.",)
