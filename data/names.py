"""The words of the product: column names, roles and states, each written once."""

from __future__ import annotations

from typing import Final

# Columns of a stored transactions data set.
CUSTOMER_ID: Final = "customer_id"
ORDER_ID: Final = "order_id"
ORDERED_AT: Final = "ordered_at"
DAY: Final = "day"
QUANTITY: Final = "quantity"
UNIT_PRICE: Final = "unit_price"
AMOUNT: Final = "amount"
PRODUCT_ID: Final = "product_id"
CATEGORY: Final = "category"
COUNTRY: Final = "country"
DISCOUNT: Final = "discount"
# Roles that say how a row counts: its currency, whether the order was ever paid, and what was paid back.
CURRENCY: Final = "currency"
STATUS: Final = "status"
REFUND: Final = "refund"

REQUIRED_ROLES: Final = (CUSTOMER_ID, ORDERED_AT)
OPTIONAL_ROLES: Final = (
    ORDER_ID,
    AMOUNT,
    QUANTITY,
    UNIT_PRICE,
    PRODUCT_ID,
    CATEGORY,
    COUNTRY,
    DISCOUNT,
    CURRENCY,
    STATUS,
    REFUND,
)
ROLES: Final = REQUIRED_ROLES + OPTIONAL_ROLES

# The two kinds of data sets, and the roles of a table of customers (its other columns are attributes).
TRANSACTIONS: Final = "transactions"
CUSTOMERS: Final = "customers"
KINDS: Final = (TRANSACTIONS, CUSTOMERS)
CLUSTER: Final = "cluster"
CUSTOMER_ROLES: Final = (CUSTOMER_ID, "recency_days", "frequency", "monetary", CLUSTER)

# What a customer is described by at a cutoff; days, counts and account currency.
WINDOWS_DAYS: Final = (30, 60, 90, 180, 365)
DECAY_DAYS: Final = (30, 90, 270)
FEATURES: Final = (
    "recency_days",
    "frequency",
    "active_days",
    "monetary",
    "mean_order_value",
    "tenure_days",
    "mean_gap_days",
    "gap_sd_days",
    "last_gap_days",
    "overdue_ratio",
    *(f"orders_{days}" for days in WINDOWS_DAYS),
    *(f"spend_{days}" for days in WINDOWS_DAYS),
    *(f"decayed_orders_{days}" for days in DECAY_DAYS),
    "trend",
    "first_order_value",
    "last_order_value",
    "largest_order_value",
    "units",
    "unique_products",
    "returns_share",
    "peak_season",
)
# Those that are whole numbers.
COUNTS: Final = (
    "recency_days",
    "frequency",
    "active_days",
    "tenure_days",
    *(f"orders_{days}" for days in WINDOWS_DAYS),
    "trend",
    "unique_products",
    "peak_season",
)

# Customers who may be called at risk: seen within the last year and likelier than not to stay away.
AT_RISK_SEEN: Final = "orders_365"
AT_RISK_SPEND: Final = "spend_365"
AT_RISK_CHURN: Final = 0.5
AT_RISK_SQL: Final = f"{AT_RISK_SEEN} > 0 AND 1 - pred_prob >= {AT_RISK_CHURN}"

# Outcomes in the horizon, and what is predicted of them.
ACTUAL_FLAG: Final = "actual_flag"
ACTUAL_SPEND: Final = "actual_spend"
TARGETS: Final = (ACTUAL_FLAG, ACTUAL_SPEND)
PRED_PROB: Final = "pred_prob"
PRED_SPEND: Final = "pred_spend"
PRED_SPEND_LOW: Final = "pred_spend_low"
PRED_SPEND_HIGH: Final = "pred_spend_high"
SHORTFALL: Final = "shortfall"
PERFORMANCE: Final = "performance"
CHURN_RISK: Final = "churn_risk"
P_ALIVE: Final = "p_alive"
CLV: Final = "clv"
# The customer's own predicted spend distribution: its value at what was spent, and the two
# parameters (log scale) that let a page ask "how many would be red by chance".
SPEND_CDF: Final = "spend_cdf"
SPEND_MU: Final = "spend_mu"
SPEND_SIGMA: Final = "spend_sigma"

UNDER: Final = "under"
AS_EXPECTED: Final = "as_expected"
OVER: Final = "over"
PERFORMANCES: Final = (UNDER, AS_EXPECTED, OVER)

PREDICTION_COLUMNS: Final = (
    CUSTOMER_ID,
    "recency_days",
    "frequency",
    "monetary",
    PRED_PROB,
    PRED_SPEND,
    PRED_SPEND_LOW,
    PRED_SPEND_HIGH,
    ACTUAL_FLAG,
    ACTUAL_SPEND,
    SHORTFALL,
    PERFORMANCE,
)
NEXT_WINDOW_COLUMNS: Final = (
    CUSTOMER_ID,
    PRED_PROB,
    PRED_SPEND,
    PRED_SPEND_LOW,
    PRED_SPEND_HIGH,
    CHURN_RISK,
    P_ALIVE,
    CLV,
)
REASONS: Final = 3
REASON_COLUMNS: Final = tuple(
    name for rank in range(1, REASONS + 1) for name in (f"reason_{rank}", f"reason_{rank}_effect")
)
