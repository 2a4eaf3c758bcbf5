"""The state of the ROI page that an address says exactly: what is downloaded is what is on screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dash.development.base_component import Component

from callbacks.facts import Facts
from callbacks.roi_begin import read_params, starting
from pages._ui import roi_parts as parts

if TYPE_CHECKING:
    from callbacks.services import Services
    from jobs.campaigns import CampaignBook, Chosen
    from models.campaign.params import CampaignParams
    from models.roi import Answer

PAGE = "/roi"


@dataclass(frozen=True)
class Asked:
    """One question to one audience of one analysis; `params` contact no more customers than there are."""

    book: CampaignBook
    facts: Facts
    text: str
    chosen: Chosen
    params: CampaignParams

    @classmethod
    def of(cls, services: Services, given: Mapping[str, Any]) -> Asked:
        """What an address, a form or a saved scenario asks; what it does not say is as the page begins.

        Raises NotFoundError for an analysis or audience that is not there and InputError for what makes no sense.
        """
        analysis = services.analysis(given.get("analysis"))
        book = services.campaign(analysis.id)
        text = str(given.get("audience") or book.choices()[0].value)
        chosen = book.audience(text)
        params = read_params(given, starting(book.start, chosen.size))
        params = replace(params, contacted=min(params.contacted, chosen.size))
        return cls(book, Facts.of(services, analysis.id), text, chosen, params)

    @property
    def answer(self) -> Answer:
        """Whether it makes money; worked out once."""
        return self.book.answer(self.text, self.params)

    @property
    def question(self) -> str:
        """The question in a sentence."""
        return plain(parts.question(self.params.discount, self.params.contacted, self.chosen.phrase))

    @property
    def address(self) -> str:
        """The page's address that asks exactly this, whatever the page begins with by then."""
        return address(self.facts.analysis_id, self.text, self.params.to_dict())


def address(analysis_id: str, audience: str, params: Mapping[str, Any]) -> str:
    """The page's address for these parameters, all of them."""
    told = {name: f"{value:.10g}" if isinstance(value, float) else value for name, value in params.items()}
    return f"{PAGE}?{urlencode({'analysis': analysis_id, 'audience': audience, **told})}"


def plain(content: Any) -> str:
    """The words of a sentence with parts set in bold."""
    if isinstance(content, Component):
        return plain(getattr(content, "children", None))
    if isinstance(content, list | tuple):
        return "".join(plain(part) for part in content)
    return "" if content is None else str(content)
