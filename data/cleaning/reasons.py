"""Why a row is set aside, in the words of the ledger and of rejected.csv."""

from __future__ import annotations

from typing import Final

EMPTY_ROW: Final = "empty row"
NO_CUSTOMER: Final = "no customer id"
NO_DATE: Final = "no date"
BAD_DATE: Final = "date not readable"
NO_QUANTITY: Final = "no quantity"
BAD_QUANTITY: Final = "not a quantity"
NO_AMOUNT: Final = "no amount"
BAD_AMOUNT: Final = "not an amount"
BAD_REFUND: Final = "refund is not an amount"
UNPAID: Final = "order cancelled or never paid"
OTHER_CURRENCY: Final = "another currency"
NO_PRODUCT: Final = "no product: postage, fee or adjustment"
REPEATED: Final = "repeats another row"
FUTURE_DATE: Final = "date in the future"
OLD_DATE: Final = "date before 1970"
ALREADY_IN: Final = "already in the data set"
CANCELLED_AGAIN: Final = "cancelled again"
PARTIAL_MONTH: Final = "in the last month, which is not complete"
