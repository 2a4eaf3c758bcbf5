"""What the sample was made from can be found again in it: every promised parameter, within its error."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln, hyp2f1
from scipy.stats import gamma, kstest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from data.sample import SHOP, Shop, sample_customers, sample_groups, sample_transactions, sample_truth
from data.sample_groups import CITIES, GENDERS, GROUPS, MEMBERSHIPS, SATISFACTIONS
from models.btyd import fit_btyd

Floats = NDArray[np.float64]
COUNT, SEED = 20_000, 11
# Of a true hypothesis, one test in 16,000 exceeds this many standard errors.
ERRORS = 4.0


@dataclass(frozen=True)
class Sample:
    """The sample of the tests: lines sold and returned, orders, and customers with their truth."""

    lines: pd.DataFrame
    orders: pd.DataFrame
    people: pd.DataFrame


def days_from_start(times: pd.Series) -> Floats:
    return ((times - pd.Timestamp(SHOP.first_day)) / pd.Timedelta(days=1)).to_numpy(dtype=np.float64)


@pytest.fixture(scope="module")
def sample() -> Sample:
    lines = sample_transactions(COUNT, SEED).to_pandas()
    sold = lines[lines["quantity"] > 0].assign(value=lambda line: line["quantity"] * line["unit_price"])
    orders = sold.groupby("order_id").agg(
        customer_id=("customer_id", "first"), at=("ordered_at", "first"), value=("value", "sum")
    )
    people = sample_customers(COUNT, SEED).to_pandas().set_index("customer_id")
    people = people.join(sample_truth(COUNT, SEED).to_pandas().set_index("customer_id"))
    by = orders.groupby("customer_id")
    people["orders"], people["value"] = by.size(), by["value"].mean()
    people["from"] = days_from_start(people["joined"])
    people["until"] = np.minimum(days_from_start(people["lifetime_end"]), SHOP.days)
    return Sample(lines, orders, people)


def quiet(shop: Shop = SHOP) -> Shop:
    """The shop without what the textbook models do not know: attributes, season, weekdays, campaign."""
    return replace(
        shop,
        attributes=tuple(replace(each, rate=(), spend=()) for each in shop.attributes),
        campaign=replace(shop.campaign, factor=1.0),
        peak_height=0.0,
        weekdays=(1.0,) * 7,
    )


def histories(shop: Shop, customers: int) -> tuple[Floats, Floats, Floats]:
    """(x, t_x, T) of each customer from the order lines alone; a purchase is a day with one."""
    lines = sample_transactions(customers, SEED, shop=shop).to_pandas()
    sold = lines[lines["quantity"] > 0]
    days = pd.Series(np.floor(days_from_start(sold["ordered_at"])), index=sold["customer_id"])
    by = days.groupby(level=0)
    first = by.min().to_numpy()
    return by.nunique().to_numpy() - 1.0, by.max().to_numpy() - first, shop.days - 1.0 - first


def errors_off(found: Floats | pd.Series, expected: Floats | pd.Series | float) -> float:
    """How many standard errors the mean of `found - expected` is off 0."""
    off = np.asarray(found - expected, dtype=np.float64)
    return float(off.mean() / (off.std(ddof=1) / np.sqrt(len(off))))


def test_the_hidden_rates_are_gamma(sample: Sample) -> None:
    people = sample.people
    for column, shape, scale in (
        ("base_rate_per_day", SHOP.rate_shape, SHOP.rate_scale),
        ("dropout_per_day", SHOP.dropout_shape, SHOP.dropout_scale),
    ):
        values = people[column].to_numpy()
        found, _, found_scale = gamma.fit(values, floc=0.0)
        assert found == pytest.approx(shape, rel=0.04), column
        assert 1.0 / found_scale == pytest.approx(scale, rel=0.06), column
        assert kstest(values, gamma(shape, scale=1.0 / scale).cdf).pvalue > 1e-4


def test_purchases_come_at_the_rates(sample: Sample) -> None:
    people = sample.people
    untreated = people[people["campaign_arm"] != "treat"]
    expected = untreated["rate_per_day"] * SHOP.factor_between(
        untreated["from"].to_numpy(), untreated["until"].to_numpy()
    )
    repeat = untreated["orders"] - 1
    assert abs(errors_off(repeat, expected)) < ERRORS
    # Poisson given rate and lifetime: the variance is the mean.
    assert ((repeat - expected) ** 2 / expected).where(expected > 0.5).mean() == pytest.approx(1.0, abs=0.06)
    for _, part in untreated.groupby(pd.qcut(untreated["until"] - untreated["from"], 5)):
        assert abs(errors_off(part["orders"] - 1, expected[part.index])) < ERRORS
    last = sample.orders.groupby("customer_id")["at"].max().dt.normalize()
    gone = people[~people["alive_at_end"]]
    assert (last[gone.index] <= gone["lifetime_end"].dt.normalize()).all()
    first = sample.orders.groupby("customer_id")["at"].min().dt.normalize()
    assert (first[people.index] == people["joined"].dt.normalize()).all()


def test_customers_leave_as_they_should(sample: Sample) -> None:
    people = sample.people
    age = SHOP.days - people["from"]
    alive = (SHOP.dropout_scale / (SHOP.dropout_scale + age)) ** SHOP.dropout_shape
    assert abs(errors_off(people["alive_at_end"], alive)) < ERRORS
    for _, part in people.groupby(pd.qcut(age, 6)):
        assert abs(errors_off(part["alive_at_end"], alive[part.index])) < ERRORS
    assert (people["alive_at_end"] == (people["until"] >= SHOP.days)).all()


def test_the_coming_days_are_as_expected(sample: Sample) -> None:
    people = sample.people
    expected, came = people["expected_purchases_next_90_days"], people["purchases_next_90_days"]
    assert abs(errors_off(came, expected)) < ERRORS
    assert expected.mean() > 0.3
    assert (expected[~people["alive_at_end"]] == 0).all()
    assert (came[~people["alive_at_end"]] == 0).all()
    living = people[people["alive_at_end"]]
    for _, part in living.groupby(pd.qcut(expected[living.index], 4)):
        assert len(part) > 2000
        assert abs(errors_off(part["purchases_next_90_days"], expected[part.index])) < ERRORS


def test_the_models_of_this_program_find_the_rates_of_those_who_stay() -> None:
    x, t_x, observed = histories(replace(quiet(), dropout_scale=1e9), 10_000)
    found = fit_btyd(x, t_x, observed)
    assert found.r == pytest.approx(SHOP.rate_shape, rel=0.08)
    assert found.alpha == pytest.approx(SHOP.rate_scale, rel=0.1)
    # Nobody leaves, and the model says so.
    assert found.a / (found.a + found.b) < 0.001
    assert found.doubt() is not None


def test_the_models_of_this_program_find_who_is_alive(sample: Sample) -> None:
    x, t_x, observed = histories(SHOP, COUNT)
    found = fit_btyd(x, t_x, observed)
    alive = found.p_alive(x, t_x, observed)
    assert alive.mean() == pytest.approx(sample.people["alive_at_end"].mean(), abs=0.05)
    truth = sample.people["alive_at_end"].to_numpy()
    assert alive[truth].mean() - alive[~truth].mean() > 0.4


def pareto_nbd(x: Floats, t_x: Floats, observed: Floats) -> Floats:
    """(r, alpha, s, beta) of greatest likelihood: Fader & Hardie (2005), "A note on deriving the Pareto/NBD"."""

    def loss(logs: Floats) -> float:
        r, alpha, s, beta = np.exp(logs)
        most, apart = max(alpha, beta), abs(alpha - beta)
        other = s + 1.0 if alpha >= beta else r + x

        def scaled(time: Floats) -> Floats:
            tail = ((most + time) / (most + t_x)) ** -(r + s + x)
            return np.asarray(hyp2f1(r + s + x, other, r + s + x + 1.0, apart / (most + time)) * tail)

        gone = np.log(np.maximum(scaled(t_x) - scaled(observed), 1e-300)) + np.log(s / (r + s + x))
        gone -= (r + s + x) * np.log(most + t_x)
        stays = -(r + x) * np.log(alpha + observed) - s * np.log(beta + observed)
        both = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        return -float(np.mean(both + np.logaddexp(gone, stays)))

    start = np.log([1.0, 80.0, 1.0, 400.0])
    simplex = start + np.vstack([np.zeros(4), 0.5 * np.eye(4)])
    options = {"initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-7, "maxiter": 800}
    found = minimize(loss, start, method="Nelder-Mead", options=options)
    assert found.success
    return np.exp(found.x)


def test_the_textbook_model_finds_rates_and_lifetimes_in_the_transactions() -> None:
    r, alpha, s, beta = pareto_nbd(*histories(quiet(), 10_000))
    assert r == pytest.approx(SHOP.rate_shape, rel=0.1)
    assert alpha == pytest.approx(SHOP.rate_scale, rel=0.12)
    # Shape and scale of the drop-out are hard to tell apart; what is well told is the share that stays.
    for days in (90, 365, 700):
        truth = (SHOP.dropout_scale / (SHOP.dropout_scale + days)) ** SHOP.dropout_shape
        assert (beta / (beta + days)) ** s == pytest.approx(truth, abs=0.03), days


def test_the_year_has_its_season_and_the_week_its_days(sample: Sample) -> None:
    people = sample.people
    edges = np.arange(SHOP.days)
    # What each day should bring: the customers alive on it, at their rates, times its factor.
    untreated = people[people["campaign_arm"] != "treat"]
    order = np.zeros(SHOP.days + 2)
    np.add.at(order, np.floor(untreated["from"]).astype(int) + 1, untreated["rate_per_day"])
    np.add.at(order, np.floor(untreated["until"]).astype(int) + 1, -untreated["rate_per_day"])
    alive = np.cumsum(order)[: SHOP.days]
    repeat = sample.orders.sort_values("at")
    repeat = repeat[repeat["customer_id"].duplicated() & repeat["customer_id"].isin(untreated.index)]
    day = np.floor(days_from_start(repeat["at"])).astype(int)
    came = np.bincount(day, minlength=SHOP.days)
    dates = [SHOP.first_day + dt.timedelta(days=int(place)) for place in edges]
    flat = pd.DataFrame(
        {"came": came, "alive": alive, "expected": alive * SHOP.day_factors[: SHOP.days]}, index=edges
    )
    flat["month"], flat["weekday"] = (
        [date.month for date in dates],
        [date.weekday() for date in dates],
    )
    for part in ("month", "weekday"):
        sums = flat.groupby(part)[["came", "alive", "expected"]].sum()
        off = (sums["came"] - sums["expected"]) / np.sqrt(sums["expected"])
        assert off.abs().max() < ERRORS, part
    month = flat.groupby("month")[["came", "alive"]].sum()
    pace = month["came"] / month["alive"]
    assert pace.idxmax() == 12
    assert pace[12] / pace[[5, 6, 7, 8]].mean() == pytest.approx(1.0 + 0.82 * SHOP.peak_height, rel=0.08)
    week = flat.groupby("weekday")[["came", "alive"]].sum()
    ratio = (week["came"] / week["alive"]) / (week["came"].sum() / week["alive"].sum())
    assert ratio.to_numpy() == pytest.approx(np.asarray(SHOP.weekdays), rel=0.06)


def test_the_season_has_mean_one() -> None:
    year = [SHOP.season(dt.date(2025, 1, 1) + dt.timedelta(days=place)) for place in range(365)]
    assert np.mean(year) == pytest.approx(1.0, abs=0.002)
    assert dt.date(2025, 1, 1) + dt.timedelta(days=int(np.argmax(year))) == dt.date(2025, *SHOP.peak)
    assert max(year) / min(year) == pytest.approx(1.0 + SHOP.peak_height, rel=0.01)


def test_lines_come_back_with_their_probability(sample: Sample) -> None:
    # Lines so early that every return of theirs lies in the data.
    whole = sample.lines["ordered_at"] < pd.Timestamp(SHOP.last_day) - pd.Timedelta(SHOP.return_days[1], "D")
    sold = sample.lines[whole & (sample.lines["quantity"] > 0)]
    back = set(
        sample.lines.loc[sample.lines["quantity"] < 0, ["order_id", "product_id"]].agg("".join, axis=1)
    )
    came_back = ("R" + sold["order_id"] + sold["product_id"]).isin(back)
    error = np.sqrt(SHOP.return_share * (1 - SHOP.return_share) / len(sold))
    assert abs(came_back.mean() - SHOP.return_share) < ERRORS * error


def test_spend_is_gamma_gamma(sample: Sample) -> None:
    people, orders = sample.people, sample.orders
    mean = people["mean_order_value"].to_numpy()[people.index.get_indexer(orders["customer_id"])]
    relative = (orders["value"] / mean).to_numpy()
    # Each order is gamma about the customer's own mean.
    assert abs(errors_off(relative, 1.0)) < ERRORS
    assert relative.var() == pytest.approx(1.0 / SHOP.value_shape, rel=0.03)
    shape, _, _ = gamma.fit(relative, floc=0.0)
    assert shape == pytest.approx(SHOP.value_shape, rel=0.03)
    # The means themselves are inverse gamma, once the attributes' known factors are taken off.
    base = people["mean_order_value"].to_numpy(dtype=np.float64)
    for attribute in SHOP.attributes:
        factor = dict(zip(attribute.values, attribute.factors(attribute.spend), strict=True))
        base = base / people[attribute.name].map(factor).to_numpy(dtype=np.float64)
    shape, _, scale = gamma.fit(1.0 / base, floc=0.0)
    assert shape == pytest.approx(SHOP.mean_shape, rel=0.04)
    assert 1.0 / (scale * SHOP.value_shape) == pytest.approx(SHOP.value_scale, rel=0.05)
    assert people["mean_order_value"].mean() == pytest.approx(
        SHOP.value_shape * SHOP.value_scale / (SHOP.mean_shape - 1.0), rel=0.04
    )


def design(people: pd.DataFrame) -> tuple[Floats, list[tuple[str, object]]]:
    """Indicator columns of each attribute's values but the first, and age in decades; a constant first."""
    columns: list[Floats] = [np.ones(len(people))]
    names: list[tuple[str, object]] = [("constant", None)]
    for attribute in SHOP.attributes:
        if attribute.name == "age":
            columns.append((people["age"].to_numpy(dtype=np.float64) - 44.0) / 10.0)
            names.append(("age", None))
            continue
        for value in attribute.values[1:]:
            columns.append((people[attribute.name] == value).to_numpy(dtype=np.float64))
            names.append((attribute.name, value))
    return np.column_stack(columns), names


