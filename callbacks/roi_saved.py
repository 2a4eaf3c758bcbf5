"""Saved scenarios of the ROI page in words: what would be saved, what was, and several side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from dash import no_update

from callbacks.roi_exact import Asked, address, plain
from callbacks.roi_words import said
from callbacks.segments_asked import own_height
from data.campaign import audiences
from data.campaign.plans import save_scenario
from data.errors import NotFoundError, StoreError
from figures import words
from figures.roi_sides import compare
from jobs.campaign_customers import start_of
from models.campaign.params import CampaignParams
from pages._ui import roi_scenarios as view
from pages._ui.dialogs import NAME_LENGTH
from pages._ui.roi_compare import Column, comparison, differing
from pages._ui.roi_parts import share, singular

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Scenario, Store

FEWEST: Final = 2


def describe(services: Services, asked: Mapping[str, Any] | None) -> tuple[list[Any], str]:
    """The question and answer that would be saved, and a name for them; raises as `Asked.of` does."""
    found = Asked.of(services, asked or {})
    verdict = plain(said(found.answer, found.facts.currency)[1])
    taken = {one.name.casefold() for one in services.store.scenarios(series_of(services, found))}
    return view.what(found.question, f"{verdict[:1].upper()}{verdict[1:]}."), suggested(found, taken)


def series_of(services: Services, asked: Asked) -> str:
    """Id of the first version of the data set that a question is about."""
    return audiences.series_of(services.store, asked.book.analysis)


def suggested(asked: Asked, taken: set[str]) -> str:
    """A name from the settings that no scenario has yet: "15 % off to 500 at-risk customers"."""
    params, who = asked.params, asked.chosen.phrase
    whom = f"{words.count(params.contacted)} {who if params.contacted != 1 else singular(who)}"
    name = f"{share(params.discount)} off to {whom}" if params.discount else f"Nothing off to {whom}"
    found, number = _short(name), 2
    while found.casefold() in taken:
        found, number = _short(name, f" ({number})"), number + 1
    return found


def _short(name: str, end: str = "") -> str:
    room = NAME_LENGTH - len(end)
    return (name if len(name) <= room else name[: room - 1].rstrip() + "…") + end


def save(services: Services, asked: Mapping[str, Any], name: str | None) -> str:
    """Save the question with its answer; returns its name.

    InputError for a name that is empty, too long or taken by a scenario of the same data set.
    """
    found = Asked.of(services, asked)
    given = " ".join((name or "").split())
    made = save_scenario(services.store, found.book, found.text, found.params, given)
    return services.store.scenario(made).name


def saved(services: Services, analysis_id: str, picked: Sequence[str]) -> list[Any]:
    """The scenarios of the data set on screen, and how many there are of others."""
    store, every = services.store, services.store.scenarios()
    series = audiences.series_of(store, store.analysis(analysis_id))
    here = [one for one in every if one.series == series]
    starts = _Starts(store)
    return view.saved_scenarios([_saved(one, starts) for one in here], picked, len(every) - len(here))


class _Starts:
    """What the page begins with for each analysis, read once; None for one that is not there any more."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._known: dict[str, tuple[CampaignParams, str] | None] = {}

    def of(self, analysis_id: str) -> tuple[CampaignParams, str] | None:
        """Start and name of an analysis."""
        if analysis_id not in self._known:
            try:
                analysis = self.store.analysis(analysis_id)
                made = dt.datetime.fromisoformat(analysis.created_at).astimezone()
                self._known[analysis_id] = start_of(analysis), f"{analysis.name} of {made:%-d %b %Y, %H:%M}"
            except (NotFoundError, StoreError):
                self._known[analysis_id] = None
        return self._known[analysis_id]


def _saved(found: Scenario, starts: _Starts) -> view.Saved:
    facts, results, currency = found.manifest, found.manifest["results"], found.manifest["currency"]
    known, params = starts.of(facts["analysis_id"]), params_of(found)
    made = dt.datetime.fromisoformat(found.created_at).astimezone()
    net, low, high = (words.money_short(results[key], currency) for key in ("net_profit", "low", "high"))
    return view.Saved(
        id=found.id,
        name=found.name,
        audience=str(facts["audience_label"]),
        contacted=int(results["contacted"]),
        settings=differing(params, known[0] if known else CampaignParams(), currency),
        net=net,
        low=low,
        high=high,
        roi=words.percent(results["roi"]),
        probability=words.percent(results["probability_of_profit"]),
        made=f"{made:%-d %b %Y, %H:%M}",
        analysis=analysis_words(found, starts),
        address=address(facts["analysis_id"], facts["audience"], params.to_dict()) if known else None,
    )


def analysis_words(found: Scenario, starts: _Starts) -> str:
    """The analysis of a scenario's numbers, by name or, where it is gone, by id."""
    known, as_of = starts.of(found.manifest["analysis_id"]), words.day(found.manifest["as_of"])
    name = known[1] if known else f"{found.manifest['analysis_id']}, deleted since"
    return f"Analysis {name}, customers as of {as_of}"


def params_of(found: Scenario) -> CampaignParams:
    """The parameters of a scenario."""
    return CampaignParams.from_params(found.manifest["params"], CampaignParams())


def side_by_side(
    services: Services, picked: Sequence[str] | None, theme: str | None, *, narrow: bool
) -> dict[str, Any]:
    """Chart and table of the chosen scenarios; hidden for fewer than two."""
    wanted = set(picked or ())
    found = [one for one in services.store.scenarios() if one.id in wanted]
    if len(found) < FEWEST:
        return {"hidden": True, "figure": no_update, "style": no_update, "table": None}
    starts = _Starts(services.store)
    columns = [_column(one, starts) for one in found]
    rows = [{"id": one.id, "name": one.name, **one.manifest["results"]} for one in found]
    figure = compare(rows, columns[0].currency, theme, narrow=narrow)
    return {"hidden": False, "figure": figure, "style": own_height(figure), "table": comparison(columns)}


def _column(found: Scenario, starts: _Starts) -> Column:
    facts = found.manifest
    return Column(
        found.name,
        str(facts["audience_label"]),
        analysis_words(found, starts),
        params_of(found),
        facts["results"],
        facts["currency"],
    )


def ask_delete(services: Services, scenario_id: str) -> dict[str, Any]:
    """The question before a scenario is deleted."""
    found = services.store.scenario(scenario_id)
    return {
        "open": True,
        "text": f"“{found.name}” will be removed from the workspace, and links to the question stay valid.",
        "about": found.id,
    }
