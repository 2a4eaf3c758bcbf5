"""What a test says: a published one, one by hand, and repeated ones whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from models.campaign.params import CampaignParams
from models.campaign.readout import PAID, read_out

HILLSTROM = "hillstrom/Kevin_Hillstrom_MineThatData_E-MailAnalytics_DataMiningChallenge_2008.03.20.csv.gz"
FREE = CampaignParams(discount=0.0, contact_cost=0.0, redemption=0.0, margin=1.0)


def interval(effect: dict[str, Any]) -> tuple[float, float, float]:
    return effect["difference"], effect["low"], effect["high"]


@pytest.fixture(scope="module")
def hillstrom(real_data: Path) -> dict[str, Any]:
    path = real_data / HILLSTROM
    if not path.is_file():
        pytest.skip(f"{path.name} is not among the real data")
    frame = pd.read_csv(path).rename(columns={"segment": "arm", "conversion": "converted"})
    return read_out(
        frame[["arm", "spend", "converted", "history"]],
        control="No E-Mail",
        params=CampaignParams(discount=0.0, contact_cost=0.1, margin=0.3),
        covariate="history",
    )


def test_hillstroms_emails_brought_what_was_published(hillstrom: dict[str, Any]) -> None:
    men, women = hillstrom["comparisons"]
    assert (men["arm"], women["arm"], hillstrom["control"]) == ("Mens E-Mail", "Womens E-Mail", "No E-Mail")
    assert (men["customers"], women["customers"], men["control_customers"]) == (21307, 21387, 21306)
    assert interval(men["spend"]) == pytest.approx((0.770, 0.485, 1.055), abs=5e-4)
    assert interval(women["spend"]) == pytest.approx((0.424, 0.169, 0.680), abs=5e-4)
    assert interval(men["conversion"]) == pytest.approx((0.0068, 0.0050, 0.0086), abs=5e-5)
    assert interval(women["conversion"]) == pytest.approx((0.0031, 0.0015, 0.0047), abs=5e-5)
    assert (men["spend"]["treated"], women["spend"]["treated"]) == pytest.approx((1.4226, 1.0772), abs=5e-5)
    assert men["spend"]["control"] == pytest.approx(0.6528, abs=5e-5)
    assert (men["converted"], women["converted"], men["control_converted"]) == (267, 189, 122)


def test_hillstroms_arms_have_the_sizes_of_a_fair_draw(hillstrom: dict[str, Any]) -> None:
    ratio = hillstrom["sample_ratio"]
    assert (ratio["chi_square"], ratio["p"], ratio["ok"]) == (
        pytest.approx(0.2025, abs=1e-4),
        pytest.approx(0.904, abs=1e-3),
        True,
    )
    assert hillstrom["cautions"] == []


def test_last_years_spend_explains_next_to_nothing_of_hillstroms(hillstrom: dict[str, Any]) -> None:
    assert hillstrom["cuped"]["correlation"] == pytest.approx(0.0217, abs=1e-4)
    men = hillstrom["comparisons"][0]["spend"]
    assert men["cuped"]["difference"] == pytest.approx(0.767, abs=5e-4)
    width = (men["cuped"]["high"] - men["cuped"]["low"]) / (men["high"] - men["low"])
    assert width == pytest.approx(hillstrom["cuped"]["variance_left"] ** 0.5, abs=5e-4)


def test_hillstroms_largest_orders_do_not_decide(hillstrom: dict[str, Any]) -> None:
    cuts = hillstrom["comparisons"][0]["spend"]["winsorised"]
    assert [one["level"] for one in cuts] == [0.999, 0.99, 0.95]
    assert [one["cap"] for one in cuts] == pytest.approx([499.0, 499.0, 362.2])
    assert [one["difference"] for one in cuts] == pytest.approx([0.770, 0.770, 0.737], abs=5e-4)
    assert min(one["low"] for one in cuts) > 0.45


def test_hillstroms_profit_is_margin_less_postage(hillstrom: dict[str, Any]) -> None:
    men, women = (one["profit"] for one in hillstrom["comparisons"])
    assert interval(men["per_customer"]) == pytest.approx((0.3 * 0.7698 - 0.1, 0.0455, 0.2164), abs=1e-4)
    assert men["total"]["difference"] == pytest.approx(2790.11, abs=0.01)
    assert interval(men["roi"]) == pytest.approx((1.309, 0.455, 2.164), abs=1e-3)
    assert (men["verdict"], women["verdict"]) == ("more", "unclear")
    whole = hillstrom["campaign"]
    for part in ("incremental_margin", "contact_cost", "total_cost"):
        assert whole[part] == pytest.approx(men[part] + women[part])
    assert whole["total"]["difference"] == pytest.approx(
        men["total"]["difference"] + women["total"]["difference"]
    )


def by_hand(**more: Any) -> pd.DataFrame:
    """Four treated, of whom two buy for 100 and 60, and four left out, of whom one buys for 80."""
    return pd.DataFrame(
        {"arm": ["treat"] * 4 + ["holdout"] * 4, "spend": [100.0, 60.0, 0.0, 0.0, 80.0, 0.0, 0.0, 0.0]} | more
    )


def test_a_test_by_hand() -> None:
    params = CampaignParams(margin=0.5, discount=0.2, redemption=0.5, contact_cost=1.0, fixed_cost=3.0)
    found = read_out(by_hand(), control="holdout", params=params)
    one = found["comparisons"][0]
    assert one["conversion"]["difference"] == 0.25
    assert one["totals"]["incremental_orders"]["difference"] == 1.0
    assert one["spend"]["difference"] == 20.0
    assert one["totals"]["incremental_spend"]["difference"] == 80.0
    # Of every two orders with the offer one is new and one came anyway, half of those with the discount: 3 in 4.
    assert one["profit"]["discounts"] == pytest.approx(0.2 * 0.75 * 160.0)
    assert one["profit"]["incremental_margin"] == pytest.approx(0.5 * 80.0)
    assert one["profit"]["total_cost"] == pytest.approx(24.0 + 4.0 + 3.0)
    assert one["profit"]["total"]["difference"] == pytest.approx(40.0 - 31.0)
    assert one["profit"]["roi"]["difference"] == pytest.approx(9.0 / 31.0)
    assert one["profit"]["per_customer"]["difference"] == pytest.approx((40.0 - 28.0) / 4.0)
    assert found["campaign"] == one["profit"]


def test_what_was_paid_is_brought_back_to_list_price() -> None:
    params = CampaignParams(margin=0.5, discount=0.2, redemption=0.5, contact_cost=1.0, fixed_cost=3.0)
    listed = read_out(by_hand(), control="holdout", params=params)
    # 15 % of the treated arm's orders was taken off.
    paid = by_hand(spend=[85.0, 51.0, 0.0, 0.0, 80.0, 0.0, 0.0, 0.0])
    found = read_out(paid, control="holdout", params=params, spend_is=PAID)
    assert found["campaign"]["total"]["difference"] == pytest.approx(
        listed["campaign"]["total"]["difference"]
    )
    assert found["campaign"]["discounts"] == pytest.approx(24.0)
    with pytest.raises(InputError, match="not 'gross'"):
        read_out(paid, control="holdout", params=params, spend_is="gross")


def test_known_discounts_are_taken_as_they_are() -> None:
    params = CampaignParams(margin=0.5, discount=0.9, contact_cost=1.0)
    known = by_hand(discount=[10.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0])
    found = read_out(known, control="holdout", params=params)
    assert found["discounts_known"] is True
    # What the control was given would have been given anyway.
    assert found["campaign"]["discounts"] == pytest.approx(6.0)
    assert found["campaign"]["total"]["difference"] == pytest.approx(40.0 - 6.0 - 4.0)
    paid = read_out(
        known.assign(spend=known["spend"] - known["discount"]),
        control="holdout",
        params=params,
        spend_is=PAID,
    )
    assert paid["campaign"]["total"]["difference"] == pytest.approx(30.0)


def test_where_nothing_is_spent_there_is_no_roi() -> None:
    found = read_out(by_hand(), control="holdout", params=FREE)
    assert found["campaign"]["roi"] is None
    assert found["campaign"]["total"]["difference"] == pytest.approx(80.0)


def many(seed: int = 3, customers: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    arm = rng.choice(["A", "B", "none"], customers, p=[0.25, 0.25, 0.5])
    predicted = rng.gamma(2.0, 10.0, customers)
    bought = rng.random(customers) < 0.3 + 0.1 * (arm == "A")
    return pd.DataFrame(
        {
            "customer_id": [f"C{place}" for place in range(customers)],
            "arm": arm,
            "spend": np.where(bought, predicted * rng.gamma(4.0, 0.8, customers), 0.0).round(2),
            "predicted": predicted,
        }
    )


def test_a_result_is_plain_json_and_does_not_hang_on_the_order_of_rows() -> None:
    frame = many()
    found = read_out(frame, control="none", params=CampaignParams(), covariate="predicted")
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text) == found
    mixed = read_out(
        frame.sample(frac=1.0, random_state=1), control="none", params=CampaignParams(), covariate="predicted"
    )
    assert mixed == found
    assert found["cuped"]["correlation"] > 0.2


def test_fixed_cost_is_shared_by_customers_and_everything_adds_up() -> None:
    found = read_out(many(), control="none", params=CampaignParams(fixed_cost=600.0, discount=0.1))
    parts = [one["profit"] for one in found["comparisons"]]
    assert sum(part["fixed_cost"] for part in parts) == pytest.approx(600.0)
    assert parts[0]["fixed_cost"] / parts[1]["fixed_cost"] == pytest.approx(
        parts[0]["customers"] / parts[1]["customers"]
    )
    for part in [*parts, found["campaign"]]:
        spent = part["discounts"] + part["contact_cost"] + part["fixed_cost"]
        assert part["total_cost"] == pytest.approx(spent)
        assert part["total"]["difference"] == pytest.approx(part["incremental_margin"] - spent)
        assert part["roi"]["difference"] == pytest.approx(part["total"]["difference"] / spent)
    for key in ("incremental_margin", "discounts", "total_cost"):
        assert found["campaign"][key] == pytest.approx(sum(part[key] for part in parts))


def test_the_interval_of_roi_holds_the_truth_as_often_as_it_says() -> None:
    rng, params = np.random.default_rng(5), CampaignParams(margin=0.6, contact_cost=1.0, fixed_cost=50.0)
    held, repeats, arm = [], 250, ["t"] * 400 + ["c"] * 200
    for _ in range(repeats):
        base = np.where(rng.random(600) < 0.5, rng.gamma(4.0, 10.0, 600), 0.0)
        spend = np.where(np.arange(600) < 400, 1.5 * base, base)
        given = np.where(np.arange(600) < 400, 0.1 * spend, 0.0)
        frame = pd.DataFrame({"arm": arm, "spend": spend, "discount": given})
        roi = read_out(frame, control="c", params=params)["campaign"]["roi"]
        # 400 customers bring 10 more each at list price, 3 of it discount, and cost 1 each and 50.
        truth = 400 * 0.6 * 10.0 / (400 * (3.0 + 1.0) + 50.0) - 1.0
        held.append(roi["low"] <= truth <= roi["high"])
    # 95 % of 250 repeats, give or take three standard errors.
    assert 0.909 <= np.mean(held) <= 0.991


def test_planned_shares_are_what_sizes_are_held_against() -> None:
    frame = many()
    equal = read_out(frame, control="none", params=FREE)
    assert equal["sample_ratio"]["ok"] is False
    assert equal["cautions"][0].startswith("The arms do not have the sizes that equal shares would give: ")
    assert "Say which shares were planned, where these were not equal" in equal["cautions"][0]
    planned = read_out(frame, control="none", params=FREE, planned={"none": 0.5, "A": 0.25, "B": 0.25})
    assert planned["sample_ratio"]["ok"] is True
    assert planned["sample_ratio"]["expected"]["none"] == 1500.0
    assert planned["cautions"] == []
    broken = read_out(
        frame[(frame["arm"] != "A") | (frame["spend"] > 0)],
        control="none",
        params=FREE,
        planned={"none": 2, "A": 1, "B": 1},
    )
    assert "that the planned shares would give" in broken["cautions"][0]
    with pytest.raises(InputError, match="No share was planned for the arm 'B'"):
        read_out(frame, control="none", params=FREE, planned={"none": 0.5, "A": 0.5})


def cautions(frame: pd.DataFrame, **more: Any) -> str:
    return "\n".join(read_out(frame, control="none", params=FREE, **more)["cautions"])


def arms_of(treated: list[float], control: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {"arm": ["offer"] * len(treated) + ["none"] * len(control), "spend": [*treated, *control]}
    )


def test_few_buyers_are_said() -> None:
    few = arms_of([10.0] * 40 + [0.0] * 60, [11.0, 9.0, *[0.0] * 98])
    assert cautions(few).startswith("Few buyers (2 in none): the intervals of spend and profit are rough.")
    assert cautions(arms_of([10.0] * 40 + [0.0] * 60, [10.0] * 40 + [0.0] * 60)) == ""


def test_a_test_in_which_nobody_bought_has_no_interval_and_says_so() -> None:
    found = read_out(arms_of([0.0] * 30, [0.0] * 30), control="none", params=CampaignParams(contact_cost=0.0))
    assert found["cautions"] == ["Nobody bought in any arm: there is nothing to compare yet."]
    one = found["comparisons"][0]
    assert (one["spend"]["low"], one["spend"]["verdict"]) == (None, "unclear")
    assert one["spend"]["winsorised"][0]["cap"] is None
    assert one["conversion"]["high"] > 0.05
    assert found["campaign"]["roi"] is None


def test_one_customer_who_decides_is_said() -> None:
    rng = np.random.default_rng(2)
    amounts = list(rng.uniform(9.0, 11.0, 50))
    large = arms_of([*amounts[:49], 5000.0] + [0.0] * 50, amounts + [0.0] * 50)
    assert "One customer makes up 91% of the spend in offer: look at the winsorised figures." in cautions(
        large
    )
    # 30 % more, unless one huge return is counted as it is.
    upset = arms_of([1.3 * one for one in amounts * 4] + [-5000.0], amounts * 4 + [0.0])
    told = cautions(upset)
    assert "1 customer with negative spend (more returned than bought) kept as such." in told
    assert "Whether offer changed spend depends on a few large amounts" in told


def test_arms_that_were_unequal_before_are_said() -> None:
    frame = many()
    fair = read_out(frame, control="none", params=FREE, covariate="predicted")["cautions"]
    assert not any("unequal" in one for one in fair)
    unfair = frame.assign(predicted=frame["predicted"] + 5.0 * (frame["arm"] == "B"))
    found = read_out(unfair, control="none", params=FREE, covariate="predicted")["cautions"]
    assert [one for one in found if "unequal" in one] == [
        one for one in found if one.startswith("B and none were unequal before")
    ]
    assert any("unequal" in one for one in found)


def test_many_arms_are_said() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"arm": np.tile(["a", "b", "c", "none"], 100), "spend": rng.gamma(2.0, 5.0, 400)})
    assert cautions(frame).startswith(
        "3 arms are compared: with so many, chance alone puts one outside its 95 % interval in 14% of tests."
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["offer", "none", "x", "", None]),
            st.sampled_from(["0", "12.5", "-3", "", "1e6", "NA", None]),
            st.sampled_from(["1", "0", "", None]),
            st.sampled_from(["2", "-1", ""]),
            st.sampled_from(["5", "7.25", ""]),
        ),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from(["list", "paid"]),
)
@settings(max_examples=60, deadline=None)
def test_any_file_gets_numbers_or_a_sentence(rows: list[tuple[Any, ...]], spend_is: str) -> None:
    frame = pd.DataFrame(rows, columns=["arm", "spend", "converted", "discount", "before"])
    params = CampaignParams(discount=0.9, redemption=1.0, fixed_cost=10.0)
    for given_columns in (frame, frame.drop(columns=["discount", "converted"])):
        try:
            found = read_out(
                given_columns, control="none", params=params, covariate="before", spend_is=spend_is
            )
        except InputError as error:
            assert str(error).endswith(("?", "."))  # noqa: PT017
        else:
            json.dumps(found, allow_nan=False)
