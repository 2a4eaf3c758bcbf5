"""What a page or a command asks about campaigns to the customers of one analysis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.campaign import audiences
from data.campaign.audiences import Audience, Choice
from data.campaign.plans import HOLDOUT, TREAT, Plan
from data.campaign.scored import Codes, Places, ScoredFile
from data.errors import InputError
from data.kept import Kept
from data.names import CUSTOMER_ID
from data.segments.edits import Edits
from data.segments.lists import batches_of
from data.store import Analysis, Manifest, Segmentation, Store
from jobs.campaign_customers import customers_of, start_of
from models import roi
from models.campaign.arms import arms as drawn
from models.campaign.by_segment import by_segment
from models.campaign.customers import Customers
from models.campaign.depth import Depth, depth
from models.campaign.params import RANKS, CampaignParams
from models.roi import Answer

Floats = NDArray[np.float64]
BATCH: Final = 50_000
_AUDIENCES_KEPT: Final = 6
_ANSWERS_KEPT: Final = 8
_COPIES_KEPT: Final = 2


@dataclass(frozen=True, eq=False)
class Chosen:
    """An audience with its customers: whom a campaign can contact.

    `label` names it, `phrase` stands after a number in a sentence, `words` say who is in it and `note` what is
    odd about it ("" for nothing). `places` are those of `customers` in the file.
    """

    text: str
    label: str
    phrase: str
    words: str
    note: str
    customers: Customers
    places: Places

    @property
    def size(self) -> int:
        """How many customers."""
        return len(self.places)


class CampaignBook:
    """Answers questions about campaigns to the customers of one analysis; safe to use from many threads.

    What was asked last is kept, and who asks for the same at the same time waits for the one answer. `start`
    are the parameters a campaign begins with; `customers` are all of the analysis, in file order.
    """

    def __init__(
        self, store: Store, edits: Edits, analysis: Analysis, threads: int = 2, memory_mb: int = 1024
    ) -> None:
        self.store = store
        self.edits = edits
        self.analysis = analysis
        self.file = ScoredFile(analysis, threads=threads, memory_mb=memory_mb)
        self.start = start_of(analysis)
        self.customers = customers_of(analysis, self.file)
        self._audiences = Kept(_AUDIENCES_KEPT)
        self._answers = Kept(_ANSWERS_KEPT)
        self._crowds = Kept(_ANSWERS_KEPT)
        self._depths = Kept(_ANSWERS_KEPT)
        self._contacted = Kept(_COPIES_KEPT)
        self._names = Kept(_COPIES_KEPT)

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def choices(self) -> tuple[Choice, ...]:
        """The audiences to choose from."""
        return audiences.choices(self.store, self.edits, self.analysis)

    def audience(self, text: str) -> Chosen:
        """The audience that an address calls `text`.

        Raises InputError where it makes no sense or nobody is in it, NotFoundError where it is gone.
        """
        return self._audience(text)[1]

    def answer(self, text: str, params: CampaignParams) -> Answer:
        """Whether a campaign to an audience makes money; raises as `audience` does."""
        return self._answer(text, params)[2]

    def contacted(self, text: str, params: CampaignParams) -> Customers:
        """The customers who are contacted, best first."""
        key, chosen, found = self._answer(text, params)
        return self._contacted.get(
            (key, params), lambda: chosen.customers.take(found.order[: found.contacted])
        )

    def crowd(self, text: str, params: CampaignParams) -> Customers:
        """The customers who are contacted, in no particular order, for what only adds them up."""
        from models.campaign.sums import crowd

        key, chosen = self._audience(text)
        found = self.answer(text, params)
        return self._crowds.get((key, params), lambda: crowd(chosen.customers, found))

    def depth(self, text: str, params: CampaignParams) -> Depth:
        """How far to go down the ranked audience."""
        key, chosen, found = self._answer(text, params)
        return self._depths.get((key, params), lambda: depth(chosen.customers, params, found))

    def segments(self, params: CampaignParams, text: str = "") -> pd.DataFrame:
        """The financials of a campaign to each segment (of an audience), best first.

        Segments are those of the default segmentation by rules, by the names they have now; InputError where
        there is none.
        """
        chosen = self._audience(text)[1] if text else None
        names, codes = self._named()
        if not names:
            raise InputError(
                "This analysis has no segments by rules: open the page Segments, which makes them, and come back."
            )
        if chosen is None:
            return by_segment(self.customers, params, codes, names)
        return by_segment(chosen.customers, params, codes[chosen.places], names)

    def rows(
        self, text: str, params: CampaignParams, arms: NDArray[np.bool_] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The contacted customers, best first, in Arrow batches.

        customer_id, rank (from 1), segment (where there are segments by rules), pred_prob and pred_spend over
        the campaign's horizon, prob_with_offer, incremental_profit and, with `arms` (True for treat, one for each of
        them), arm. Raises as `audience` does, before the first batch is asked for.
        """
        _, chosen, found = self._answer(text, params)
        order = found.order[: found.contacted]
        own = chosen.customers.at(params.horizon_days)
        columns = {
            "pred_prob": np.round(own.probability[order], 6),
            "pred_spend": np.round(own.spend[order], 4),
            "prob_with_offer": np.round(roi.with_offer(chosen.customers, params)[order], 6),
            "incremental_profit": np.round(roi.incremental(chosen.customers, params)[order], 4) + 0.0,
        }
        places = chosen.places[order]
        names, codes = self._named()

        def batch(start: int) -> pa.RecordBatch:
            part = slice(start, start + BATCH)
            shown: dict[str, pa.Array] = {
                CUSTOMER_ID: self.file.ids.take(pa.array(places[part])),
                "rank": pa.array(np.arange(start + 1, start + len(order[part]) + 1)),
            }
            if names:
                shown["segment"] = _words(names, codes[places[part]])
            shown |= {name: pa.array(values[part]) for name, values in columns.items()}
            if arms is not None:
                shown["arm"] = pc.if_else(pa.array(arms[part]), TREAT, HOLDOUT)
            return pa.RecordBatch.from_pydict(shown)

        return (batch(start) for start in range(0, len(order), BATCH))

    def plan(self, text: str, params: CampaignParams) -> Plan:
        """A campaign with its holdout drawn from the contacted, as it is saved (`data.campaign.plans`)."""
        _, chosen, found = self._answer(text, params)
        ids = self.file.ids.take(pa.array(chosen.places[found.order[: found.contacted]]))
        treated = drawn(ids, params.holdout, params.seed)
        held = int((~treated).sum())
        rule = (
            f"{chosen.words} By {RANKS[params.rank].lower()}, the first {found.contacted:,} of {chosen.size:,}."
            f" {held:,} of them are held out: those with the lowest SHA-256 of the text {params.seed}:"
            " and the customer id after it."
        )
        facts = self._facts(chosen, params) | {"holdout": params.holdout, "seed": params.seed, "rule": rule}
        return Plan(facts, (batch.select(_planned(batch)) for batch in self.rows(text, params, treated)))

    def scenario(self, text: str, params: CampaignParams) -> Manifest:
        """A scenario as it is saved: audience, parameters and what comes out, as plain JSON values."""
        _, chosen, found = self._answer(text, params)
        results = {
            "size": found.audience,
            "contacted": found.contacted,
            **found.financials.to_dict(),
            "low": found.low,
            "high": found.high,
            "roi_low": found.roi_low,
            "roi_high": found.roi_high,
            "probability_of_profit": found.probability_of_profit,
            "break_even": found.break_even,
        }
        return self._facts(chosen, params) | {"results": results}

    # Plumbing

    def _facts(self, chosen: Chosen, params: CampaignParams) -> Manifest:
        """What the manifests of campaigns and scenarios say of whom and what they are about."""
        return {
            "analysis_id": self.analysis.id,
            "dataset_id": self.analysis.dataset_id,
            "series": audiences.series_of(self.store, self.analysis),
            "audience": chosen.text,
            "audience_label": chosen.label,
            "audience_words": " ".join(filter(None, (chosen.words, chosen.note))),
            "params": params.to_dict(),
            "as_of": str(self.analysis.manifest["last_date"]),
            "horizon_days": params.horizon_days,
            "currency": audiences.currency_of(self.store, self.analysis),
        }

    def _answer(self, text: str, params: CampaignParams) -> tuple[Any, Chosen, Answer]:
        key, chosen = self._audience(text)
        found = self._answers.get((key, params), lambda: roi.answer(chosen.customers, params))
        return key, chosen, found

    def _audience(self, text: str) -> tuple[Any, Chosen]:
        """The audience and the key its answers are kept under: who is in a segment changes with merges."""
        asked = Audience.of(text)
        if asked.kind == audiences.SEGMENT:
            segmentation = self._segmentation(asked.segmentation)
            look = audiences.look_of(self.edits, segmentation, asked.key)
            key: Any = (asked.text, look.name, look.codes)
            return key, self._audiences.get(
                key,
                lambda: self._chosen(
                    asked,
                    look.name,
                    f"customers of the segment {look.name}",
                    f"Customers of the segment {look.name} ({segmentation.manifest['title']}). {look.definition}",
                    np.flatnonzero(np.isin(self.file.codes_of(segmentation), look.codes)),
                ),
            )
        if asked.kind == audiences.LIST:
            saved = audiences.list_of(self.store, self.analysis, asked.key)
            return asked.text, self._audiences.get(asked.text, lambda: self._of_list(asked, saved.id))
        return asked.text, self._audiences.get(asked.text, lambda: self._ready_made(asked))

    def _ready_made(self, asked: Audience) -> Chosen:
        days = int(self.analysis.manifest["horizon_days"])
        if asked.kind == audiences.AT_RISK:
            places = self.file.at_risk()
        elif asked.kind == audiences.RED:
            places = self.file.red()
        elif asked.kind == audiences.HIGH_VALUE:
            places = self.file.high_value(self._worth())
        else:
            places = np.arange(len(self.file), dtype=np.int64)
        label, phrase = audiences.READY_MADE[asked.kind], audiences.PHRASES[asked.kind]
        words = audiences.DEFINITIONS[asked.kind].format(days=days)
        return self._chosen(asked, label, phrase, words, places)

    def _of_list(self, asked: Audience, list_id: str) -> Chosen:
        saved = self.store.list_of(list_id)
        batches = [batch.column(0) for batch in batches_of(saved, [CUSTOMER_ID])]
        ids = pa.chunked_array(batches, batches[0].type if batches else pa.string())
        places, missing = self.file.places_of(ids)
        total = len(places) + missing
        note = (
            f"{missing:,} of the {total:,} customers of this list are not in this analysis."
            if missing
            else ""
        )
        return self._chosen(
            asked, saved.name, f"customers of the list {saved.name}", f"Customers of the list {saved.name}.", places, note
        )  # fmt: skip

    def _chosen(
        self, asked: Audience, label: str, phrase: str, words: str, places: Places, note: str = ""
    ) -> Chosen:
        if not len(places):
            nobody = {audiences.AT_RISK: "at risk", audiences.RED: "red", audiences.EVERYBODY: "there"}
            raise InputError(
                f"Nobody is {nobody.get(asked.kind, f'in the audience {label!r}')} in this analysis:"
                f" choose another audience.{' ' + note if note else ''}"
            )
        whole = len(places) == len(self.file)
        customers = self.customers if whole else self.customers.take(places)
        return Chosen(asked.text, label, phrase, words, note, customers, places)

    def _segmentation(self, segmentation_id: str) -> Segmentation:
        found = self.store.segmentation(segmentation_id)
        if found.source_id != self.analysis.id:
            raise InputError(
                f"The segments of {found.manifest['title']} are of other customers than this analysis: choose others."
            )
        return found

    def _worth(self) -> float | None:
        """From how much money on a customer is valuable, as the default segmentation has it."""
        found = audiences.default_rules(self.store, self.analysis)
        bands = (found.manifest.get("bands") or {}).get("monetary") if found else None
        return float(bands[1]) if bands else None

    def _named(self) -> tuple[tuple[str, ...], Codes]:
        """Names of the segments by rules and the place of each customer's in them, shape (n,); -1 for none."""
        found = audiences.default_rules(self.store, self.analysis)
        if found is None:
            return (), np.full(len(self.file), -1, dtype=np.int32)
        looks = audiences.looks(self.edits, found)
        key = (found.id, tuple((look.name, look.codes) for look in looks))
        return self._names.get(key, lambda: self._places_of_looks(found, looks))

    def _places_of_looks(self, found: Segmentation, looks: Any) -> tuple[tuple[str, ...], Codes]:
        codes = self.file.codes_of(found)
        places = np.full(len(codes), -1, dtype=np.int32)
        for place, look in enumerate(looks):
            places[np.isin(codes, look.codes)] = place
        return tuple(look.name for look in looks), places


def _words(names: tuple[str, ...], places: Codes) -> pa.Array:
    """The name of each customer's segment; missing for who is in none."""
    known = pa.array(names, pa.string())
    return known.take(pa.array(places, mask=places < 0))


def _planned(batch: pa.RecordBatch) -> list[str]:
    """The columns of a batch with the arm in second place."""
    return [CUSTOMER_ID, "arm", *(name for name in batch.schema.names if name not in (CUSTOMER_ID, "arm"))]
