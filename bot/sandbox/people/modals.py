"""What a person fills into a modal, as Discord sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.people.components import ComponentType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.model.users import JSON
    from bot.sandbox.people.options import Resolved


def fill_form(modal: JSON, values: Mapping[str, object], resolved: Resolved) -> list[JSON]:
    """Build the components of a submitted form; `values` by custom_id or by label.

    Raises:
        LookupError: a value belongs to no field.
    """
    left = dict(values)
    submitted = []
    for number, component in enumerate(modal["components"], 1):
        inner = component.get("component") or next(iter(component.get("components") or ()), None)
        if inner is None:
            submitted.append({"type": component["type"], "id": component.get("id") or number})
            continue
        names = (inner.get("custom_id"), component.get("label"), inner.get("label"))
        name = next((name for name in names if name in left), None)
        answer = {
            "type": inner["type"],
            "id": inner.get("id") or 100 + number,
            "custom_id": inner["custom_id"],
            **_form_value(inner, left.pop(name) if name else None, resolved),
        }
        outer: JSON = {"type": component["type"], "id": component.get("id") or number}
        is_row = component["type"] == ComponentType.ACTION_ROW
        submitted.append(outer | ({"components": [answer]} if is_row else {"component": answer}))
    if left:
        raise LookupError(f"no fields {sorted(left)} in this form")
    return submitted


def _form_value(part: JSON, value: object, resolved: Resolved) -> JSON:
    match part["type"]:
        case ComponentType.TEXT_INPUT:
            return {"value": part.get("value") or "" if value is None else value}
        case ComponentType.CHECKBOX:
            return {"value": bool(part.get("default") if value is None else value)}
        case ComponentType.RADIO_GROUP:
            preset = (o["value"] for o in part["options"] if o.get("default"))
            return {"value": next(preset, None) if value is None else value}
    if value is None:
        chosen = [o["value"] for o in part.get("options") or () if o.get("default")]
    else:
        chosen = list(value) if isinstance(value, list | tuple) else [value]
    return {"values": [resolved.add(item) for item in chosen]}
