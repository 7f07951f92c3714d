"""The public links of files, and what may go wrong with a result's picture on its way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.engine.http.faults import EngineFault, EngineFaultKind
from bot.engine.http.wire import error_response

if TYPE_CHECKING:
    from bot.engine.http.faults import EngineFaults
    from bot.engine.jobs.files import FileStorage
    from bot.engine.jobs.store import StoredFile

# Uploads may claim to be anything: they are never to run as a page of this origin.
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Access-Control-Allow-Origin": "*",
}
_PAGE: Final = b"<!DOCTYPE html><html><body>Service unavailable</body></html>"
_DRAWING: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


class FileRoutes:
    """GET /files/..., without a key."""

    def __init__(self, files: FileStorage, faults: EngineFaults) -> None:
        self._files = files
        self._faults = faults

    async def get(self, request: web.BaseRequest, token: str) -> web.StreamResponse:
        """One file. Faults apply to pictures of results only, never to what callers uploaded."""
        file = await self._files.living(request, token)
        fault = self._faults.take("file") if file.result else None
        if fault:
            return await self._damaged(request, file, fault)
        return web.FileResponse(
            self._files.path(token), headers={**HEADERS, "Content-Type": file.content_type}
        )

    async def _damaged(
        self, request: web.BaseRequest, file: StoredFile, fault: EngineFault
    ) -> web.StreamResponse:
        content = await asyncio.to_thread(self._files.path(file.token).read_bytes)
        match fault.kind:
            case EngineFaultKind.FILE_GONE:
                raise error_response(fault.status or 404, "File not found")
            case EngineFaultKind.FILE_REDIRECT:
                location = fault.text or "http://169.254.169.254/latest/meta-data/"
                return web.Response(status=302, headers={"Location": location})
            case EngineFaultKind.FILE_HUGE | EngineFaultKind.FILE_CUT:
                return await _streamed(request, content, fault)
            case EngineFaultKind.FILE_SLOW:
                await asyncio.sleep(fault.seconds)
            case EngineFaultKind.FILE_TRUNCATED:
                content = content[: len(content) // 2]
            case EngineFaultKind.FILE_CORRUPT:
                # Inside the pixels, so that the header still looks right.
                middle = len(content) // 2
                content = content[:middle] + bytes(16) + content[middle + 16 :]
            case EngineFaultKind.FILE_EMPTY:
                content = b""
            case EngineFaultKind.FILE_HTML:
                content = _PAGE
            case EngineFaultKind.FILE_SVG:
                content = _DRAWING
        return web.Response(body=content, content_type=file.content_type, headers=HEADERS)


async def _streamed(
    request: web.BaseRequest, content: bytes, fault: EngineFault
) -> web.StreamResponse:
    """A body that is longer than any picture, or that breaks off."""
    response = web.StreamResponse(headers={"Content-Type": "image/png"})
    if fault.kind is EngineFaultKind.FILE_CUT:
        response.content_length = len(content)
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        if request.transport:
            request.transport.close()
        return response
    await response.prepare(request)
    await response.write(content)
    sent, block = len(content), bytes(1 << 16)
    while sent < fault.size_bytes:
        await response.write(block)
        sent += len(block)
    return response
