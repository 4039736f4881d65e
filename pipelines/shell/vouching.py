"""Who starts a run in the Dagster UI: what a trusted proxy says in a header, on the run as a tag that nobody can forge.

Every run, and every backfill, that the web server makes passes here before it is stored. What a client, or the run that
is executed again, says in the tag is taken away.
"""

from collections.abc import Mapping
from contextvars import ContextVar

import dagster as dg
from dagster._core.execution.backfill import PartitionBackfill
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.storage.runs import RunStorage
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from pipelines.identity import is_of_proxy, of_process, of_proxy
from pipelines.shell.world import World

TAG = "minsheng/identity"
"""The tag of a run: who started it."""
_WHO: ContextVar[str | None] = ContextVar("who asks", default=None)


class Vouched:
    """Middleware that knows who asks, from the header of a proxy; what did not come through the proxy is refused."""

    def __init__(self, app: ASGIApp, header: str) -> None:
        self._app, self._header = app, header

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        who = None
        if scope["type"] != "lifespan":
            name = self._header.lower().encode()
            who = of_proxy([value for key, value in Headers(scope=scope).raw if key == name])
        if who or scope["type"] == "lifespan":
            token = _WHO.set(who)
            try:
                await self._app(scope, receive, send)
            finally:
                _WHO.reset(token)
        elif scope["type"] == "websocket":
            await WebSocketClose(reason="not through the proxy")(scope, receive, send)
        else:
            refusal = f"Expected one name in {self._header}, as the proxy sends it. Come through the proxy.\n"
            await PlainTextResponse(refusal, status_code=403)(scope, receive, send)


def vouch(storage: RunStorage) -> None:
    """Let a storage of runs keep who asks, and nothing else, as the identity of what it is given.

    Args:
        storage: of the web server's instance. All that makes a run there ends in these three methods of it.
    """
    add_run, add_backfill, add_run_tags = storage.add_run, storage.add_backfill, storage.add_run_tags

    def run(dagster_run: DagsterRun) -> DagsterRun:
        return add_run(dagster_run.with_tags(_vouched(dagster_run.tags)))

    def backfill(partition_backfill: PartitionBackfill) -> None:
        add_backfill(partition_backfill._replace(tags=_vouched(partition_backfill.tags)))

    def tags(run_id: str, new_tags: Mapping[str, str]) -> None:
        add_run_tags(run_id, {name: value for name, value in new_tags.items() if name != TAG})

    vars(storage).update(add_run=run, add_backfill=backfill, add_run_tags=tags)


def _vouched(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags with who asks now, in place of what they say of it."""
    who = _WHO.get()
    return {name: value for name, value in tags.items() if name != TAG} | ({TAG: who} if who else {})


def who_decides(context: dg.OpExecutionContext, world: World) -> str:
    """Return the identity of who started a run: the proxy's word, else the operating system's user of this process.

    Args:
        context: the step.
        world: of the run; only where a setting names the proxy's header is the tag believed.
    """
    tag = context.run.tags.get(TAG, "")
    return tag if world.settings.identity_header and is_of_proxy(tag) else of_process()


def vouched_by(identity: str) -> str:
    """Return an identity with who vouches for it, in both languages."""
    name = identity.partition(":")[2]
    if is_of_proxy(identity):
        return f"{name}, as the proxy says / 經代理伺服器驗證"
    return f"{name}, the user of the process; nobody vouches for the person / 執行程序之作業系統帳號，未驗證個人身分"
