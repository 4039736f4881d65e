"""Commands of who watches the nights: the report, and figures for a monitor."""

import sys

from pipelines.cli.show import note, say, say_json
from pipelines.night import told
from pipelines.night.metrics import exposition
from pipelines.night.notify import VARIABLE
from pipelines.night.report import WORST_FIRST, Report, present, report
from pipelines.night.spoken import sentence, summary, texts
from pipelines.night.tell import tell_night
from pipelines.settings import Settings, open_context


def night_command(settings: Settings, *, as_json: bool) -> int:
    """Report what became of every dataset since the report before, keep the report, and tell people what is new."""
    with open_context(settings) as ctx:
        known = told.read(ctx.private)
        made = report(ctx, present(ctx), known)
        missed = tell_night(ctx, made, known, settings.secrets.get(VARIABLE, ""), settings.language)
        place = ctx.private.url
    if as_json:
        say_json(made.json())
    else:
        _say(made, settings.language)
        say(f"the report and its page are kept: nights/newest.json and nights/newest.en.html in {place}")
    for sentence_ in missed:
        note(f"minsheng: {sentence_}")
    return _exit_code(made, bool(missed))


def metrics_command(settings: Settings) -> int:
    """Print figures of every dataset for Prometheus; nothing is written."""
    with open_context(settings, writing=False) as ctx:
        found = exposition(report(ctx, present(ctx), told.read(ctx.private)))
    sys.stdout.write(found.decode())
    return 0


def _say(made: Report, language: str) -> None:
    said = texts(language)
    say(summary(made, language))
    for what in WORST_FIRST:
        lines = [line for line in made.lines if line.what == what]
        if lines:
            say()
            say(said[f"head_{what}"])
        if what == "unchanged" and lines:
            say(f"  {', '.join(line.dataset for line in lines)}")
            continue
        for line in lines:
            say(f"  {line.dataset}{said['colon']}{sentence(line, language)}")


def _exit_code(made: Report, missed: bool) -> int:
    counts = made.counts
    if missed or counts["failing"] or counts["damaged"]:
        return 1
    return 3 if counts["held"] else 0