def coefficients(effect: str) -> list[float]:
    """The true coefficients of `design`, but for the constant."""
    truth: list[float] = []
    for attribute in SHOP.attributes:
        values: tuple[float, ...] = getattr(attribute, effect) or (0.0,) * len(attribute.values)
        if attribute.name == "age":
            per_year = np.diff(values)
            assert per_year == pytest.approx(np.full(len(per_year), per_year[0]))
            truth.append(10.0 * per_year[0])
        else:
            assert values[0] == 0.0
            truth += values[1:]
    return truth


def test_a_regression_finds_what_the_attributes_do_to_spend(sample: Sample) -> None:
    matrix, names = design(sample.people)
    # The log of a mean of few orders lies below the log of the mean, by a known amount.
    drawn = SHOP.value_shape * sample.people["orders"].to_numpy(dtype=np.float64)
    logs = np.log(sample.people["value"].to_numpy()) - (digamma(drawn) - np.log(drawn))
    inverse = np.linalg.inv(matrix.T @ matrix)
    found = inverse @ matrix.T @ logs
    left = logs - matrix @ found
    # Errors that allow for customers with more orders being known better.
    error = np.sqrt(np.diag(inverse @ (matrix.T * left**2 @ matrix) @ inverse))
    truth = coefficients("spend")
    assert sum(value != 0 for value in truth) == 6
    off = (found[1:] - truth) / error[1:]
    assert np.abs(off).max() < ERRORS, dict(zip(names[1:], off, strict=True))
    # And it could have missed them: they are many errors from 0.
    strong = np.abs(np.asarray(truth)) >= 0.08
    assert (np.abs(found[1:] / error[1:])[strong] > ERRORS).all()


