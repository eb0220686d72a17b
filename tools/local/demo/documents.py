"""What people saved in the demo, and the words its events and properties are described with."""

from typing import Any

from tools.local.demo.model import model, read

Document = dict[str, Any]

AUTHOR = {
    "id": 1,
    "first_name": "Dana",
    "last_name": "Ortiz",
    "email": "dana.ortiz@stretchwell.example",
}
_SIGNED = ("feature_flag", "insight")


def documents() -> dict[str, list[Document]]:
    """Return the objects of the demo by kind; each has an `id`."""
    saved = {
        kind: [_signed(kind, body) for body in bodies]
        for kind, bodies in read("documents.json").items()
    }
    return {
        **saved,
        "event_definition": _events(),
        "property_definition": _properties(),
        "glossary": [
            {"id": number, "name": name, "description": text}
            for number, (name, text) in enumerate(model().glossary.items(), start=1)
        ],
    }


def _signed(kind: str, body: Document) -> Document:
    editor = {"last_modified_by": AUTHOR} if kind in _SIGNED else {}
    return {**body, "created_by": AUTHOR, **editor}


def _events() -> list[Document]:
    return [
        {"id": name, "name": name, "description": event["description"]}
        for name, event in model().events.items()
    ]


def _properties() -> list[Document]:
    of_events = {
        name: text
        for event in model().events.values()
        for name, text in event["properties"].items()
    }
    return [
        {"id": f"{kind} {name}", "type": kind, "name": name, "description": text}
        for kind, texts in (("event", of_events), ("person", model().person_properties))
        for name, text in texts.items()
    ]
