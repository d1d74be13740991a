"""Clauses as tantivy queries, and the schema of the fields they ask."""

from __future__ import annotations

import tantivy
from tantivy import Occur, Query

from index.answers import BODIES, EXACT, PARTS
from index.plan import Begins, Best, Between, Clause, Every, Everything, Nothing, Run, Some, Term


def schema() -> tantivy.Schema:
    """Exact fields and tokens as :func:`index.answers.fields` gives them, and one stored field that holds what is shown."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("shown", stored=True)
    builder.add_integer_field("seconds", indexed=True, fast=True)
    builder.add_integer_field("order", fast=True)
    for name in EXACT:
        builder.add_text_field(name, fast=name not in ("link", "mention"), tokenizer_name="raw", index_option="basic")
    for name in BODIES:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in PARTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    return builder.build()


def query(clause: Clause, fields_of: tantivy.Schema) -> Query:
    """The tantivy query of a clause, made of query objects only: no text reaches tantivy's own parser."""

    def filtered(found: Query, scored: bool) -> Query:
        return found if scored else Query.const_score_query(found, 0.0)

    match clause:
        case Everything():
            return Query.const_score_query(Query.all_query(), 0.0)
        case Nothing() | Some(clauses=()) | Best(clauses=()):
            return Query.empty_query()
        case Term(field=field, token=token, scored=scored):
            option = "position" if field in BODIES else "basic"
            return filtered(Query.term_query(fields_of, field, token, option), scored)
        case Begins(field=field, start=start, scored=scored):
            return filtered(Query.const_score_query(Query.regex_query(fields_of, field, _literal(start) + ".*"), 1.0), scored)
        case Run(field=field, tokens=tokens):
            return Query.phrase_query(fields_of, field, list(tokens))
        case Between(low=low, high=high):
            kind = tantivy.FieldType.Integer
            return filtered(Query.range_query(fields_of, "seconds", kind, low, None if high is None else high - 1), scored=False)
        case Best(clauses=clauses):
            return Query.disjunction_max_query([query(part, fields_of) for part in clauses])
        case Some(clauses=clauses):
            return Query.boolean_query([(Occur.Should, query(part, fields_of)) for part in clauses])
        case Every(wanted=wanted, refused=refused):
            parts = [(Occur.Must, query(part, fields_of)) for part in wanted or (Everything(),)]
            return Query.boolean_query(parts + [(Occur.MustNot, query(part, fields_of)) for part in refused])


def _literal(text: str) -> str:
    """``text`` for tantivy's regular expressions, each sign that means something there behind a backslash."""
    return "".join("\\" + c if c in r"\.+*?()|[]{}^$#&-~/@<>" else c for c in text)
