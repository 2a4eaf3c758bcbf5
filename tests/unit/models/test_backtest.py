from typing import Any

import pytest

from models.backtest import Origin, backtest, steps, verdict
from models.candidates import PROPENSITY, SPEND
from models.params import AnalysisParams

LOGISTIC = next(one for one in PROPENSITY if one.name == "logistic")
HURDLE = next(one for one in SPEND if one.name == "hurdle")


@pytest.fixture(scope="module")
def origins(shop: Any) -> list[Origin]:
    return [shop.past, *shop.earlier]


@pytest.fixture(scope="module")
def told() -> list[int]:
    return []


@pytest.fixture(scope="module")
def found(origins: list[Origin], told: list[int]) -> list[dict[str, Any]]:
    return backtest(origins, AnalysisParams(), LOGISTIC, HURDLE, lambda: told.append(1))


def test_each_cutoff_is_judged_by_the_one_before(
    origins: list[Origin], found: list[dict[str, Any]], told: list[int]
) -> None:
    assert len(told) == steps(origins, LOGISTIC, HURDLE)
    days = [one.cutoff.isoformat() for one in origins]
    assert [(one["cutoff"], one["trained_at"]) for one in found] == [(days[0], days[1]), (days[1], days[2])]
    for one, origin in zip(found, origins, strict=False):
        assert one["buyers"] == origin.frame["actual_flag"].sum()
        assert [row["role"] for row in one["rows"]] == ["champion", "baseline", "baseline", "baseline"]
        champion, *others = one["rows"]
        # The process does not change, so what was learned one window earlier still holds.
        assert champion["auc"] > 0.72
        assert abs(champion["buyers_bias"]) < 0.25
        assert champion["spend_bias"] == pytest.approx(champion["predicted_spend"] / one["actual_spend"] - 1)
        assert all(row["gini"] is None for row in others)


def test_colours_of_one_window_are_followed_into_the_next(
    origins: list[Origin], found: list[dict[str, Any]]
) -> None:
    for one, coloured in zip(found, origins[1:], strict=True):
        after = one["colours"]
        assert list(after) == ["under", "as_expected", "over"]
        # Whoever was a customer then is one now; those who came since have no colour.
        assert sum(row["customers"] for row in after.values()) == len(coloured.frame) <= one["customers"]
        assert min(row["customers"] for row in after.values()) > 10
        for row in after.values():
            assert row["ratio"] == pytest.approx(row["actual_spend"] / row["predicted_spend"])


def test_customers_at_risk_are_counted_as_on_the_overview(
    origins: list[Origin], found: list[dict[str, Any]]
) -> None:
    for one, origin in zip(found, origins, strict=False):
        seen = origin.frame[origin.frame["orders_365"] > 0]
        risk = one["at_risk"]
        assert 0 < risk["customers"] < len(seen) <= one["customers"]
        assert 0 < risk["spend"] < seen["spend_365"].sum()
        # About as many stay away as their churn risks say: more than half of those above one half.
        assert risk["customers"] > (1 - one["base_rate"]) * one["customers"] * 0.5


def test_outcomes_of_the_judged_window_change_no_prediction(
    origins: list[Origin], found: list[dict[str, Any]]
) -> None:
    """Only what was known at the earlier cutoff may be learned from."""
    judged = origins[0].frame
    other = Origin(origins[0].cutoff, judged.assign(actual_flag=1 - judged["actual_flag"], actual_spend=7.0))
    before = found[0]["rows"]
    after = backtest([other, origins[1]], AnalysisParams(), LOGISTIC, HURDLE)[0]["rows"]
    for one, two in zip(before, after, strict=True):
        assert two["predicted_buyers"] == pytest.approx(one["predicted_buyers"], rel=1e-12)
        assert two["auc"] == pytest.approx(1 - one["auc"])


def test_one_cutoff_alone_cannot_be_tested(origins: list[Origin]) -> None:
    assert backtest(origins[:1], AnalysisParams(), LOGISTIC, HURDLE) == []
    nothing = verdict([])
    assert (nothing["signal"], nothing["beats_baselines"]) == (None, None)


def _origin(champion: tuple[float, float], behind: tuple[float, float]) -> dict[str, Any]:
    """A cutoff at which the champion and one baseline reached (auc, auc_low), and who was how far behind."""
    mine, theirs = (
        {"label": label, "auc": 0.7, "auc_low": 0.65, "behind": far, "behind_low": far - 0.01}
        for label, far in zip(("Logistic regression", "Recency alone"), behind, strict=True)
    )
    theirs["name"] = "recency"
    mine |= {"auc": champion[0], "auc_low": champion[1], "role": "champion"}
    return {"rows": [mine, {**theirs, "role": "baseline"}]}


@pytest.mark.parametrize(
    ("champion", "behind", "signal", "beats", "words"),
    [
        ((0.75, 0.72), (0.0, 0.05), True, True, "in 2 of 2, beyond chance"),
        ((0.75, 0.72), (0.0, 0.005), True, False, "they lie within chance"),
        ((0.75, 0.72), (0.05, 0.0), True, False, "was nearer to what happened in 2 of 2"),
        ((0.53, 0.51), (0.0, 0.05), False, False, "No signal here"),
        ((0.60, 0.49), (0.0, 0.05), False, False, "Do not choose customers"),
    ],
    ids=["ahead", "level", "behind", "weak", "uncertain"],
)
def test_the_verdict_says_what_the_intervals_allow(
    champion: tuple[float, float], behind: tuple[float, float], signal: bool, beats: bool, words: str
) -> None:
    found = verdict([_origin(champion, behind)] * 2)
    assert (found["signal"], found["beats_baselines"]) == (signal, beats)
    assert words in found["sentence"]
    assert "2 earlier windows" in found["sentence"].replace("over", "Over")


def test_windows_won_and_lost_are_both_told() -> None:
    won, lost = _origin((0.75, 0.72), (0.0, 0.05)), _origin((0.75, 0.72), (0.05, 0.0))
    found = verdict([won, lost])
    assert (found["signal"], found["beats_baselines"]) == (True, False)
    assert "in 1 of 2, and farther off than the best of them in as many." in found["sentence"]
