"""The engine as a whole: two origins, one set of pages, opened and closed together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from aiohttp import web
from yarl import URL

from bot import __version__
from bot.engine.books import Books, Job
from bot.engine.desk import Desk
from bot.engine.downloads import Downloads
from bot.engine.faults import Fault, Faults
from bot.engine.files import Files
from bot.engine.gate import MAX_JSON_BYTES, Gate
from bot.engine.inputs import Inputs
from bot.engine.line import Line
from bot.engine.platform import Platform
from bot.engine.queue import Queue
from bot.engine.schema import ENDPOINTS
from bot.engine.sync import Sync
from bot.engine.wire import REQUEST_ID, Dropped, Problem, Raw, answer, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http_parser import RawRequestMessage
    from aiohttp.streams import StreamReader
    from aiohttp.web_protocol import RequestHandler

    Page = Callable[..., Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)

WHAT_THIS_IS: Final = (
    "Touchup's embedded engine. It speaks fal's protocol and really edits the masked part of a "
    "picture, offline, by filling, colouring and lettering. It is no generative model: it does "
    "not understand prompts as one does."
)
SWEEP_SECONDS: Final = 600.0
PAYLOAD_SECONDS: Final = 30 * 86400.0  # https://docs.fal.ai/faq
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "*, Authorization",
    "Access-Control-Expose-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


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
        self.faults = Faults()
        self._data = data
        self._workers = workers
        self._price = price_nano_usd
        self._allow_loopback_urls = allow_loopback_urls
        self._fault_control = fault_control
        self._host = host
        self._wanted_ports = (queue_port, run_port)
        self._clock = clock
        self._gate = Gate(self.faults, key_required=require_key, admin_keys=admin_keys, host=host)
        self._stack = contextlib.AsyncExitStack()
        self._routes: list[tuple[str, re.Pattern[str], Page]] = []

    @property
    def queue_url(self) -> str:
        """The origin that speaks as https://queue.fal.run."""
        return self._gate.queue_url

    @property
    def run_url(self) -> str:
        """The origin that speaks as https://fal.run."""
        return self._gate.run_url

    @property
    def folder(self) -> Path:
        """Where the books and files are."""
        return self._books.folder

    @property
    def jobs(self) -> list[Job]:
        """Every request in the books, oldest first."""
        return list(self._books.jobs.values())

    async def __aenter__(self) -> Self:
        """Open the books, listen, and take up unfinished jobs.

        Raises:
            StoreBusy: another engine holds the data folder.
            OSError: a port is taken.
        """
        async with contextlib.AsyncExitStack() as stack:
            folder = self._data
            if folder is None:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="engine-")))
            self._books = await stack.enter_async_context(
                Books(folder, durable=self._data is not None)
            )
            await self._build()
            stack.push_async_callback(self._line.stop)
            await self._listen(stack)
            self._line.start()
            sweeping = asyncio.create_task(self._sweep(), name="engine-sweep")
            stack.callback(sweeping.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _build(self) -> None:
        books, faults, gate, clock = self._books, self.faults, self._gate, self._clock
        files = Files(books, faults, gate, clock=clock)
        await files.open()
        inputs = Inputs(files, allow_loopback_urls=self._allow_loopback_urls)
        self._files = files
        self._line = Line(books, files, inputs, workers=self._workers, clock=clock)
        desk = Desk(books, self._line, faults, gate, price_nano_usd=self._price, clock=clock)
        self._queue = Queue(desk, books, self._line, files, faults, gate)
        self._sync = Sync(desk, self._queue, books, files)
        downloads = Downloads(files, faults)
        platform = Platform(books, files, desk, self._queue, faults, gate, clock=clock)
        named = r"/files/(?P<token>[\w-]+)/[^/]+"
        request = r"/(?P<path>.+)/requests/(?P<request_id>[^/]+)"
        pages: list[tuple[str, str, Page]] = [
            ("GET", r"/?", self._home),
            ("POST", r"/storage/auth/token", files.auth_token),
            ("POST", r"/storage/upload/initiate(?:-multipart)?", files.initiate),
            ("PUT", r"/upload/(?P<token>[\w-]+)", files.put),
            ("PUT", r"/upload/(?P<token>[\w-]+)/(?P<number>\d+)", files.part),
            ("POST", r"/upload/(?P<token>[\w-]+)/complete", files.complete),
            ("POST", r"/files/upload", files.upload),
            ("POST", r"/files/upload/multipart", files.multipart),
            ("PUT", named + r"/multipart/(?P<upload>[\w-]+)/(?P<number>\d+)", files.part),
            ("POST", named + r"/multipart/(?P<upload>[\w-]+)/complete", files.complete),
            ("GET", named, downloads.get),
            ("GET", r"/v1/models", platform.models),
            ("GET", r"/api/openapi/queue/openapi\.json", platform.schema),
            ("GET", r"/v1/models/pricing", platform.pricing),
            ("POST", r"/v1/models/pricing/estimate", platform.estimate),
            ("GET", r"/v1/models/requests/by-endpoint", platform.requests),
            ("GET", r"/v1/models/billing-events", platform.billing_events),
            ("GET", r"/v1/models/usage", platform.usage),
            (
                "DELETE",
                r"/v1/models/requests/(?P<request_id>[^/]+)/payloads",
                platform.delete_payloads,
            ),
            ("GET", r"/v1/account/billing", platform.billing),
            ("GET", r"/v1/meta", platform.meta),
            ("GET", request + r"/status", self._queue.status),
            ("GET", request + r"/status/stream", self._queue.stream),
            ("GET", request + r"(?:/response)?", self._queue.result),
            ("PUT", request + r"/cancel", self._queue.cancel),
        ]
        if self._fault_control:
            pages += [(method, r"/_faults", self._faults_page) for method in _FAULT_METHODS]
        pages.append(("POST", r"/(?!_|v1/|api/|storage/|files/)(?P<path>.+?)", self._post))
        self._routes = [(verb, re.compile(path + "/?"), page) for verb, path, page in pages]

    async def _listen(self, stack: contextlib.AsyncExitStack) -> None:
        server = web.Server(self._serve, request_factory=_large_request, access_log=None)
        # Open event streams would otherwise hold the exit for a minute.
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        ports = []
        for wanted in self._wanted_ports:
            site = web.TCPSite(runner, self._host, wanted)
            await site.start()
            ports.append(runner.addresses[-1][1])
        self._gate.bind(queue_port=ports[0], run_port=ports[1])

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; every way to fail ends in fal's shape, or visibly not fal's."""
        try:
            response = await self._dispatch(request)
        except Problem as problem:
            response = problem.response()
        except Raw as raw:
            return raw.response
        except Dropped:
            if request.transport:
                request.transport.abort()
            return web.Response()
        except web.HTTPRequestEntityTooLarge:
            response = refusal(413, "Request body too large").response()
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("%s failed", request.method)
            response = refusal(500, "Internal error", error_type="internal_error").response()
        if not response.prepared:
            response.headers.setdefault(REQUEST_ID, str(uuid.uuid4()))
            for name, value in _CORS.items():
                response.headers.setdefault(name, value)
        return response

    async def _dispatch(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(status=204)
        if request.headers.get("Expect", "").lower() == "100-continue":
            # curl asks before it sends a picture, and waits a second for an answer.
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        if request.path.rstrip("/") == "/api/fal/proxy":
            request = _unwrapped(request)
        # aiohttp serves HEAD by the pages of GET and leaves the body away.
        method = "GET" if request.method == "HEAD" else request.method
        allowed = False
        for verb, pattern, page in self._routes:
            match = pattern.fullmatch(request.path)
            if match and verb == method:
                return await page(request, **match.groupdict())
            allowed = allowed or bool(match)
        raise refusal(405 if allowed else 404, "Method not allowed" if allowed else "Not found")

    async def _post(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """The same path means a queued job on one origin and a waiting caller on the other."""
        if self._gate.speaks(request) == "run":
            return await self._sync.run(request, path)
        return await self._queue.submit(request, path)

    async def _home(self, _request: web.BaseRequest) -> web.StreamResponse:
        return answer(
            {
                "name": "touchup-engine",
                "version": __version__,
                "about": WHAT_THIS_IS,
                "generative_model": False,
                "queue_url": self.queue_url,
                "run_url": self.run_url,
                "endpoints": list(ENDPOINTS),
            }
        )

    async def _faults_page(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET lists the armed faults, POST arms one, DELETE disarms all."""
        if request.method == "DELETE":
            self.faults.clear()
        if request.method == "POST":
            body = await self._gate.json_object(request)
            times = body.pop("times", 1)
            try:
                self.faults.add(Fault.from_json(body), times=times)
            except ValueError as error:
                raise refusal(422, str(error)) from error
        return answer({"faults": self.faults.listed()})

    async def _sweep(self) -> None:
        """Keep to fal's retention: files by their lifecycle, requests for 30 days."""
        while True:
            now = self._clock()
            await self._files.sweep()
            for job in self.jobs:
                if job.ended is not None and job.ended < now - PAYLOAD_SECONDS:
                    await self._books.forget_job(job.request_id)
            await asyncio.sleep(SWEEP_SECONDS)


def _large_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    """A request whose body may be a picture and a mask as data URIs; the usual limit is 1 MB."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(
        message, payload, protocol, writer, task, loop, client_max_size=MAX_JSON_BYTES
    )


_FAULT_METHODS: Final = ("GET", "POST", "DELETE")


def _unwrapped(request: web.BaseRequest) -> web.BaseRequest:
    """The request that @fal-ai/client sent through its proxy, by the header naming its target.

    Raises:
        Problem: 400, the header is missing.
    """
    target = request.headers.get("x-fal-target-url", "")
    url = URL(target)
    if not url.host:
        raise refusal(400, "x-fal-target-url is missing", error_type="bad_request")
    return request.clone(rel_url=URL(url.raw_path_qs, encoded=True), host=url.host)


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
