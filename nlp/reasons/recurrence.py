"""The same accounts share one link after another within a minute of each other, this narrative's among them."""

from __future__ import annotations

from models.records import Document, Reason
from nlp.reasons._case import Case, capped, count, duration, small
from nlp.reasons._gatherings import LEAST, Gathering, account

INNOCENT = (
    "accounts of one newsroom or party that announce their own pages when they appear",
    "programs of several readers that pass on one feed as soon as it has something new",
    "a call to share that supporters followed at an announced hour",
)


def reason(case: Case) -> Reason | None:
    """The gathering of which most accounts met in this narrative; None below LEAST of them."""
    met = [(found, _here(case, found)) for found in case.night.gathered]
    present = [(found, here) for found, here in met if len(_accounts(here)) >= LEAST]
    if not present:
        return None
    found, here = max(present, key=lambda pair: len(_accounts(pair[1])))
    numbers = _numbers(found, here)
    elsewhere = sorted({d.id for documents in found.links.values() for d in documents})
    own = sorted({d.id for documents in here.values() for d in documents})
    evidence = capped((*own, *elsewhere))
    return Reason(kind="recurrence", sentence=_sentence(found, numbers), numbers=numbers, evidence=evidence, innocent=INNOCENT)


def _here(case: Case, found: Gathering) -> dict[str, list[Document]]:
    """The links of the narrative at which the accounts met, agency texts left out."""
    here = {link: [d for d in documents if d.id in case.own_ids and d.id not in case.wire] for link, documents in found.links.items()}
    return {link: documents for link, documents in here.items() if documents}


def _accounts(here: dict[str, list[Document]]) -> set[str]:
    return {account(d) for documents in here.values() for d in documents}


def _numbers(found: Gathering, here: dict[str, list[Document]]) -> dict[str, float]:
    return {
        "accounts": len(_accounts(here)),
        "documents": len({d.id for documents in here.values() for d in documents}),
        "links": len(here),
        "all_accounts": len(found.accounts),
        "all_links": len(found.links),
        "pairs": found.pairs,
        "met": found.met,
        "common": found.common,
        "rate": found.rate,
        "expected": found.expected,
        "largest_q": found.q,
        "window": found.window,
    }


def _sentence(found: Gathering, numbers: dict[str, float]) -> str:
    links, beyond = int(numbers["links"]), len(found.links) - int(numbers["links"])
    what = "the same link" if links == 1 else f"the same {links} links"
    also = f", as {len(found.accounts)} did at {count(beyond, 'link')} beyond this narrative" if beyond else ""
    return (
        f"{count(int(numbers['accounts']), 'account')} shared {what} within {duration(found.window)} of each other{also}; "
        f"{count(found.pairs, 'pair')} of them have a link in common {count(found.common, 'time')} and met at {found.met}; by chance one "
        f"would expect {small(found.expected)}, since of two others that share a link at most {found.rate:.1%} do so within that time "
        f"(largest q {small(found.q)})"
    )
