"""Networks as GEXF 1.3 (Gephi) and GraphML, with times and groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import quoteattr

from coordination.people import Person
from models.records import Edge

_FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
TIMES = ("first_seen", "last_seen")
EDGE = (("trace", "string"), ("weight", "int"), ("expected", "double"), ("q", "double"), ("lead", "double"))


def _text(value: object) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", str(value)))


def _values(edge: Edge) -> tuple[object, ...]:
    return "+".join(edge.traces), edge.weight, edge.expected, edge.q, edge.lead


def gexf(people: Sequence[Person], edges: Sequence[Edge]) -> Iterator[str]:
    """Lines of a GEXF file: nodes that have an edge, and edges; both with first and last co-action as start and end."""
    seen = _seen(edges)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
    yield '<graph defaultedgetype="undirected" mode="dynamic" timeformat="dateTime">\n<attributes class="node" mode="static">\n'
    yield '<attribute id="0" title="group" type="string"/><attribute id="1" title="posts" type="integer"/></attributes>\n'
    yield '<attributes class="edge" mode="static">\n'
    kinds = {"int": "integer"}
    yield "".join(f'<attribute id="{k}" title="{name}" type="{kinds.get(kind, kind)}"/>' for k, (name, kind) in enumerate(EDGE))
    yield "</attributes>\n<nodes>\n"
    for person in _tied(people, seen):
        yield f"<node id={_text(person.account)} label={_text(person.account)} {_spell(*seen[person.account])}><attvalues>"
        yield f'<attvalue for="0" value={_text(person.group)}/><attvalue for="1" value="{person.posts}"/></attvalues></node>\n'
    yield "</nodes>\n<edges>\n"
    for k, edge in enumerate(edges):
        yield f'<edge id="{k}" source={_text(edge.a)} target={_text(edge.b)} weight="{edge.weight}" '
        yield f"{_spell(edge.first_seen, edge.last_seen)}><attvalues>"
        yield "".join(f'<attvalue for="{n}" value={_text(value)}/>' for n, value in enumerate(_values(edge)))
        yield "</attvalues></edge>\n"
    yield "</edges>\n</graph>\n</gexf>\n"


def graphml(people: Sequence[Person], edges: Sequence[Edge]) -> Iterator[str]:
    """Lines of a GraphML file with the same nodes and edges."""
    seen = _seen(edges)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    yield '<key id="group" for="node" attr.name="group" attr.type="string"/>\n'
    yield '<key id="posts" for="node" attr.name="posts" attr.type="int"/>\n'
    yield "".join(f'<key id="node_{name}" for="node" attr.name="{name}" attr.type="string"/>' for name in TIMES)
    keys = (*EDGE, *((name, "string") for name in TIMES))
    yield "".join(f'<key id="{name}" for="edge" attr.name="{name}" attr.type="{kind}"/>' for name, kind in keys)
    yield '\n<graph edgedefault="undirected">\n'
    for person in _tied(people, seen):
        yield f'<node id={_text(person.account)}><data key="group">{_body(person.group)}</data><data key="posts">{person.posts}</data>'
        times = zip(TIMES, seen[person.account], strict=True)
        yield "".join(f'<data key="node_{name}">{time.isoformat()}</data>' for name, time in times) + "</node>\n"
    for edge in edges:
        values = (*_values(edge), edge.first_seen.isoformat(), edge.last_seen.isoformat())
        data = "".join(f'<data key="{name}">{_body(value)}</data>' for (name, _), value in zip(keys, values, strict=True))
        yield f"<edge source={_text(edge.a)} target={_text(edge.b)}>{data}</edge>\n"
    yield "</graph>\n</graphml>\n"


def _body(value: object) -> str:
    text = _FORBIDDEN.sub("\ufffd", str(value))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _spell(first: datetime, last: datetime) -> str:
    return f'start="{first.isoformat()}" end="{last.isoformat()}"'


def _seen(edges: Sequence[Edge]) -> dict[str, tuple[datetime, datetime]]:
    """The first and the last co-action of each account that has an edge."""
    seen: dict[str, tuple[datetime, datetime]] = {}
    for edge in edges:
        for name in (edge.a, edge.b):
            first, last = seen.get(name, (edge.first_seen, edge.last_seen))
            seen[name] = min(first, edge.first_seen), max(last, edge.last_seen)
    return seen


def _tied(people: Sequence[Person], seen: Mapping[str, object]) -> Iterator[Person]:
    return (person for person in people if person.account in seen)
