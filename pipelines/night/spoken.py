"""A report in words: the sentences, the message and the page, in both languages."""

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2

from catalog import keys
from catalog.declaration.yaml12 import read_yaml
from catalog.reasons.sentences import sentence as reason_sentence
from catalog.reasons.sentences import sentences
from pipelines.context import ZONE, Context
from pipelines.night.report import NEED_A_LOOK, WORST_FIRST, DatasetNight, Report

_FOLDER = Path(__file__).parent


@functools.cache
def texts(language: str) -> Mapping[str, str]:
    """Return the texts of a language by key, read once."""
    found: Mapping[str, str] = read_yaml(_FOLDER / "texts" / f"{language}.yaml")
    return found


def sentence(line: DatasetNight, language: str) -> str:
    """Return what became of a dataset, without its name and without a full stop."""
    said = texts(language)
    made, lost = _made(line, language), reason_sentence(line.missed, language) if line.missed else ""
    if line.state == "fresh":
        return said["join"].join(filter(None, (made or said["unchanged"].format(n=line.release), lost)))
    why = sentences(line.reasons, language) or said["no_reason"]
    told = said[line.state].format(why=why, since=_time(line.since), served=_served(line, language))
    return said["join"].join(filter(None, (told, made, lost)))


def summary(report: Report, language: str) -> str:
    """Return how many datasets of each kind, in one sentence; kinds without any are left out."""
    said = texts(language)
    counts = [said[f"count_{what}"].format(n=n) for what, n in report.counts.items() if n]
    return said["comma"].join(counts) + said["stop"]


def message(report: Report, news: Sequence[DatasetNight], language: str) -> tuple[str, str]:
    """Return the title and the text of a message about some lines of a report."""
    said = texts(language)
    look = [line for line in news if line.state in NEED_A_LOOK]
    title = said["title_look" if look else "title_well"].format(n=len(look or news))
    lines = [f"{line.dataset}{said['colon']}{sentence(line, language)}{said['stop']}" for line in news]
    return title, "\n".join([*lines, "", said["all"].format(summary=summary(report, language))])


def page(ctx: Context, report: Report, language: str) -> bytes:
    """Return the report as a page that stands alone: no script, nothing from elsewhere."""
    template = _environment().get_template("report.html")
    said = texts(language)
    declared = {line.dataset: ctx.declarations.dataset(line.dataset).title for line in report.lines}
    titles = {slug: title.en if language == "en" else title.zh_tw for slug, title in declared.items()}
    groups = [(what, [line for line in report.lines if line.what == what]) for what in WORST_FIRST]
    return template.render(
        t=said,
        language=language,
        at=_time(report.at.isoformat()),
        before=_time(report.before),
        summary=summary(report, language),
        groups=[(said[f"head_{what}"], lines) for what, lines in groups if lines],
        titles=titles,
        sentence=lambda line: sentence(line, language),
        address=lambda line: (
            f"{ctx.address}/{keys.dataset_page(line.dataset, language)}" if ctx.address and line.release else None
        ),
    ).encode()


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )


def _made(line: DatasetNight, language: str) -> str:
    if not line.made:
        return ""
    said = texts(language)
    key = "released_one" if len(line.made) == 1 else "released_more"
    rows = f"{line.rows:,}" if line.rows is not None else "?"
    changed = line.changes.signed or said["no_changes"]
    return said[key].format(n=line.made[-1], first=line.made[0], changes=changed, rows=rows)


def _served(line: DatasetNight, language: str) -> str:
    return texts(language)["served" if line.release else "served_none"].format(n=line.release)


def _time(written: str | None) -> str:
    if written is None:
        return ""
    return dt.datetime.fromisoformat(written).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
