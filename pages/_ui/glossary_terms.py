"""The words of the product, each with what it means: one list for the panel, the labels and the guide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Page -> its name, for where a term is seen.
PAGES: Final = {
    "/": "Overview",
    "/data": "Data",
    "/segments": "Segments",
    "/propensity": "Propensity",
    "/performance": "Model performance",
    "/roi": "ROI simulator",
    "/predict": "Predict",
}


@dataclass(frozen=True)
class Question:
    """A question that the product answers: how, under which icon, and on which page."""

    words: str
    answer: str
    icon: str
    page: str

    @property
    def name(self) -> str:
        """The name of the page."""
        return PAGES[self.page]


QUESTIONS: Final = (
    Question(
        "Who are my customers, and who is slipping away?",
        "Segments by how lately, how often and for how much they buy, and the risk that each stays away.",
        "people",
        "/segments",
    ),
    Question(
        "Who will buy next, and who spent less than expected?",
        "Each customer's chance to buy, and in red those who fell short of what was predicted of them.",
        "bullseye",
        "/propensity",
    ),
    Question(
        "Does a campaign pay?",
        "Profit with its range before you send anything, and a test that proves it afterwards.",
        "calculator",
        "/roi",
    ),
)


@dataclass(frozen=True)
class Term:
    """A word and its meaning in one or two plain sentences.

    `seen` are the addresses of the pages that use it, `says` other wordings of it in labels, `columns` the
    names it has in tables and files, `see` the keys of related terms.
    """

    key: str
    word: str
    definition: str
    seen: tuple[str, ...]
    says: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


_LISTS: Final = ("/propensity", "/segments", "/predict")

TERMS: Final[dict[str, Term]] = {
    term.key: term
    for term in (
        # Data.
        Term(
            "data-set",
            "Data set",
            "One import, never changed afterwards: transactions (a row for each line or order) or customers (a row each, with "
            "what is known of them). A newer export makes a new version of it.",
            ("/data",),
            says=("data sets",),
            see=("ledger", "analysis"),
        ),
        Term(
            "ledger",
            "Ledger",
            "The account of an import: rows in are rows kept plus rows set aside, with the reason for each. The amounts tie "
            "out to the cent.",
            ("/data",),
            see=("quarantine", "data-set"),
        ),
        Term(
            "quarantine",
            "Quarantine",
            "The rows of a file that could not be used, as they came, each with the reason. Download them, mend them in a "
            "spreadsheet and bring them back.",
            ("/data",),
            says=("quarantined",),
            see=("ledger",),
        ),
        Term(
            "analysis",
            "Analysis",
            "One run over a data set: features, segments, predictions, scores and models. It is never changed; analysing "
            "again makes a new one beside it.",
            ("/data", "/performance"),
            says=("analyses",),
            see=("cutoff", "horizon"),
        ),
        Term(
            "cutoff",
            "Cutoff",
            "The day up to which an analysis looks at the past, that day included. What comes after it is what it predicts.",
            ("/data", "/performance"),
            says=("cutoff date",),
            see=("horizon", "window"),
        ),
        Term(
            "horizon",
            "Horizon",
            "How many days after the cutoff are predicted; 90 unless the analysis says otherwise. In the ROI simulator: the "
            "days after the contact in which purchases count.",
            ("/data", "/roi"),
            says=("days to predict",),
            columns=("horizon_days",),
            see=("cutoff", "window"),
        ),
        Term(
            "window",
            "Window",
            "The days that are predicted. The past window ends on the last date of the data and checks predictions against what "
            "happened; the next window begins there and forecasts.",
            ("/", "/propensity", "/performance"),
            says=("past window", "next window"),
            see=("cutoff", "horizon"),
        ),
        # What customers did.
        Term(
            "recency",
            "Recency",
            "Days from a customer's last purchase to the cutoff.",
            ("/segments", "/propensity", "/predict", "/performance", "/data"),
            says=("days since last order", "days since last purchase", "days since last"),
            columns=("recency_days", "recency"),
            see=("rfm", "frequency", "monetary"),
        ),
        Term(
            "frequency",
            "Frequency",
            "Number of orders up to the cutoff. An order is one order number; where the file has none, all that a customer "
            "bought on one day.",
            ("/segments", "/propensity", "/predict", "/performance", "/data"),
            says=("purchase frequency",),
            columns=("frequency",),
            see=("rfm", "recency", "monetary"),
        ),
        Term(
            "monetary",
            "Monetary value",
            "What a customer spent up to the cutoff, returns taken off.",
            ("/segments", "/propensity", "/predict"),
            says=("monetary", "spent before"),
            columns=("monetary",),
            see=("rfm", "average-order-value"),
        ),
        Term(
            "average-order-value",
            "Average order value",
            "Revenue divided by the number of orders. Of one customer: what they spent divided by their orders.",
            ("/", "/segments", "/predict"),
            says=("mean order value",),
            columns=("mean_order_value",),
            see=("monetary", "frequency"),
        ),
        Term(
            "rfm",
            "RFM",
            "Recency, frequency and monetary value: how lately, how often and for how much a customer bought. Each is scored "
            "in five steps, 5 being the best.",
            ("/segments", "/predict", "/roi"),
            says=("rfm map", "rfm rules", "rfm scores", "r score", "f score", "m score"),
            columns=("r_score", "f_score", "m_score", "rfm_score"),
            see=("recency", "frequency", "monetary", "segment"),
        ),
        Term(
            "retention-rate",
            "Retention rate",
            "Of the customers who bought in the period before, the share who bought again in this one.",
            ("/",),
            says=("retention",),
            see=("cohort", "churn-risk"),
        ),
        Term(
            "cohort",
            "Cohort",
            "All customers whose first purchase was in the same month (or quarter), followed month by month.",
            ("/",),
            says=("cohorts", "do new customers stay"),
            see=("retention-rate",),
        ),
        Term(
            "concentration",
            "Concentration",
            "How much of the revenue comes from the best customers. The curve (Lorenz curve) adds them up, best first; the "
            "further it lies from the diagonal, the more a few bring.",
            ("/",),
            says=("revenue concentration", "lorenz curve", "how concentrated revenue is"),
            see=("monetary",),
        ),
        Term(
            "bridge",
            "Revenue bridge",
            "The way from the revenue of one period to that of the next: taken away by customers lost or spending less, added by "
            "those spending more, returned or new. It adds up to the cent.",
            ("/",),
            says=("bridge", "what changed revenue"),
            see=("retention-rate",),
        ),
        # What is predicted.
        Term(
            "propensity",
            "Propensity",
            "The probability that a customer makes at least one purchase in the window.",
            (*_LISTS, "/roi"),
            says=("probability to buy", "predicted probability"),
            columns=("pred_prob",),
            see=("churn-risk", "predicted-spend", "calibration"),
        ),
        Term(
            "predicted-spend",
            "Predicted spend",
            "What a customer is expected to spend in the window on average, returns taken off. Nobody spends exactly that: beside "
            "it stands the range in which 8 of 10 such customers lie.",
            (*_LISTS, "/roi", "/performance"),
            says=("expected spend", "range of the spend"),
            columns=("pred_spend", "pred_spend_low", "pred_spend_high"),
            see=("propensity", "actual-spend", "shortfall"),
        ),
        Term(
            "actual-spend",
            "Actual spend",
            "What a customer really spent in the past window, returns taken off.",
            ("/propensity", "/performance"),
            columns=("actual_spend", "actual_flag"),
            see=("predicted-spend", "shortfall"),
        ),
        Term(
            "shortfall",
            "Shortfall",
            "Predicted spend less actual spend in the past window. Positive: the customer spent less than predicted.",
            ("/propensity",),
            columns=("shortfall",),
            see=("colours", "predicted-spend", "actual-spend"),
        ),
        Term(
            "colours",
            "Red, yellow, blue",
            "How actual spend compares with the prediction: red spent clearly less, yellow about as expected, blue clearly more. "
            "What is clear is judged by each customer's own range and the shortfall threshold.",
            ("/", "/propensity", "/roi"),
            says=("red", "yellow", "blue", "colours", "colour"),
            columns=("performance",),
            see=("shortfall", "window"),
        ),
        Term(
            "churn-risk",
            "Churn risk",
            "The probability that a customer buys nothing in the window: one less the propensity.",
            (*_LISTS, "/roi"),
            says=("risk of churn", "churn"),
            columns=("churn_risk",),
            see=("at-risk", "still-a-customer"),
        ),
        Term(
            "at-risk",
            "At risk",
            "A customer who bought in the last 365 days and is likelier than not to buy nothing in the next window (churn risk of "
            "50 % or more). The RFM segment of that name is another thing: good customers who have not been seen for long.",
            ("/", "/propensity", "/roi", "/segments"),
            says=("at-risk",),
            see=("churn-risk", "revenue-at-risk"),
        ),
        Term(
            "revenue-at-risk",
            "Revenue at risk",
            "What the customers at risk spent in the last 365 days, returns taken off.",
            ("/",),
            see=("at-risk",),
        ),
        Term(
            "still-a-customer",
            "Still a customer",
            "The probability that a customer has not silently left for good, by a model of purchase times (BG/NBD). Someone may "
            "be still a customer and yet buy nothing in the window.",
            (*_LISTS, "/performance"),
            columns=("p_alive",),
            see=("churn-risk",),
        ),
        Term(
            "clv",
            "Customer lifetime value (CLV)",
            "What a customer is expected to spend over the coming 12 months, returns taken off; later money counts a little less "
            "(discounted).",
            (*_LISTS, "/roi"),
            says=("CLV", "lifetime value", "customer lifetime value", "value, 12 months"),
            columns=("clv",),
            see=("predicted-spend",),
        ),
        # Segments.
        Term(
            "segment",
            "Segment",
            "A group of customers who are alike in how they buy, with a name and a colour: by the rules of RFM or by clustering. "
            "On the Propensity page: the customers that the filters leave.",
            ("/segments", "/propensity", "/predict", "/roi", "/"),
            says=("segments", "segmentation"),
            columns=("segment",),
            see=("rfm", "cluster"),
        ),
        Term(
            "cluster",
            "Cluster",
            "A segment that a method found in the data by itself, such as K-Means, instead of by rules.",
            ("/segments", "/predict"),
            says=("clusters", "clustering"),
            columns=("cluster",),
            see=("segment", "silhouette", "stability"),
        ),
        Term(
            "silhouette",
            "Silhouette",
            "How well customers fit their cluster against the next one, from -1 to 1: above 0.5 clusters stand apart, near 0 they "
            "run into each other.",
            ("/segments",),
            see=("cluster", "stability"),
        ),
        Term(
            "stability",
            "Stability",
            "How well a cluster is found again when others are drawn from the same customers, from 0 to 1. What is found each "
            "time is real; what is not may be chance.",
            ("/segments",),
            says=("stable",),
            see=("cluster",),
        ),
        # How good the models are.
        Term(
            "out-of-fold",
            "Out of fold",
            "Predicted by a model that never saw that customer. All figures of the past window are; figures from customers it has "
            "seen would flatter it.",
            ("/performance",),
            says=("out-of-fold", "in-sample"),
            see=("backtest", "baseline"),
        ),
        Term(
            "baseline",
            "Baseline",
            "A simple prediction that a model must beat to be worth having, such as the same for everybody, or recency alone.",
            ("/performance",),
            says=("baselines",),
            see=("leaderboard",),
        ),
        Term(
            "leaderboard",
            "Leaderboard",
            "The models in the order of how well they predict customers they have not seen. The best serves, and the simpler "
            "one where the difference is within chance.",
            ("/performance",),
            see=("baseline", "out-of-fold"),
        ),
        Term(
            "calibration",
            "Calibration",
            "Whether probabilities come true: of the customers told 30 % likely to buy, about 30 of 100 should buy. On the chart "
            "that is the diagonal.",
            ("/performance",),
            says=("calibration curve",),
            see=("brier-score", "propensity"),
        ),
        Term(
            "brier-score",
            "Brier score",
            "The mean squared distance between the predicted probability and what happened (1 bought, 0 did not). 0 is perfect, "
            "and lower is better.",
            ("/performance",),
            says=("brier",),
            see=("calibration",),
        ),
        Term(
            "log-loss",
            "Log loss",
            "How far probabilities are from what happened, hard on confident mistakes; lower is better. It decides which model "
            "serves.",
            ("/performance",),
            see=("brier-score", "leaderboard"),
        ),
        Term(
            "gini",
            "Gini of spend",
            "How well customers are put in the order of what they go on to spend: 0 is chance, 1 is perfect.",
            ("/performance",),
            says=("gini",),
            see=("gains",),
        ),
        Term(
            "auc",
            "AUC",
            "The chance that a buyer is ranked above one who does not buy: 0.5 is a coin, 1 is perfect. It is the area under the "
            "ROC curve.",
            ("/performance",),
            says=("roc", "roc curve", "ranking"),
            see=("lift", "gains"),
        ),
        Term(
            "precision",
            "Precision and recall",
            "Precision: of those contacted, the share who buy. Recall: of all buyers, the share that is contacted.",
            ("/performance",),
            says=("precision", "recall", "average precision"),
            see=("auc", "lift"),
        ),
        Term(
            "lift",
            "Lift",
            "How many times more buyers there are among the best-ranked customers than among as many taken at random.",
            ("/performance",),
            see=("gains", "auc"),
        ),
        Term(
            "gains",
            "Gains",
            "Which share of all buyers, or of all spend, is reached by contacting the best-ranked part of the customers.",
            ("/performance",),
            says=("cumulative gains", "buyers reached", "spend reached"),
            see=("lift",),
        ),
        Term(
            "backtest",
            "Backtest",
            "The same recipe tried at earlier cutoffs, where it is known what came: whether it would have worked then too.",
            ("/performance",),
            says=("backtests",),
            see=("cutoff", "out-of-fold"),
        ),
        Term(
            "importance",
            "Importance",
            "How much a feature matters to the models. By gain: how much it helped while they learned; by permutation: how much "
            "worse they get when it is shuffled.",
            ("/performance",),
            says=("permutation", "by gain"),
            see=("out-of-fold",),
        ),
        Term(
            "residuals",
            "Residual",
            "Actual less predicted for one customer or group: what the prediction missed by.",
            ("/performance",),
            says=("residuals",),
            see=("predicted-spend",),
        ),
        # Campaigns.
        Term(
            "audience",
            "Audience",
            "The customers a campaign may go to: those at risk, red ones, a segment or a saved list. Of these the best-ranked are "
            "contacted.",
            ("/roi",),
            see=("at-risk", "segment"),
        ),
        Term(
            "uplift",
            "Uplift",
            "How much likelier customers are to buy because of the offer, not merely after it. Only a test with a holdout "
            "shows it.",
            ("/roi",),
            says=("expected uplift",),
            see=("break-even-uplift", "holdout"),
        ),
        Term(
            "break-even-uplift",
            "Break-even uplift",
            "The uplift at which a campaign neither wins nor loses money. Expect more than that, or do not run it.",
            ("/roi",),
            says=("break-even", "breaks even"),
            see=("uplift", "net-profit"),
        ),
        Term(
            "redemption",
            "Redemption",
            "Of the orders that would have come without the offer too, the share that uses its discount all the same: on these "
            "it is lost.",
            ("/roi",),
            see=("uplift",),
        ),
        Term(
            "margin",
            "Margin",
            "What is left of net spend after the cost of the goods, as a share, before any discount.",
            ("/roi", "/data"),
            see=("net-profit",),
        ),
        Term(
            "net-profit",
            "Net profit",
            "The margin of the additional purchases, less discounts given, contacts and fixed cost: what the campaign leaves.",
            ("/roi",),
            says=("expected net profit",),
            see=("roi", "break-even-uplift"),
        ),
        Term(
            "roi",
            "ROI",
            "Return on investment: the net profit of a campaign divided by all that it costs. At 50 %, each 100 spent comes back as "
            "150.",
            ("/roi",),
            says=("roi simulator", "return on investment"),
            see=("net-profit",),
        ),
        Term(
            "range",
            "80 % range",
            "Where the answer lies in 8 of 10 futures that fit what is known. Half of the others lie below it, half above.",
            ("/roi", "/propensity"),
            says=("80 % range",),
            see=("net-profit", "predicted-spend"),
        ),
        Term(
            "holdout",
            "Holdout",
            "Customers of the list, drawn at random, who are not contacted. The difference between them and the others is what the "
            "campaign did.",
            ("/roi",),
            see=("uplift",),
        ),
    )
}
