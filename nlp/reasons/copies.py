"""The same text, word for word or nearly, translated or not, stands on three or more sites or accounts, and no news agency explains it."""

from __future__ import annotations

from collections import Counter

from models.records import Document, Reason
from nlp.reasons._case import Case, at, capped, count, doubted, duration, ordinary, publisher

LEAST = 3
TOGETHER = 120.0
"""Seconds within which accounts that copy are counted together."""
INNOCENT = (
    "papers of one publisher that share their pages",
    "a press release that was printed as it came",
    "an agency text without its credit",
)
INNOCENT_POSTS = (
    "a slogan, a quotation or a call that people copy of their own will",
    "the text of a share button",
)


def reason(case: Case) -> Reason | None:
    """The widest set of copies in the narrative; None below LEAST publishers that are not all ordinary media."""
    sets = [found for found in _sets(case) if _counts(case, found)]
    if not sets:
        return None
    found = max(sets, key=lambda s: (len(_publishers(s)), len(s), s[0].id))
    publishers = _publishers(found)
    listed = {d.source for d in found if doubted(case.night.sources.get(d.source))}
    span = (found[-1].time - found[0].time).total_seconds()
    numbers = {
        "publishers": len(publishers),
        "documents": len(found),
        "listed": len(listed),
        "accounts_together": _together([d for d in found if d.kind != "article"]),
        "sets": len(sets),
        "languages": len({case.night.annotations[d.id].language for d in found}),
        "span": span,
    }
    posts = sum(d.kind != "article" for d in found)
    return Reason(
        kind="copies",
        sentence=_sentence(found, publishers, numbers),
        numbers=numbers,
        evidence=capped(d.id for d in found),
        innocent=INNOCENT_POSTS if posts * 2 > len(found) else INNOCENT,
    )


def _sets(case: Case) -> list[list[Document]]:
    """Sets of copies in order of time; reposts, agency texts and what denies or checks the narrative left out."""
    telling = {d.id for d in case.telling}
    kept = ([d for d in found if not d.repost_of and d.id not in case.wire and d.id in telling] for found in case.copies)
    return [found for found in kept if len(found) >= LEAST]


def _publishers(found: list[Document]) -> list[str]:
    """Publishers in order of their first copy."""
    return list(dict.fromkeys(publisher(d) for d in found))


def _counts(case: Case, found: list[Document]) -> bool:
    """Three publishers, of whom not all but one are ordinary media, and no share button (a post whose words are a page's title)."""
    cleared = case.night.cleared
    known = {publisher(d) for d in found if ordinary(case.night.sources.get(d.source)) or {publisher(d), d.account} & cleared}
    names = _publishers(found)
    return len(names) >= LEAST and len(set(names) - known) >= 2 and not _button(found)


def _button(found: list[Document]) -> bool:
    """Posts that all lead to one page: the words come from the page, not from the people."""
    posts = [d for d in found if d.kind != "article"]
    if len(posts) * 2 <= len(found):
        return False
    links = Counter(link for d in posts for link in set(d.links))
    return bool(links) and max(links.values()) >= 0.8 * len(posts)


def _together(posts: list[Document]) -> int:
    """The most accounts that posted within TOGETHER seconds of each other; ``posts`` in order of time."""
    most = start = 0
    for end, post in enumerate(posts):
        while (post.time - posts[start].time).total_seconds() > TOGETHER:
            start += 1
        most = max(most, len({publisher(d) for d in posts[start : end + 1]}))
    return most


def _sentence(found: list[Document], publishers: list[str], numbers: dict[str, float]) -> str:
    listed, together = int(numbers["listed"]), int(numbers["accounts_together"])
    beyond = f", {listed} of them listed," if listed else ""
    burst = f", {count(together, 'account')} within {duration(TOGETHER)}" if together > 1 and numbers["span"] > TOGETHER else ""
    what = "site" if all(d.kind == "article" for d in found) else "account"
    if len({d.kind == "article" for d in found}) == 2:
        what = "site or account"
    plural = "sites and accounts" if what == "site or account" else what + "s"
    many = count(len(found), "document")
    tongues = f", in {int(numbers['languages'])} languages," if numbers["languages"] > 1 else ""
    return (
        f"{count(len(publishers), what, plural)}{beyond} carry the same text in {many}{tongues} "
        f"within {duration(numbers['span'])}{burst}; first {_named(found[0])} at {at(found[0].time)}"
    )


def _named(document: Document) -> str:
    """A publisher as a reader knows it: the name of an account with its id, or a site."""
    name = document.account_name
    return f"{name} ({document.account})" if document.kind != "article" and name and document.account else publisher(document)
