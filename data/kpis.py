"""Who counts as at risk: one rule for the overview, for lists and for campaigns."""

from __future__ import annotations

from data.names import AT_RISK_CHURN, AT_RISK_SEEN

__all__ = ["AT_RISK_CHURN", "AT_RISK_SEEN"]
