"""Model performance: every claim with its interval, its baseline and its date."""

from __future__ import annotations

import dash
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import ids
from pages._ui.cards import page_head
from pages._ui.controls import icon, select
from pages._ui.glossary import linked, on_page
from pages._ui.graph import graph
from pages._ui.performance import SECTIONS
from pages._ui.segment import BLANK_FIGURE
from pages._ui.upload import aria

dash.register_page(
    __name__, path="/performance", name="Model performance", title="Model performance · Lapwing", order=4
)


def layout(model: str | None = None, **_: str) -> Component:
    """The page; `model` is the one whose curves the address asks for."""
    return html.Div(
        [
            page_head(
                "Model performance",
                "How far the predictions can be trusted: every figure with its interval, its baseline and its date.",
                html.A(
                    [icon("download"), "Download model card"],
                    id=ids.PERFORMANCE_CARD_LINK,
                    href="",
                    download="",
                    className="btn btn-primary lw-hidden",
                ),
            ),
            html.Div(id=ids.PERFORMANCE_EMPTY),
            html.Div(
                [
                    html.Div(id=ids.PERFORMANCE_HEADLINE, className="perf-top"),
                    html.Div(id=ids.PERFORMANCE_MESSAGE, role="status"),
                    html.Div(
                        [
                            _contents(),
                            _leaderboard(),
                            _curves(),
                            _over_time(),
                            _spend(),
                            _features(),
                            _model_card(),
                        ],
                        id=ids.PERFORMANCE_PARTS,
                        hidden=True,
                    ),
                ],
                id=ids.PERFORMANCE_BODY,
                hidden=True,
            ),
            dcc.Store(id=ids.PERFORMANCE_START, data={"model": model if isinstance(model, str) else None}),
            dcc.Store(id=ids.PERFORMANCE_SHOWN),
            on_page("/performance"),
        ],
        className="lw-page perf",
    )


def _contents() -> Component:
    return html.Nav(
        [html.A(title, href=f"#{anchor}") for anchor, title in SECTIONS],
        className="perf-nav",
        **aria(label="Sections"),
    )


def _section(place: int, title: str, text: str, *children: Component) -> Component:
    anchor = SECTIONS[place][0]
    return html.Section(
        [
            html.Div([html.H2(linked(title), id=f"{anchor}-title"), html.P(text)], className="perf-head"),
            *children,
        ],
        id=anchor,
        className="perf-section",
        tabIndex="-1",
        **aria(labelledby=f"{anchor}-title"),
    )


def _chart(
    component_id: str, title: str, label: str, *, note_id: str | None = None, text: str = "", size: str = ""
) -> Component:
    extra = [html.P(id=note_id, className="lw-note", role="status")] if note_id else []
    said = [html.P(linked(text), className="lw-note")] if text else []
    return html.Div(
        [
            html.H3(linked(title)),
            *said,
            graph(
                component_id, label, f"lapwing-{component_id}", f"perf-chart {size}".strip(), figure=BLANK_FIGURE
            ),
            *extra,
        ],
        className="lw-card perf-chart-card",
    )  # fmt: skip


def _leaderboard() -> Component:
    return _section(
        0,
        "Leaderboard",
        "All candidates and baselines on the same customers, none of whom their model saw. The small figures are 95 % intervals. "
        "AUC, R² and Gini are better when higher, the others when lower; Behind is the distance to the best candidate in the "
        "first of them.",
        html.Div(
            [html.H3("Who will buy"), html.Div(id=ids.PERFORMANCE_BOARD)], className="lw-card perf-card"
        ),
        html.Div(
            [html.H3("How much they will spend"), html.Div(id=ids.PERFORMANCE_BOARD_SPEND)],
            className="lw-card perf-card",
        ),
        html.Div(id=ids.PERFORMANCE_CHOICE),
    )


