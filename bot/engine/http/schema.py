"""The endpoints the engine serves: their OpenAPI documents, and validation of input by them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, Field, ValidationError

from bot.engine.http.wire import BILLABLE_UNITS, ErrorResponse, shortened

EXAMPLE: Final = "https://v3.fal.media/files"


class EditInput(BaseModel):
    """What an edit takes. Source: https://fal.ai/models/fal-ai/ideogram/v2/edit/api."""

    prompt: str = Field(
        title="Prompt",
        description="The prompt to fill the masked part of the image.",
        examples=["A knight in shining armour holding a greatshield with a red cross"],
    )
    image_url: str = Field(
        title="Image URL",
        description=(
            "The image URL to generate an image from. Needs to match the dimensions of the mask."
        ),
        examples=[f"{EXAMPLE}/panda/knight.jpeg"],
    )
    mask_url: str = Field(
        title="Mask URL",
        description=(
            "The mask URL to inpaint the image. Needs to match the dimensions of the input image."
        ),
        examples=[f"{EXAMPLE}/panda/mask_knight.jpeg"],
    )
    seed: int | None = Field(
        default=None, title="Seed", description="Seed for the random number generator"
    )
    style: Literal["auto", "general", "realistic", "design", "render_3D", "anime"] = Field(
        default="auto", title="Style", description="The style of the generated image"
    )
    expand_prompt: bool = Field(
        default=True,
        title="Expand Prompt",
        description="Whether to expand the prompt with MagicPrompt functionality.",
    )
    sync_mode: bool = Field(
        default=False,
        title="Sync Mode",
        description=(
            "If `True`, the media will be returned as a data URI and the output data won't be "
            "available in the request history."
        ),
    )


class OutputFile(BaseModel):
    """A file in a result."""

    url: str = Field(description="The URL where the file can be downloaded from.")
    content_type: str | None = Field(default=None, description="The mime type of the file.")
    file_name: str | None = Field(default=None, description="The name of the file.")
    file_size: int | None = Field(default=None, description="The size of the file in bytes.")


class EditOutput(BaseModel):
    """What an edit gives back."""

    images: list[OutputFile] = Field(title="Images")
    seed: int = Field(title="Seed", description="Seed used for the random number generator")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model the engine stands in for. The price is what fal asks for one image."""

    id: str
    title: str
    schema_name: str
    price_nano_usd: int

    @property
    def app(self) -> str:
        """Owner and application, under which the queue keeps requests."""
        return app_of(self.id)


# Prices: https://fal.ai/models/fal-ai/ideogram/v2/edit and .../v2/turbo/edit
ENDPOINTS: Final = {
    endpoint.id: endpoint
    for endpoint in (
        Endpoint(
            "fal-ai/ideogram/v2/edit",
            "Ideogram V2 Edit",
            "IdeogramV2Edit",
            price_nano_usd=80_000_000,
        ),
        Endpoint(
            "fal-ai/ideogram/v2/turbo/edit",
            "Ideogram V2 Turbo Edit",
            "IdeogramV2TurboEdit",
            price_nano_usd=50_000_000,
        ),
    )
}


def app_of(path: str) -> str:
    """`owner/app` of an endpoint id; the namespaces shift it by one."""
    parts = path.split("/")
    return "/".join(parts[:3] if parts[0] in ("workflows", "comfy") else parts[:2])


def validated(body: Any) -> EditInput:
    """Read the input of an edit.

    Raises:
        ErrorResponse: 422 with one detail per wrong field, as fal's server (FastAPI) answers it.
    """
    try:
        return EditInput.model_validate(body)
    except ValidationError as error:
        detail = [
            {**item, "loc": ["body", *item["loc"]], "input": shortened(item["input"])}
            for item in error.errors(include_url=False)
        ]
        raise ErrorResponse(422, {"detail": detail}, {BILLABLE_UNITS: "0"}) from error


def openapi(endpoint: Endpoint, server_url: str) -> dict[str, Any]:
    """The OpenAPI 3.0 document of one endpoint, in the shape of fal's own."""
    taken, given = f"{endpoint.schema_name}Input", f"{endpoint.schema_name}Output"
    return {
        "openapi": "3.0.4",
        "info": {
            "title": f"Queue OpenAPI for {endpoint.id}",
            "version": "1.0.0",
            "description": f"The OpenAPI schema for the {endpoint.id} queue.",
            "x-fal-metadata": {"endpointId": endpoint.id, "category": "image-to-image"},
        },
        "components": {
            "securitySchemes": {
                "apiKeyAuth": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "Fal Key",
                }
            },
            "schemas": {
                taken: _component(EditInput, taken),
                given: _component(EditOutput, given),
                "File": _component(OutputFile, "File"),
                "QueueStatus": copy.deepcopy(_QUEUE_STATUS),
            },
        },
        "paths": _paths(endpoint.id, taken, given),
        "servers": [{"url": server_url}],
        "security": [{"apiKeyAuth": []}],
    }


def _paths(endpoint_id: str, taken: str, given: str) -> dict[str, Any]:
    """Submit, result, status and cancel, with the schemas `taken` and `given`."""
    request_id = {
        "name": "request_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "description": "Request ID"},
    }
    logs = {
        "name": "logs",
        "in": "query",
        "required": False,
        "schema": {"type": "number", "description": "Whether to include logs (1) or not (0)"},
    }
    body = {"required": True, "content": _json(_reference(taken))}
    status = {"200": _ok(_reference("QueueStatus"))}
    result = {"200": _ok(_reference(given))}
    accepted = {"type": "object", "properties": {"success": {"type": "boolean"}}}
    requests = f"/{endpoint_id}/requests/{{request_id}}"
    return {
        f"/{endpoint_id}": {"post": {"requestBody": body, "responses": status}},
        requests: {"get": {"parameters": [request_id], "responses": result}},
        f"{requests}/status": {"get": {"parameters": [request_id, logs], "responses": status}},
        f"{requests}/cancel": {
            "put": {"parameters": [request_id], "responses": {"200": _ok(accepted)}}
        },
    }


def _reference(schema: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ok(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "The request status.", "content": _json(schema)}


def _component(model: type[BaseModel], title: str) -> dict[str, Any]:
    """A model's JSON schema as an OpenAPI 3.0 component: no `null` type, references resolved."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    schema["title"] = title
    schema["x-fal-order-properties"] = list(schema["properties"])
    for field in schema["properties"].values():
        choices = field.pop("anyOf", None)
        if choices:
            field.update(choices[0])
            if field.get("default", 0) is None:
                del field["default"]
        items = field.get("items", {})
        if items.get("$ref", "").endswith("/OutputFile"):
            items["$ref"] = "#/components/schemas/File"
    return schema


_QUEUE_STATUS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]},
        "request_id": {"type": "string", "description": "The request id."},
        "response_url": {"type": "string", "description": "The response url."},
        "status_url": {"type": "string", "description": "The status url."},
        "cancel_url": {"type": "string", "description": "The cancel url."},
        "logs": {"type": "object", "description": "The logs.", "additionalProperties": True},
        "metrics": {"type": "object", "description": "The metrics.", "additionalProperties": True},
        "queue_position": {"type": "integer", "description": "The queue position."},
    },
    "required": ["status", "request_id"],
}