def test_a_regression_finds_what_the_attributes_do_to_the_rate(sample: Sample) -> None:
    people = sample.people[sample.people["campaign_arm"] != "treat"]
    matrix, names = design(people)
    bought = (people["orders"] - 1).to_numpy(dtype=np.float64)
    # Leaving does not depend on attributes, so that a shop's own exposure (time since joining) will do.
    exposure = SHOP.factor_between(people["from"].to_numpy(), float(SHOP.days))
    found = np.zeros(matrix.shape[1])
    found[0] = np.log(bought.sum() / exposure.sum())
    for _ in range(30):
        mean = exposure * np.exp(matrix @ found)
        inverse = np.linalg.inv(matrix.T * mean @ matrix)
        found = found + inverse @ matrix.T @ (bought - mean)
    error = np.sqrt(np.diag(inverse @ (matrix.T * (bought - mean) ** 2 @ matrix) @ inverse))
    truth = coefficients("rate")
    assert sum(value != 0 for value in truth) == 6
    off = (found[1:] - truth) / error[1:]
    assert np.abs(off).max() < ERRORS, dict(zip(names[1:], off, strict=True))
    gold = names.index(("membership", "gold"))
    assert found[gold] / error[gold] > 8


def test_the_campaign_has_its_effect(sample: Sample) -> None:
    people, campaign = sample.people, SHOP.campaign
    start = pd.Timestamp(campaign.day)
    within = sample.orders[
        (sample.orders["at"] >= start) & (sample.orders["at"] < start + pd.Timedelta(campaign.days, "D"))
    ]
    bought = within.groupby("customer_id").size().reindex(people.index, fill_value=0)
    treat, holdout = (bought[people["campaign_arm"] == arm] for arm in ("treat", "holdout"))
    effect = treat.mean() - holdout.mean()
    error = np.sqrt(treat.var() / len(treat) + holdout.var() / len(holdout))
    truth = people.loc[people["campaign_arm"] != "none", "campaign_extra_orders_if_treated"].mean()
    assert abs(effect - truth) < ERRORS * error
    assert effect / error > 8
    # The arms were drawn at random among those who had joined, and only they are in it.
    joined = people[people["from"] < SHOP.campaign_start]
    assert (people.loc[people["from"] >= SHOP.campaign_start, "campaign_arm"] == "none").all()
    inside = joined["campaign_arm"] != "none"
    assert inside.mean() == pytest.approx(campaign.share, abs=ERRORS * 0.5 / np.sqrt(len(joined)))
    assert len(treat) / inside.sum() == pytest.approx(
        campaign.treated, abs=ERRORS * 0.5 / np.sqrt(inside.sum())
    )
    before = sample.orders[sample.orders["at"] < start].groupby("customer_id").size()
    earlier = [before.reindex(arm.index, fill_value=0) for arm in (treat, holdout)]
    spread = np.sqrt(sum(arm.var() / len(arm) for arm in earlier))
    assert abs(earlier[0].mean() - earlier[1].mean()) < ERRORS * spread


