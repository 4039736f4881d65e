"""Files that the Dagster UI links to: all rows that fail a check, as a CSV for a spreadsheet.

They say no more than Dagster's own event log may. What an agency sent whole is not served here: anyone on the machine
could ask for it. `minsheng evidence` gives that to who may read the private store.
"""

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from catalog.errors import MinshengError
from pipelines.settings import Settings, open_stores

_SLUG, _ID, _RULE = r"[a-z][a-z0-9-]{0,99}", r"[0-9a-f]{64}", r"[A-Za-z0-9_.-]{1,200}"
PATH = "/failing/{slug}/{identity}/{rule}.csv"


def failing_route(settings: Settings) -> Route:
    """Return the route of the files with failing rows.

    Args:
        settings: where the private store is; it is opened for each file.
    """

    def answer(request: Request) -> Response:
        named = [str(request.path_params[name]) for name in ("slug", "identity", "rule")]
        if not all(map(re.fullmatch, (_SLUG, _ID, _RULE), named)):
            return _plain("There is no such file.", 404)
        try:
            body = _spreadsheet(settings, *named)
        except MinshengError as error:
            return _plain(str(error), 503)
        if body is None:
            return _plain("These rows are not kept any more: see `minsheng evidence`.", 404)
        name = f"{named[0]}-{named[1][:16]}-{named[2]}.csv"
        return Response(
            body,
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', **_ALWAYS},
        )

    return Route(PATH, answer, methods=["GET"])


_ALWAYS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def _plain(text: str, status: int) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers=_ALWAYS)


def _spreadsheet(settings: Settings, slug: str, identity: str, rule: str) -> bytes | None:
    from pipelines.candidate.failing import failing_of, of_rule, spreadsheet  # here: the UI starts without Arrow

    with open_stores(settings) as stores:
        failing = failing_of(stores.private, slug, identity)
    rows = of_rule(failing, rule) if failing is not None else None
    return spreadsheet(rows) if rows is not None and rows.num_rows else None