def _curves() -> Component:
    return _section(
        1,
        "Curves",
        "Who will buy, model by model: whether a probability means what it says, and whether buyers come first.",
        html.Div(
            [
                select(ids.PERFORMANCE_MODEL, "Model", [], None),
                html.P("All five charts show this model.", className="lw-help"),
            ],
            className="perf-choose",
        ),
        html.Div(
            [
                _chart(
                    ids.PERFORMANCE_CALIBRATION,
                    "Calibration",
                    "Calibration curve: predicted probability against the share who bought, with its diagonal.",
                    note_id=ids.PERFORMANCE_CALIBRATION_NOTE,
                    size="perf-chart--tall",
                ),
                _chart(
                    ids.PERFORMANCE_LIFT,
                    "Lift by tenth of customers",
                    "Lift: buyers in each tenth of customers, as a multiple of chance.",
                    note_id=ids.PERFORMANCE_LIFT_NOTE,
                ),
                _chart(
                    ids.PERFORMANCE_GAINS,
                    "Cumulative gains",
                    "Cumulative gains: share of buyers and of spend by share of customers contacted.",
                    note_id=ids.PERFORMANCE_GAINS_NOTE,
                ),
                _chart(
                    ids.PERFORMANCE_ROC,
                    "ROC curve",
                    "ROC curve: share of buyers found against share of non-buyers selected.",
                    note_id=ids.PERFORMANCE_ROC_NOTE,
                ),
                _chart(
                    ids.PERFORMANCE_PR,
                    "Precision and recall",
                    "Precision-recall curve: share of the selected who buy against share of buyers found.",
                    note_id=ids.PERFORMANCE_PR_NOTE,
                ),
            ],
            className="perf-grid",
        ),
    )


def _over_time() -> Component:
    return _section(
        2,
        "Over time",
        "The same recipe at earlier cutoffs: learned on what was known then, judged on what came after.",
        html.Div(id=ids.PERFORMANCE_BACKTEST_TEXT),
        html.Div(
            [
                _chart(
                    ids.PERFORMANCE_BACKTEST,
                    "Ranking at each cutoff",
                    "Backtest: AUC by cutoff with intervals, for the serving model and the baselines.",
                    text="Bars are 95 % intervals; at 0.5 the order of customers is chance.",
                ),
                _chart(
                    ids.PERFORMANCE_BIAS,
                    "Level at each cutoff",
                    "Backtest: predicted against actual buyers and spend by cutoff.",
                    text="By how much all that was predicted together lay above (+) or below (−) what came.",
                ),
            ],
            className="perf-grid",
        ),
        html.Div(id=ids.PERFORMANCE_BACKTEST_TABLE),
        html.Div(id=ids.PERFORMANCE_CLAIMS),
    )


def _spend() -> Component:
    return _section(
        3,
        "Spend",
        "How close predicted spend comes, from the customers expected to bring most to those expected to bring least.",
        html.Div(
            [
                _chart(
                    ids.PERFORMANCE_RESIDUALS,
                    "Predicted and actual spend",
                    "Residuals of spend by tenth of customers: predicted, actual with intervals, and their spread.",
                    text="Bars above and below actual spend are 95 % intervals of the mean. Below: where 8 of 10 customers lie "
                    "against their prediction, with the median.",
                    size="perf-chart--tall",
                ),
                _chart(
                    ids.PERFORMANCE_SPEND_GAINS,
                    "Spend reached",
                    "Cumulative gains of the spend model: share of spend by share of customers contacted.",
                    text="Customers in the order of the spend predicted of them.",
                    size="perf-chart--tall",
                ),
            ],
            className="perf-grid",
        ),
    )


def _features() -> Component:
    gain = "Gain: how much the splits on a feature helped the boosted trees while they learned."
    shuffled = (
        "Permutation: how much worse the predictions for unseen customers get when the feature is shuffled."
    )
    return _section(
        4,
        "What matters",
        "The most important features, as the boosted trees (LightGBM) tell them, which see every feature whichever model "
        "serves. Features that say nearly the same share their importance.",
        html.Div(
            [
                _chart(
                    ids.PERFORMANCE_GAIN_PROB, "By gain: who will buy",
                    "Importance by gain of the features for the probability to buy.", text=gain, size="perf-chart--bars",
                ),
                _chart(
                    ids.PERFORMANCE_PERMUTATION_PROB, "By permutation: who will buy",
                    "Permutation importance of the features for the probability to buy.", text=shuffled,
                    size="perf-chart--bars",
                ),
                _chart(
                    ids.PERFORMANCE_GAIN_SPEND, "By gain: how much",
                    "Importance by gain of the features for spend.", text=gain, size="perf-chart--bars",
                ),
                _chart(
                    ids.PERFORMANCE_PERMUTATION_SPEND, "By permutation: how much",
                    "Permutation importance of the features for spend.", text=shuffled, size="perf-chart--bars",
                ),
            ],
            className="perf-grid",
        ),
    )  # fmt: skip


def _model_card() -> Component:
    return _section(
        5,
        "Model card",
        "What was learned from what, and its limits: to read here, or to download and print.",
        html.Div(id=ids.PERFORMANCE_CARD, className="lw-card perf-model-card"),
    )