def test_attributes_have_their_shares(sample: Sample) -> None:
    for attribute in SHOP.attributes:
        assert sum(attribute.shares) == pytest.approx(1.0)
        if attribute.name == "age":
            assert sample.people["age"].between(18, 84).all()
            continue
        found = sample.people[attribute.name].value_counts(normalize=True)
        assert set(found.index) == set(attribute.values)
        for value, share in zip(attribute.values, attribute.shares, strict=True):
            assert abs(found[value] - share) < ERRORS * np.sqrt(share * (1 - share) / COUNT), value


def test_the_groups_of_the_customer_table_can_be_found() -> None:
    table, truth = (part.to_pandas() for part in sample_groups(500, 42))
    assert len(table) == len(truth) == 500
    assert list(table["customer_id"]) == list(truth["customer_id"])
    assert table["customer_id"].is_unique
    numbers = ["annual_spend", "items_purchased", "average_rating", "days_since_last_purchase"]
    scaled = StandardScaler().fit_transform(table[numbers].assign(annual_spend=np.log(table["annual_spend"])))
    label = KMeans(4, n_init=10, random_state=0).fit_predict(scaled)
    assert adjusted_rand_score(truth["group"], label) > 0.85


def test_the_groups_are_as_they_are_said_to_be() -> None:
    table, truth = (part.to_pandas() for part in sample_groups(COUNT, 42))
    assert list(table) == [
        "customer_id",
        "gender",
        "age",
        "city",
        "membership",
        "annual_spend",
        "items_purchased",
        "average_rating",
        "discount_applied",
        "days_since_last_purchase",
        "satisfaction",
    ]
    for column, values in (
        ("gender", GENDERS),
        ("city", CITIES),
        ("membership", MEMBERSHIPS),
        ("satisfaction", SATISFACTIONS),
        ("discount_applied", ("no", "yes")),
    ):
        assert set(table[column]) == set(values), column
    assert table["average_rating"].between(1, 5).all()
    assert table["days_since_last_purchase"].between(0, 365).all()
    assert (table["items_purchased"] >= 1).all()
    for group in GROUPS:
        ours = table[truth["group"] == group.name]
        assert len(ours) / COUNT == pytest.approx(group.share, abs=0.015)
        assert ours["annual_spend"].median() == pytest.approx(group.spend, rel=0.03)
        assert ours["items_purchased"].mean() == pytest.approx(group.items, rel=0.03)
        assert ours["days_since_last_purchase"].mean() == pytest.approx(group.days_since, rel=0.04)
        assert (ours["discount_applied"] == "yes").mean() == pytest.approx(group.discount, abs=0.03)
        shares = ours["membership"].value_counts(normalize=True)
        for value, share in zip(MEMBERSHIPS, group.memberships, strict=True):
            assert shares[value] == pytest.approx(share, abs=0.03)
    # City and gender say nothing about the group.
    assert pd.crosstab(table["city"], truth["group"], normalize="index").std().max() < 0.02
