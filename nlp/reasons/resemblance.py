"""Texts of this narrative say what a known claim says, or stand on sites that write as listed outlets do; neither says what is true."""

from __future__ import annotations

from collections import Counter

from models.records import Document, Reason
from nlp.reasons._case import Case, capped, count, doubted, ordinary, publisher
from nlp.resemblance.claims import Match
from nlp.resemblance.night import SiteStyle

LEAST = 3
"""Least publishers that say what the claim says, or sites that write as listed outlets do."""
SAID = 0.8
"""Least probability of a text's resemblance to a claim."""
ALIKE = 0.85
"""Least probability of a site's style."""
SHARE = 0.3
"""Least share of the narrative's texts that resemble the claim, checks aside."""
INNOCENT = (
    "texts that report on the claim, or argue against it without the usual words of a fact-check",
    "a claim that is in everybody's mouth and spread by nobody in particular",
)
INNOCENT_STYLE = (
    "a young or angry outlet with nothing to hide: a style is no intention",
    "a subject on which everybody writes in the same words",
)

Found = list[tuple[Document, Match]]


def reason(case: Case) -> Reason | None:
    """The claim that most publishers repeat, and the style of the sites; None where neither reaches LEAST."""
    parts = [part for part in (_claim(case), _style(case)) if part]
    if not parts:
        return None
    return Reason(
        kind="resemblance",
        sentence="; ".join(p.sentence for p in parts),
        numbers={key: value for p in parts for key, value in p.numbers.items()},
        evidence=capped(i for p in parts for i in p.evidence),
        innocent=tuple(text for p in parts for text in p.innocent),
    )


def _claim(case: Case) -> Reason | None:
    said = _by_claim(case)
    spread = {key: [(d, m) for d, m in found if not m.check] for key, found in said.items()}
    best = max(sorted(spread), key=lambda key: len(_publishers(case, spread[key])), default="")
    found = spread.get(best, [])
    checks = len(said.get(best, ())) - len(found)
    if len(_publishers(case, found)) < LEAST or len(found) < SHARE * (len(case.own) - checks):
        return None
    numbers = {
        "publishers": len(_publishers(case, found)),
        "documents": len(found),
        "of": len(case.own),
        "checks": checks,
        "languages": len(_languages(case, found)),
        "p": sum(m.p for _, m in found) / len(found),
    }
    ordered = sorted(found, key=lambda pair: (-pair[1].p, pair[0].id))
    sentence = _sentence(case, found, numbers)
    return Reason(kind="resemblance", sentence=sentence, numbers=numbers, evidence=capped(d.id for d, _ in ordered), innocent=INNOCENT)


def _by_claim(case: Case) -> dict[str, Found]:
    """Texts of the narrative by the claim they resemble."""
    said: dict[str, Found] = {}
    for document in case.own:
        for match in case.night.likeness.matches(document, SAID):
            said.setdefault(match.claim.id, []).append((document, match))
    return said


def _publishers(case: Case, found: Found) -> set[str]:
    """Publishers, those aside that are listed as ordinary media only."""
    return {publisher(d) for d, _ in found if not ordinary(case.night.sources.get(d.source))}


def _languages(case: Case, found: Found) -> list[str]:
    return sorted({case.night.annotations[d.id].language for d, _ in found})


def _sentence(case: Case, found: Found, numbers: dict[str, float]) -> str:
    claim, checks = found[0][1].claim, int(numbers["checks"])
    phrases = Counter(phrase for _, m in found for phrase in m.phrases)
    told = ", ".join(f"“{phrase}”" for phrase, _ in phrases.most_common(6))
    aside = f"; {count(checks, 'text')} left aside that check or deny it" if checks else ""
    noted = f" (noted by {claim.source})" if claim.source else ""
    return (
        f"{count(len(found), 'text')} of {len(case.own)} by {count(int(numbers['publishers']), 'publisher')} "
        f"in {', '.join(_languages(case, found))} resemble the claim {claim.id}{noted} ({numbers['p']:.2f}) because of {told}{aside}"
    )


def _style(case: Case) -> Reason | None:
    """Sites that no list doubts, judged over all their texts of the window; the ordinary media are not asked."""
    judged = {site: style for site in _sites(case) if (style := case.night.likeness.site(site))}
    alike = {site: style for site, style in judged.items() if style.p >= ALIKE}
    if len(alike) < LEAST or len(alike) * 2 < len(judged):
        return None
    numbers = {"style_sites": len(alike), "style_of": len(judged), "style_p": sum(s.p for s in alike.values()) / len(alike)}
    documents = (d.id for d in case.own if publisher(d) in alike)
    sentence = _style_sentence(alike, numbers)
    return Reason(kind="resemblance", sentence=sentence, numbers=numbers, evidence=capped(documents), innocent=INNOCENT_STYLE)


def _sites(case: Case) -> list[str]:
    source = case.night.sources.get
    asked = (d for d in case.own if d.kind == "article" and not ordinary(source(d.source)) and not doubted(source(d.source)))
    return sorted({publisher(d) for d in asked})


def _style_sentence(alike: dict[str, SiteStyle], numbers: dict[str, float]) -> str:
    words = Counter(word for style in alike.values() for word in style.words)
    told = ", ".join(f"“{word}”" for word, _ in words.most_common(6))
    return (
        f"{count(len(alike), 'site')} of {int(numbers['style_of'])} that nobody lists write as listed outlets do "
        f"({numbers['style_p']:.2f}, over {sum(s.texts for s in alike.values())} texts) by words such as {told}"
    )
