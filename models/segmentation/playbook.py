"""What to do for each segment: what it is, why it matters, and a strategy with channel, offer and timing.

`docs/playbook.md` shows the same texts; people may replace them in their own workspace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.segmentation.naming import base_of


@dataclass(frozen=True)
class Play:
    """Advice for one segment, one or two sentences each."""

    what: str
    why: str
    strategy: str
    channel: str
    offer: str
    timing: str


PLAYBOOK: Final[dict[str, Play]] = {
    "champions": Play(
        what="Your best customers: they bought most recently, and buy often and for much.",
        why="A small group brings a large part of the revenue. Losing one costs as much as losing many others.",
        strategy="Thank them and keep them close. Let them see new products first, and ask them for reviews and referrals.",
        channel="Personal e-mail or a call; a loyalty programme with a level of its own.",
        offer="Early access, a gift or a free extra. No discount: they buy at full price.",
        timing="Within a week of each order, and before every launch.",
    ),
    "loyal": Play(
        what="Customers who buy regularly and spend well, though not always most recently.",
        why="They are steady revenue, and the next champions.",
        strategy="Raise the value of an order: show what goes with what they have bought, and reward coming back.",
        channel="E-mail with products chosen for each; the loyalty programme.",
        offer="Points, bundles or free delivery above their usual order value.",
        timing="Shortly before their usual time between orders is over.",
    ),
    "potential_loyalists": Play(
        what="Recent customers who have bought more than once or spent a fair amount.",
        why="They are forming a habit now. The third and fourth order decide whether it lasts.",
        strategy="Make the next order easy, and explain what regular customers get.",
        channel="E-mail series; a message beside the order confirmation.",
        offer="Membership of the loyalty programme, with a small reward for the next order.",
        timing="Two to four weeks after the last order.",
    ),
    "new": Play(
        what="Customers who have just bought for the first time.",
        why="Most first-time buyers never return. The first weeks are when they can be won.",
        strategy="Welcome them, help them to use what they bought, and show one sensible next step.",
        channel="Welcome e-mails, three at most.",
        offer="A modest voucher for the second order, valid for a short time.",
        timing="Start within two days of the first order; the second message when it has arrived.",
    ),
    "promising": Play(
        what="Customers who bought once or for little, not quite so recently as the new ones.",
        why="They still remember you, but interest fades with each week.",
        strategy="Remind them with best sellers from the range they bought from.",
        channel="E-mail; advertising to this list on social media.",
        offer="Free delivery, or a sample with the second order.",
        timing="Within the next two weeks.",
    ),
    "need_attention": Play(
        what="Customers in the middle on everything: recency, frequency and money.",
        why="They can go either way, and a little effort moves many of them.",
        strategy="Bring them back with something for a limited time, based on what they bought.",
        channel="E-mail, followed by a text message where they have agreed to it.",
        offer="A limited offer in the category they like best.",
        timing="This month, before they become at risk.",
    ),
    "about_to_sleep": Play(
        what="Customers who have bought little, and not for a while.",
        why="Without a reminder most of them will be gone soon; each is worth little effort, together they are many.",
        strategy="Remind them cheaply and automatically, with popular products and news.",
        channel="Automatic e-mail.",
        offer="A small discount, or free delivery.",
        timing="One message now and one two weeks later, then stop.",
    ),
    "at_risk": Play(
        what="Good customers who used to buy well and have not been back for a long time.",
        why="Their past spending shows what is at stake; they are cheaper to win back than new customers are to find.",
        strategy="Write personally, ask whether something was wrong, and give a reason to return.",
        channel="Personal e-mail; post or a call for the largest.",
        offer="A win-back voucher worth a good part of an order, on what they used to buy.",
        timing="Now. Repeat once after three weeks with a better offer.",
    ),
    "cant_lose": Play(
        what="Some of your best buyers ever, who have not bought for a long time.",
        why="Few people, much revenue: probably they buy from somebody else now.",
        strategy="Talk to them one by one, learn why they left, and put it right.",
        channel="A call or a personal letter from somebody with a name.",
        offer="Whatever solves their problem; a generous, personal offer.",
        timing="This week, before any other campaign.",
    ),
    "hibernating": Play(
        what="Customers who bought little, a long time ago.",
        why="Few of them will return, so effort here seldom pays; a cheap reminder may.",
        strategy="Include them in seasonal campaigns, and leave them out of expensive ones.",
        channel="E-mail only.",
        offer="A seasonal offer or a clearance sale.",
        timing="At the large occasions of the year.",
    ),
    "lost": Play(
        what="Customers with few and small orders, who bought longest ago.",
        why="They are the least likely to return. Writing to them costs money and the good name of your mails.",
        strategy="Try once to wake them, then stop writing.",
        channel="One e-mail asking whether they want to hear from you.",
        offer="None, or what is left over.",
        timing="Once; take those who do not answer off the list.",
    ),
    "high_spenders": Play(
        what="Customers who spend the most, and are content where that is known.",
        why="They bring a large part of the revenue and recommend you to others.",
        strategy="Treat them as guests: service first, the best products first, and a word of thanks.",
        channel="Personal e-mail; a contact person; the highest level of membership.",
        offer="Early access, premium products, an extra instead of a discount.",
        timing="After each order, and before every launch.",
    ),
    "occasional": Play(
        what="Customers who buy now and then, and spend little.",
        why="There are usually many of them; one more order each adds up.",
        strategy="Give a reason for the next order: an occasion, a refill, something that goes with the last one.",
        channel="E-mail and advertising to this list.",
        offer="Bundles, or free delivery from a basket a little above their usual one.",
        timing="At seasonal occasions, and a month after the last order.",
    ),
    "dissatisfied": Play(
        what="Customers who say they are not content, and buy less or stay away.",
        why="They leave, and tell others. A complaint that is solved makes loyal customers.",
        strategy="Ask what went wrong and put it right before selling anything else.",
        channel="A call or a personal e-mail from customer service.",
        offer="An apology and a remedy: replacement, refund or credit.",
        timing="At once; no promotions until it is settled.",
    ),
    "new_or_promising": Play(
        what="Customers who bought recently, and little so far: mostly new ones.",
        why="Most first-time buyers never return. The first weeks are when they can be won.",
        strategy="Welcome them, show what goes with their purchase, and make the second order easy.",
        channel="Welcome e-mails, three at most.",
        offer="A modest voucher for the next order, valid for a short time.",
        timing="Within two weeks of the last order.",
    ),
    "lapsed_low_value": Play(
        what="Customers who bought little, and not for a long time.",
        why="Often the largest group with the smallest revenue: effort here seldom pays.",
        strategy="One cheap reminder, then leave them in peace.",
        channel="E-mail only.",
        offer="A seasonal offer or a clearance sale.",
        timing="At the large occasions of the year, twice at most.",
    ),
    "regular": Play(
        what="Customers around the average: neither the best nor the least.",
        why="They are the body of the business; small gains add up.",
        strategy="Keep in touch and show what goes with what they have bought.",
        channel="Newsletter with products chosen for each.",
        offer="Points or bundles; free delivery above their usual order value.",
        timing="Once or twice a month.",
    ),
    "recent": Play(
        what="Customers who bought a short time ago.",
        why="Whoever has just bought is the likeliest to buy again.",
        strategy="Thank them and suggest what goes with their purchase.",
        channel="E-mail after the purchase.",
        offer="A recommendation; a small voucher for the next order.",
        timing="Within two weeks of the last order.",
    ),
    "fading": Play(
        what="Customers whose last order is a while ago.",
        why="With each week fewer of them return.",
        strategy="Remind them of you with what is new since their last visit.",
        channel="E-mail.",
        offer="A limited offer in the category they bought from.",
        timing="This month.",
    ),
    "lapsed": Play(
        what="Customers who have not bought for a long time.",
        why="Most will not return by themselves; those who spent much are worth an effort.",
        strategy="Try to win back those with the highest spending, and write to the others seldom.",
        channel="E-mail; a letter for the largest.",
        offer="A win-back voucher.",
        timing="Once now and once in the next season.",
    ),
    "most_customers": Play(
        what="Nearly all customers: this division only sets a few unusual ones apart.",
        why="One message for so many fits few of them.",
        strategy="Divide them further: by the RFM rules, or into more segments.",
        channel="As for all customers.",
        offer="None for the whole group.",
        timing="After dividing them.",
    ),
    "outliers": Play(
        what="Customers unlike any group: unusual amounts, numbers of orders or a rare mixture.",
        why="Among them are resellers, errors in the data, and some of the largest customers.",
        strategy="Look at them one by one before writing to them.",
        channel="Personal, where it is worth it.",
        offer="None before somebody has looked; terms for resellers where they are some.",
        timing="Now for the largest, the others when there is time.",
    ),
    "no_cluster": Play(
        what="Customers whom the file puts into no cluster.",
        why="Nothing is known about how to treat them.",
        strategy="Complete the file, or divide all customers by the RFM rules or by clustering.",
        channel="As for all customers.",
        offer="None for the whole group.",
        timing="After dividing them.",
    ),
}
GENERAL: Final = Play(
    what="A group of customers who are alike in what they were compared by; its definition says in what.",
    why="Its share of the revenue and its churn risk show how much depends on it.",
    strategy="Look at what sets it apart from the average, and address that.",
    channel="The one these customers have answered before.",
    offer="Try two offers on parts of the group, and keep the better one.",
    timing="With the next campaign; measure against some who get nothing.",
)


def play_for(key: str) -> Play:
    """The advice for a segment's key: its own, its archetype's (loyal_lower_spend: loyal), else a general one."""
    base = base_of(key, PLAYBOOK)
    return GENERAL if base is None else PLAYBOOK[base]
