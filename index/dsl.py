"""Clauses as Elasticsearch queries, and the mapping of the fields they ask."""

from __future__ import annotations

from typing import Any

from index.answers import BODIES, EXACT, PARTS
from index.current import made_by
from index.plan import Begins, Best, Between, Clause, Every, Everything, Nothing, Run, Some, Term
from index.vectors import NONE, Space


def mapping(generation: str, space: Space = NONE) -> dict[str, Any]:
    """A strict mapping: the tokens come divided by blanks, as our own analysis made them, and are not kept in the source."""
    keyword, tokens = {"type": "keyword", "ignore_above": 8_000}, {"type": "text", "analyzer": "whitespace"}
    properties: dict[str, Any] = dict.fromkeys(("id", *EXACT), keyword) | dict.fromkeys(BODIES, tokens)
    properties |= dict.fromkeys(PARTS, tokens | {"index_options": "docs"})
    properties |= {"seconds": {"type": "long"}, "order": {"type": "long"}, "shown": {"type": "object", "enabled": False}}
    properties |= space.properties()
    return {
        "dynamic": "strict",
        "_source": {"excludes": [*BODIES, *PARTS]},
        "_meta": {"made_by": made_by(), "generation": generation} | space.meta(),
        "properties": properties,
    }


def query(clause: Clause) -> dict[str, Any]:
    """The Elasticsearch query of a clause. No text of the user reaches a parser of the server's."""

    def filtered(found: dict[str, Any], scored: bool) -> dict[str, Any]:
        return found if scored else {"constant_score": {"filter": found, "boost": 0.0}}

    match clause:
        case Everything():
            return filtered({"match_all": {}}, scored=False)
        case Nothing() | Some(clauses=()) | Best(clauses=()):
            return {"match_none": {}}
        case Term(field=field, token=token, scored=scored):
            return filtered({"term": {field: {"value": token}}}, scored)
        case Begins(field=field, start=start, scored=scored):
            return filtered({"prefix": {field: {"value": start}}}, scored)
        case Run(field=field, tokens=tokens):
            return {"match_phrase": {field: {"query": " ".join(tokens), "analyzer": "whitespace"}}}
        case Between(low=low, high=high):
            ends = {name: value for name, value in (("gte", low), ("lt", high)) if value is not None}
            return filtered({"range": {"seconds": ends}}, scored=False)
        case Best(clauses=clauses):
            return {"dis_max": {"queries": [query(part) for part in clauses]}}
        case Some(clauses=clauses):
            return {"bool": {"should": [query(part) for part in clauses], "minimum_should_match": 1}}
        case Every(wanted=wanted, refused=refused):
            must = [query(part) for part in wanted or (Everything(),)]
            return {"bool": {"must": must, "must_not": [query(part) for part in refused]}}
