"""The engine as a whole: two origins that serve the same routes, opened and closed together."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from aiohttp import web

from bot.engine.http.auth import ApiKeyAuth
from bot.engine.http.downloads import FileRoutes
from bot.engine.http.faults import EngineFaults
from bot.engine.http.history import RequestHistory
from bot.engine.http.inputs import InputReader
from bot.engine.http.platform import PlatformRoutes
from bot.engine.http.queries import PlatformAuth
from bot.engine.http.queue import QueueRoutes
from bot.engine.http.router import Router
from bot.engine.http.routes import WHAT_THIS_IS, EngineRoutes, FaultRoutes
from bot.engine.http.submit import JobSubmission
from bot.engine.http.sync import SyncRoutes
from bot.engine.http.uploads import UploadRoutes
from bot.engine.jobs.files import FileStorage
from bot.engine.jobs.queue import JobQueue
from bot.engine.jobs.store import EngineRequest, RequestStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

SWEEP_SECONDS: Final = 600.0
PAYLOAD_SECONDS: Final = 30 * 86400.0  # https://docs.fal.ai/faq


class Engine:
    """An embedded fal: `async with Engine() as engine`, then talk to `engine.queue_url`.

    Without `data` everything lives in a temporary folder; with it, requests, results and files
    survive a restart. `workers` is how many edits are painted at once, each in its own process.
    `price_nano_usd` replaces the price of every endpoint. With `fault_control` anybody who can
    reach the port may arm faults; with `allow_loopback_urls` inputs may come from other servers
    on this computer.
    """

    def __init__(
        self,
        *,
        data: Path | None = None,
        workers: int = 1,
        price_nano_usd: int | None = None,
        require_key: bool = True,
        admin_keys: Collection[str] = (),
        allow_loopback_urls: bool = False,
        fault_control: bool = False,
        host: str = "127.0.0.1",
        queue_port: int = 0,
        run_port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.faults = EngineFaults()
        self._data = data
        self._workers = workers
        self._price = price_nano_usd
        self._allow_loopback_urls = allow_loopback_urls
        self._fault_control = fault_control
        self._host = host
        self._wanted_ports = (queue_port, run_port)
        self._clock = clock
        self._auth = ApiKeyAuth(
            self.faults, key_required=require_key, admin_keys=admin_keys, host=host
        )
        self._stack = contextlib.AsyncExitStack()

    @property
    def queue_url(self) -> str:
        """The origin that speaks as https://queue.fal.run."""
        return self._auth.queue_url

    @property
    def run_url(self) -> str:
        """The origin that speaks as https://fal.run."""
        return self._auth.run_url

    @property
    def folder(self) -> Path:
        """Where requests and files are kept."""
        return self._store.folder

    @property
    def jobs(self) -> list[EngineRequest]:
        """Every request that is still kept, oldest first."""
        return list(self._store.jobs.values())

    async def __aenter__(self) -> Self:
        """Open the store, listen, and continue unfinished jobs.

        Raises:
            StoreBusy: another engine holds the data folder.
            OSError: a port is taken.
        """
        async with contextlib.AsyncExitStack() as stack:
            folder = self._data
            if folder is None:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="engine-")))
            self._store = await stack.enter_async_context(
                RequestStore(folder, durable=self._data is not None)
            )
            router = await self._build()
            stack.push_async_callback(self._queue.stop)
            await self._listen(stack, router)
            await self._queue.start()
            sweeping = asyncio.create_task(self._sweep(), name="engine-sweep")
            stack.push_async_callback(_ended, sweeping)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _build(self) -> Router:
        store, faults, auth, clock = self._store, self.faults, self._auth, self._clock
        self._files = files = FileStorage(store, auth, clock=clock)
        await files.open()
        inputs = InputReader(files, allow_loopback_urls=self._allow_loopback_urls)
        self._queue = JobQueue(store, files, inputs, workers=self._workers, clock=clock)
        submission = JobSubmission(
            store, self._queue, faults, auth, price_nano_usd=self._price, clock=clock
        )
        queue_routes = QueueRoutes(submission, store, self._queue, files, faults, auth)
        platform_auth = PlatformAuth(faults, auth)
        pages = EngineRoutes(
            auth=auth,
            queue=queue_routes,
            sync=SyncRoutes(submission, queue_routes, store, files),
            uploads=UploadRoutes(files, faults, auth, clock=clock),
            downloads=FileRoutes(files, faults),
            platform=PlatformRoutes(submission, platform_auth, auth),
            history=RequestHistory(store, files, queue_routes, platform_auth, auth, clock=clock),
            control=FaultRoutes(faults, auth) if self._fault_control else None,
        )
        return Router(pages.all())

    async def _listen(self, stack: contextlib.AsyncExitStack, router: Router) -> None:
        # Open event streams would otherwise hold the exit for a minute.
        runner = web.ServerRunner(router.server(), shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        ports = []
        for wanted in self._wanted_ports:
            site = web.TCPSite(runner, self._host, wanted)
            await site.start()
            ports.append(runner.addresses[-1][1])
        self._auth.bind(queue_port=ports[0], run_port=ports[1])

    async def _sweep(self) -> None:
        """Keep to fal's retention: files by their lifecycle, requests for 30 days."""
        while True:
            now = self._clock()
            await self._files.sweep()
            for job in self.jobs:
                if job.ended is not None and job.ended < now - PAYLOAD_SECONDS:
                    await self._store.forget_job(job.request_id)
            await asyncio.sleep(SWEEP_SECONDS)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def serve(*, announce: Callable[[str], Any] = print, **options: Any) -> None:
    """Run an engine until cancelled, and say how to reach it; options are those of Engine."""
    async with Engine(**options) as engine:
        announce(_instructions(engine))
        await asyncio.Event().wait()


def _instructions(engine: Engine) -> str:
    queue, run = engine.queue_url, engine.run_url
    return f"""{WHAT_THIS_IS}

Queue (in place of https://queue.fal.run)  {queue}
Sync  (in place of https://fal.run)        {run}
Any non-empty key is accepted. Stop with Ctrl+C.

cURL:
  curl -X POST {run}/fal-ai/ideogram/v2/edit \\
    -H "Authorization: Key demo" -H "Content-Type: application/json" \\
    -d '{{"prompt": "...", "image_url": "data:...", "mask_url": "data:..."}}'

Python (fal_client), before its first use:
  import fal_client
  fal_client.client.QUEUE_URL_FORMAT = "{queue}/"
  fal_client.client.RUN_URL_FORMAT = "{run}/"
  fal_client.client.REST_URL = fal_client.client.CDN_URL = "{queue}"

JavaScript (@fal-ai/client):
  fal.config({{ credentials: "demo",
               proxyUrl: {{ url: "{queue}/api/fal/proxy", when: "always" }} }});
"""
