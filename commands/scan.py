"""tocsin scan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from commands._output import Reporter, clipped, count, json_option, lines


@click.command()
@json_option
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def command(as_json: bool, quiet: bool) -> int:
    """Run the night: collect, archive, annotate, coordinate, narrate, flag, index, report.

    Only what is new is fetched. Interrupted at any moment, the next run goes on. Exit code 0 also when some sources failed
    (they are named), 1 when a promise of the whole scan is broken.

    \b
    Example:
      tocsin scan
      tocsin scan --json > last-night.json
    """
    from models.workspace import find, locked
    from nightly.night import Night
    from scan import grown, scan

    workspace = find()
    with locked(workspace, "tocsin scan"):
        night = Night(workspace=workspace, progress=Reporter(quiet=quiet or as_json))
        before = night.state.narratives()
        report = scan(night)
        gains = grown(before, night.state.narratives())
    if as_json:
        lines([report])
    else:
        _told(night, report, before, gains)
    return 1 if report.broken else 0


def _told(night: Any, report: Any, before: Sequence[Any], gains: dict[str, int]) -> None:
    from models.safe import printable

    failed = [s for s in report.sources if s.failed or not s.promise_met or (s.note and not s.fetched)]
    fresh = sum(s.new for s in report.sources)
    print(f"\n{count(fresh, 'new document')} from {count(len(report.sources), 'source')}, {len(failed)} with something to say:")
    for source in failed:
        causes = ", ".join(f"{cause} {number}" for cause, number in source.failed.items())
        promise = "" if source.promise_met else f"; promised {source.promise}, gave {source.new}"
        print(f"  {printable(source.source)}: {printable(source.note or causes)}{promise}")
    if not report.sources:
        print(f"  no source is named: add some to the election's sources.toml, or bring posts with: tocsin import ({night.election.id})")
    _grew(night, before, gains)
    print(f"{count(len(report.flags), 'flagged narrative')}." + (" Look: tocsin narratives --flagged" if report.flags else ""))
    for watch in report.watches:
        if watch.new or watch.note:
            said = printable(watch.note) or f"{count(watch.new, 'new document')}. Look: tocsin watch run {watch.name}"
            print(f"watch {watch.name}: {said}")
    for line in report.broken:
        print(f"broken: {printable(line)}")
    print(f"Report: {night.workspace.reports / report.id}.json")


def _grew(night: Any, before: Sequence[Any], gains: dict[str, int]) -> None:
    old = {n.id for n in before}
    labels = {n.id: n.label for n in night.state.narratives()}
    grew = sorted(((n, i) for i, n in gains.items() if i in old), reverse=True)
    print(f"{count(sum(i not in old for i in gains), 'new narrative')}, {len(grew)} grew" + (":" if grew else "."))
    for number, name in grew[:5]:
        print(f"  {name}  +{number}  {clipped(labels.get(name, ''), 90)}")
