"""Documents into stories: copies become one node, nodes are clustered, and every story knows its words and its most typical text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from scipy import sparse

from models.records import Annotation, Document
from nlp.crowding import scales
from nlp.evidence import COPY as COPIED
from nlp.evidence import Evidence, Tie
from nlp.story_features import Blocks, blocks, counted
from nlp.story_graph import Space, candidates, cluster
from nlp.textkey import similarity

Item = tuple[Document, Annotation]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TERMS = 12
COPY = 0.8
"""Least share of equal signature values of two copies; standard error .05 with 64 values."""
BAND = 16
"""Hexadecimal characters of a signature that are looked up together: four values."""


@dataclass(frozen=True, slots=True)
class Story:
    """One cluster: ``items`` in order of time, ``nodes`` texts without copies, ``typical`` one item of each text, most central first.

    ``ties``: what holds them together, as :mod:`nlp.evidence` finds it.
    """

    items: tuple[Item, ...]
    nodes: int
    typical: tuple[Item, ...]
    terms: tuple[str, ...]
    entities: tuple[str, ...]
    ties: tuple[Tie, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Document ids in order of time."""
        return tuple(document.id for document, _ in self.items)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages, the most frequent first."""
        return tuple(code for code, _ in counted([_language(item)] for item in self.items))


def stories(items: Iterable[Item], threshold: float, half_life: float) -> list[Story]:
    """All stories (those of one text too), oldest first; the order of ``items`` does not matter.

    Documents without lemmas belong to no story. ``threshold``: least mean similarity (0 to 1) at which two clusters join;
    ``half_life``: days between two clusters that halve their similarity.
    """
    ordered = sorted((i for i in items if i[1].lemmas.strip()), key=lambda item: (item[0].time, item[0].id))
    nodes = collapsed(ordered)
    heads = [ordered[node[0]] for node in nodes]
    if not heads:
        return []
    languages = [_language(item) for item in heads]
    made = blocks(heads, languages)
    days = [(document.time - EPOCH).total_seconds() / 86400 for document, _ in heads]
    space = Space(made, languages, days, half_life)
    pairs = candidates(space)
    space = space.scaled(scales(space, pairs, cluster(space, threshold, pairs), languages))
    groups = cluster(space, threshold, pairs)
    evidence = Evidence(made, space, heads, languages)
    told = [_story(ordered, nodes, group, made, evidence) for group in groups]
    return sorted(told, key=lambda story: (story.items[0][0].time, story.ids))


def collapsed(items: Sequence[Item]) -> list[list[int]]:
    """Positions of copies, one list per text, the first copy first: equal ``text_key``, or signatures that agree in COPY of their values.

    A text is compared with the first of each set that shares a band of BAND values with it (locality-sensitive hashing, Indyk and
    Motwani 1998): at the threshold, one copy in 5,000 is missed. Linear in the number of texts.
    """
    same: dict[str, list[int]] = {}
    for position, (document, annotation) in enumerate(items):
        same.setdefault(annotation.text_key or document.id, []).append(position)
    firsts: dict[tuple[int, str], int] = {}
    nodes: dict[int, list[int]] = {}
    for positions in same.values():
        head = positions[0]
        signature = items[head][1].signature
        bands = [(start, signature[start : start + BAND]) for start in range(0, len(signature), BAND)]
        near = sorted({firsts[band] for band in bands if band in firsts})
        home = next((p for p in near if similarity(items[p][1].signature, signature) >= COPY), head)
        nodes.setdefault(home, []).extend(positions)
        for band in bands:
            firsts.setdefault(band, home)
    return sorted(sorted(node) for node in nodes.values())


def _language(item: Item) -> str:
    return item[1].language or item[0].language or "und"


def _story(ordered: Sequence[Item], nodes: list[list[int]], group: list[int], made: Blocks, evidence: Evidence) -> Story:
    positions = sorted(position for node in group for position in nodes[node])
    heaviest, order = _central(made.words, group)
    central = [group[i] for i in order]
    copies = (tie for row in group for tie in _copies(ordered, nodes[row]))
    return Story(
        tuple(ordered[p] for p in positions),
        len(group),
        tuple(ordered[nodes[row][0]] for row in central),
        tuple(dict.fromkeys(made.vocabulary[c] for c in heaviest))[:TERMS],
        tuple(e for e, _ in counted({m.id for m in ordered[p][1].entities} for p in positions))[:TERMS],
        (*evidence.ties(group, central), *copies),
    )


def _central(words: sparse.csr_matrix, group: list[int]) -> tuple[list[int], list[int]]:
    """The heaviest columns of a group, and its members' positions, the most central first."""
    rows = sparse.csr_matrix(words[group])
    columns, place = np.unique(rows.indices, return_inverse=True)
    weights = np.bincount(place, weights=rows.data, minlength=len(columns))
    owners = np.repeat(np.arange(len(group)), np.diff(rows.indptr))
    central = np.bincount(owners, weights=rows.data * weights[place], minlength=len(group))
    order = sorted(range(len(group)), key=lambda i: (-round(float(central[i]), 6), group[i]))
    return [int(c) for c in columns[np.lexsort((columns, -np.round(weights, 6)))[: TERMS * 2]]], order


def _copies(ordered: Sequence[Item], node: Sequence[int]) -> Iterator[Tie]:
    """Each copy of a text with its first one."""
    first = ordered[node[0]]
    for position in node[1:]:
        item = ordered[position]
        alike = 1.0 if item[1].text_key == first[1].text_key else similarity(item[1].signature, first[1].signature)
        how = "the same text" if alike == 1 else f"{alike:.0%} of the text's signature"
        yield Tie(first[0].id, item[0].id, (_language(first), _language(item)), round(alike, 4), {COPIED: (how,)})
