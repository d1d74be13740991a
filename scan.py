"""The story of one night: collect -> archive -> annotate -> coordinate -> narrate -> flag -> index -> report.

Every stage reads from the archive and writes to it, so each can be run alone and again; a stage that was killed goes on where it was.
This file carries records from one room to the next and holds no method of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from models.errors import StopRun, TocsinError, UsageError
from models.records import Annotation, Document, Edge, Flag, Group, Narrative, ScanReport, SourceReport
from nightly.night import Night, latest, latest_flags

CHUNK = 2000
"""Documents annotated between two writes: what a kill can cost at most."""


def collect(night: Night) -> None:
    """Read every source of the election in a process of its own (a reactor starts only once); what it fetched is spooled."""
    from nightly.collecting import collect_apart

    with night.stage("collect") as counts:
        chosen = _chosen(night)
        reports = collect_apart(night.workspace, chosen, night.progress) if chosen else []
        night.sources.extend(reports)
        counts |= {"sources": len(reports), "fetched": sum(r.fetched for r in reports), "new": sum(r.new for r in reports)}
    for report in reports:
        _remember(night, report)
    if reports and not any(_read(r) for r in reports):
        offline = all("unknown-host" in r.note for r in reports)
        night.broken.append(
            "no source could be read" + (": no host was found by its name; is this machine on the network?" if offline else "")
        )


def _read(report: SourceReport) -> bool:
    """Whether the source answered: it gave something, or nothing failed (all it has is known already)."""
    return bool(report.fetched or not report.failed)


def _remember(night: Night, report: SourceReport) -> None:
    causes = ", ".join(f"{cause} {number}" for cause, number in sorted(report.failed.items()))
    note = "; ".join(part for part in (report.note, causes) if part)
    if _read(report):
        night.state.source_success(report.source, night.now, report.new, note)
    else:
        night.state.source_failure(report.source, night.now, note)


def _chosen(night: Night) -> list[Any]:
    wanted = night.workspace.settings["crawl.only"]
    known = {s.name for s in night.election.sources}
    for name in wanted:
        if name not in known:
            from models.registry import nearest

            raise UsageError(f"the election has no source {name!r}", where="crawl.only", hint=nearest(name, known))
    return [s for s in night.election.sources if not wanted or s.name in wanted]


def seal(night: Night) -> None:
    """Turn what is spooled into segments of the archive."""
    with night.stage("archive") as counts:
        sealed = night.archive.seal()
        counts |= {"new": sealed.new, "revised": sealed.revised, "same": sealed.same, "torn": sealed.torn}


def annotate(night: Night, *, again: bool = False) -> None:
    """Read the documents that have no annotation; with ``again`` also those that another pipeline version read."""
    from nlp import reading

    settings, entities = night.workspace.settings, night.election.entities
    version = reading.version(entities, settings)
    with night.stage("annotate") as counts:
        todo = night.archive.unannotated(version if again else None)
        counts["documents"] = 0
        with closing(reading.annotate(todo, entities, settings, night.progress)) as read:
            while notes := list(islice(read, CHUNK)):
                night.archive.write("annotations", notes, night=night.night, version=version)
                counts["documents"] += len(notes)


def coordinate(
    night: Night, since: date | None = None, until: date | None = None, platforms: Sequence[str] = (), *, counting: Any = None
) -> None:
    """Find accounts and sites that act in concert; edges with their evidence and groups are written for this night.

    ``counting``: who counts the pairs (``coordination.looks.Counting``); else on from the sums of the last night (``nightly.counting``).
    """
    import coordination
    from coordination import engine
    from nightly import posts as columns
    from nightly.conventions import of_platforms
    from nightly.counting import Sums
    from nightly.findings import one_each, with_facts
    from nightly.wire import with_agency

    with night.stage("coordinate") as counts:
        settings = night.workspace.settings
        posts = of_platforms(columns.posts_table(night.archive, since or night.since("coordination.days"), until), platforms)
        posts = columns.with_near(posts, settings["coordination.traces"], night.progress, settings["nlp.workers"])
        posts = with_agency(posts, settings["coordination.traces"])
        known = latest(night.archive, "groups", Group, before=night.night)
        if counting is None:
            counting = Sums(night.archive, settings["coordination.sums"], keep=since is None and until is None and not platforms)
        found = engine.coordinate(posts, settings, night.progress, known, counting=counting)
        edges = one_each(found.fused, found.edges)
        groups = with_facts(found.groups, found.facts)
        night.archive.write("edges", edges, night=night.night, version=coordination.VERSION)
        night.archive.write("groups", groups, night=night.night, version=coordination.VERSION)
        accounts = {a for e in edges for a in (e.a, e.b)} | {a for g in groups for a in g.members}
        counts |= {
            "posts": posts.num_rows,
            "tests": found.tests,
            "edges": len(edges),
            "accounts": len(accounts),
            "groups": len(groups),
        }


def _recent(night: Night) -> list[tuple[Document, Annotation]]:
    since = night.since("narratives.days")
    notes = {a.document: a for a in night.archive.read("annotations", Annotation, since, night.until)}
    return [(d, notes[d.id]) for d in night.archive.documents(since, night.until) if d.id in notes]


def narrate(night: Night) -> None:
    """Group recent documents into narratives that keep their ids from night to night."""
    from nlp import narratives

    with night.stage("narrate") as counts:
        items = _recent(night)
        before = night.state.narratives() or latest(night.archive, "narratives", Narrative)
        told = narratives.narrate(items, before, night.workspace.settings, night.now, night.state.decisions())
        night.state.save_narratives(told.narratives, told.events)
        if items or before:  # a night without anything would stand in the way of telling past ones
            night.archive.write("narratives", told.narratives, night=night.night, version=narratives.VERSION)
            night.archive.write("links", told.links, night=night.night, version=narratives.VERSION)
        awake = [n for n in told.narratives if n.status != "asleep"]
        counts |= {
            "documents": len(items),
            "narratives": len(awake),
            "new": sum(n.status == "new" for n in awake),
            "growing": sum(n.status == "growing" for n in awake),
        }


def flag(night: Night) -> None:
    """Say which narratives deserve a look tonight, and why; no reason, no flag."""
    from nightly.known import known
    from nlp import flags

    with night.stage("flag") as counts:
        compared, refused = known(night.workspace)
        night.broken += [f"flag: {why}" for why in refused]
        items = _recent(night)
        told = [n for n in night.state.narratives() if n.status != "asleep"]
        past = [f for f in night.archive.read("flags", Flag) if f.night.date() < night.night]
        night.flags = flags.flag(
            told,
            {d.id: d for d, _ in items},
            {a.document: a for _, a in items},
            latest(night.archive, "edges", Edge),
            latest(night.archive, "groups", Group),
            {s.name: s for s in night.election.sources},
            past,
            night.workspace.settings,
            night.now,
            verdicts=night.state.verdicts(),
            known=compared,
        )
        if items or past:
            night.archive.write("flags", night.flags, night=night.night, version=flags.VERSION)
        counts["flags"] = len(night.flags)


def index(night: Night) -> None:
    """Bring the search index up to the archive: new documents, and those whose narratives or flags changed."""
    from nightly.indexing import sync

    with night.stage("index") as counts:
        counts.update(sync(night.workspace, night.archive, night.state, latest_flags(night.archive), night.progress))


def watch(night: Night) -> None:
    """See what is new in each saved search since it was last read."""
    from nightly.watches import check

    if night.state.watches():
        with night.stage("watch") as counts:
            night.watches = check(night.workspace, night.state, night.now)
            counts |= {"watches": len(night.watches), "new": sum(w.new for w in night.watches)}


STAGES: dict[str, Callable[[Night], None]] = {
    "collect": collect,
    "archive": seal,
    "annotate": annotate,
    "coordinate": coordinate,
    "narrate": narrate,
    "flag": flag,
    "index": index,
    "watch": watch,
}


def scan(night: Night, stages: Sequence[str] = tuple(STAGES)) -> ScanReport:
    """Run the stages in order and keep the report. A stage that fails is named in ``broken``; the report is written all the same."""
    started = night.now
    _ready(night)
    left = ("archive",) if night.archive.has_spool() else ()
    for name in (*left, *stages):
        error = _failure(night, name)
        if error:
            night.broken.append(f"{name}: {error}")
            night.progress(name, failed=str(error))
        if isinstance(error, StopRun):
            break
    return _reported(night, started)


def _ready(night: Night) -> None:
    """Raises UsageError for a setting that a late stage would refuse: it must be told before hours are spent, and anything is written."""
    import coordination.traces
    from models.registry import names, nearest

    settings = night.workspace.settings
    night.election  # noqa: B018  read for its errors
    known = names(coordination.traces)
    for name in settings["coordination.traces"]:
        if name not in known:
            raise UsageError(f"unknown trace {name!r}", where="coordination.traces", hint=nearest(name, known))
    for name in ("coordination.traces", "coordination.windows"):
        if not settings[name]:
            raise UsageError(
                f"{name} is empty", where=str(night.workspace.root / "tocsin.toml"), hint="give one at least, or take the line out"
            )
    if settings["nlp.pipelines"]:
        from nlp import reading

        reading.version(night.election.entities, settings)
    if settings["nlp.encoder"]:
        from nightly import vectors

        vectors.load(night.workspace)


def _failure(night: Night, name: str) -> Exception | None:
    """Run a stage; what went wrong in it. The boundary: a fault in one stage is named, and the later ones work with what there is."""
    try:
        STAGES[name](night)
    except UsageError:
        raise
    except TocsinError as error:
        return error
    except OSError as error:
        return StopRun(error.strerror or str(error), where=str(error.filename or night.workspace.root))
    except Exception as error:  # the run boundary; --debug shows the traceback
        if os.environ.get("TOCSIN_DEBUG"):
            raise
        return TocsinError(f"a fault in Tocsin: {type(error).__name__}: {error}", hint="run again with --debug and report it")
    return None


def _reported(night: Night, started: datetime) -> ScanReport:
    report = ScanReport(
        id=f"{started:%Y-%m-%dT%H-%M-%SZ}",
        started=started,
        ended=datetime.now(UTC),
        sources=tuple(night.sources),
        stages=tuple(night.stages),
        flags=night.flags,
        broken=tuple(night.broken),
        watches=night.watches,
    )
    folder = night.workspace.reports
    folder.mkdir(exist_ok=True)
    half = folder / f".{report.id}.half"
    half.write_text(report.to_json() + "\n", "utf-8")
    half.rename(folder / f"{report.id}.json")
    return report


def grown(before: Sequence[Narrative], after: Sequence[Narrative]) -> dict[str, int]:
    """Narrative id to the number of documents it gained; a narrative that is new counts all of its own."""
    old = {n.id: set(n.documents) for n in before}
    gains = {n.id: len(set(n.documents) - old.get(n.id, set())) for n in after}
    return {i: n for i, n in gains.items() if n}
