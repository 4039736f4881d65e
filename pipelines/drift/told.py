"""What changed in a source, as sentences: of the command line, and of the metadata of what is held or refused."""

import logging

from catalog.errors import MinshengError
from catalog.reasons.sentences import sentence, sentences
from pipelines.context import Context
from pipelines.drift.drift import Drift, drift
from pipelines.redaction import redact_text
from pipelines.trial.trial import Trial

_RESULTS = {
    "en": {
        "passes": "with this patch a run would release it",
        "unchanged": "with this patch a run would release nothing new",
        "held": "with this patch a run would hold it",
        "refused": "with this patch a run would refuse it",
    },
    "zh-TW": {
        "passes": "套用此修改後，下次執行將釋出新版本",
        "unchanged": "套用此修改後，下次執行不會有新版本",
        "held": "套用此修改後，下次執行將列為待審",
        "refused": "套用此修改後，下次執行將拒收",
    },
}


def told(found: Drift, language: str = "en") -> list[str]:
    """Return what changed, a sentence each, and what a run would make of the answer after the patch.

    Args:
        found: what changed.
        language: of the reasons.
    """
    if not found.changes:
        return [f"{found.slug}: fetch {found.fetch} is as the declaration says: nothing changed"]
    lines = [f"{found.slug}: {change.says}" for change in found.changes]
    return lines if found.after is None else [*lines, with_patch(found.slug, found.after, language)]


def with_patch(slug: str, after: Trial, language: str) -> str:
    """Return what a run would make of a dataset with a patch, as a sentence.

    Args:
        slug: the dataset.
        after: what a run would make of it.
        language: of the sentence.
    """
    refused = sentences(after.refused.values(), language)
    why = "; ".join(filter(None, (refused, *(sentence(reason, language) for reason in after.reasons))))
    results = _RESULTS[language]
    return f"{slug}: {results.get(str(after.result), results['refused'])}{f': {why}' if why else ''}"


def drift_text(ctx: Context, slug: str) -> str | None:
    """Return what changed and the patch, as one text for a page; None where nothing changed.

    Args:
        ctx: the run; nothing is written.
        slug: the dataset.
    """
    try:
        found = drift(ctx, slug)
    except MinshengError as error:
        return redact_text(f"what changed cannot be told: {error}", ctx.secrets)
    except Exception as error:  # it only looks: what is held stays held, and the run goes on
        logging.getLogger(__name__).exception("a fault of the software while looking at what changed of %s", slug)
        return f"what changed cannot be told, by a fault of the software: {type(error).__name__}"
    text = "\n".join([*told(found), *([found.patch] if found.patch else [])])
    return redact_text(text, ctx.secrets) if found.changes else None
