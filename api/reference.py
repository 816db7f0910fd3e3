"""The documentation page: the OpenAPI document as plain HTML, without scripts or a foreign host."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

Json = Mapping[str, Any]

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 1rem; }
h2 { border-bottom: 1px solid; margin-top: 3rem; }
h3 code { font-size: 1rem; }
table { border-collapse: collapse; margin: .5rem 0; width: 100%; }
th, td { border-bottom: 1px solid #ccc; padding: .25rem .75rem .25rem 0; text-align: left;
  vertical-align: top; }
th { white-space: nowrap; }
summary { cursor: pointer; }
:target { outline: 3px solid; outline-offset: .5rem; }
"""


def page(document: Json) -> str:
    """Return an HTML page with every operation and every model of an OpenAPI document."""
    return "\n".join(_lines(document))


def _lines(document: Json) -> Iterator[str]:
    info = document["info"]
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(info['title'])} API</title>"
    yield '<link rel="stylesheet" href="docs.css"></head><body><main>'
    yield f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1>"
    yield f"<p>{escape(info['description'])}</p>"
    yield '<p>For programs: <a href="openapi.json">openapi.json</a>.</p><nav><ul>'
    for tag in document["tags"]:
        name = escape(tag["name"])
        yield f'<li><a href="#{name}">{name}</a>: {escape(tag["description"])}</li>'
    yield '<li><a href="#models">models</a></li></ul></nav>'
    for tag in document["tags"]:
        yield f'<h2 id="{escape(tag["name"])}">{escape(tag["name"])}</h2>'
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(document["servers"][0]["url"] + path, method, operation)
    yield '<h2 id="models">Models</h2>'
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield from _model(name, schema)
    yield "</main></body></html>"


def _operation(path: str, method: str, operation: Json) -> Iterator[str]:
    yield f'<h3 id="{escape(operation["operationId"])}">'
    yield f"<code>{method.upper()} {escape(path)}</code> {escape(operation['summary'])}</h3>"
    if operation.get("description"):
        yield f"<p>{escape(operation['description'])}</p>"
    rows = [
        (item["name"], item["in"], _type(item["schema"]), item.get("description", ""))
        for item in operation.get("parameters", ())
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        rows.append(("body", kind, _type(content["schema"]), ""))
    yield from _table(("parameter", "in", "type", "meaning"), rows)
    yield "<details><summary>Answers</summary>"
    answers = [
        (status, kind or "", _type(content.get("schema", {})), response["description"])
        for status, response in operation["responses"].items()
        for kind, content in response.get("content", {None: {}}).items()
    ]
    yield from _table(("status", "content", "model", "meaning"), answers)
    yield "</details>"


def _model(name: str, schema: Json) -> Iterator[str]:
    yield f'<h3 id="model-{escape(name)}">{escape(name)}</h3>'
    yield f"<p>{escape(schema.get('description', ''))}</p>"
    rows = [
        (field, _type(about), about.get("description", ""))
        for field, about in schema.get("properties", {}).items()
    ]
    yield from _table(("field", "type", "meaning"), rows)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Return a table of texts; a type is HTML already, everything else is escaped."""
    if not rows:
        return
    yield "<table><thead><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr></thead>"
    for row in rows:
        cells = (
            text if head in ("type", "model") else escape(text)
            for head, text in zip(heads, row, strict=True)
        )
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    yield "</table>"


def _type(schema: Json) -> str:
    """Return what a value may be, as HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#model-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return escape(" | ".join(map(str, schema["enum"])))
    if "const" in schema:
        return escape(str(schema["const"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    limits = [
        f"{word} {schema[name]}"
        for name, word in (
            ("minimum", "from"),
            ("maximum", "to"),
            ("maxLength", "at most"),
        )
        if name in schema
    ]
    kind = schema.get("format") or schema.get("type", "")
    return escape(" ".join([kind, *map(str, limits)]))
