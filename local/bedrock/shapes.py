"""Botocore's own model of the `bedrock` API, loaded at run time: routes, shapes, patterns, error codes.

Nothing about the protocol is written by hand here, so what boto3 sends fits and what boto3 can read is
answered. The client checks types and lengths only; the patterns are checked here, as the service does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

from local.bedrock.constraints import broken
from local.bedrock.errors import VALIDATION, ServiceError
from local.bedrock.values import Json, Members, json_object

API_VERSION: Final = "2023-04-20"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation and the parts of the path that name what it acts on, unescaped."""

    operation: str
    places: Mapping[str, str]


class Shapes:
    """The API as botocore describes it, for a chosen set of operations."""

    def __init__(self, operations: frozenset[str]) -> None:
        self.model = service_model()
        self._routes = [
            (model.http["method"], _pattern(model), model)
            for model in map(self.model.operation_model, sorted(operations))
        ]

    def route(self, method: str, target: str) -> Route | None:
        """Which operation a request line means; None for one that is not served."""
        path = urlsplit(target).path
        for verb, pattern, model in self._routes:
            found = pattern.fullmatch(path) if verb == method else None
            if found:
                return Route(model.name, {name: unquote(part) for name, part in found.groupdict().items()})
        return None

    def read(self, route: Route, target: str, body: bytes) -> Members:
        """The request's members from path, query and body, checked against the operation's input shape.

        Raises:
            ServiceError: ValidationException with every violation, in the service's wording.
        """
        shape = self.model.operation_model(route.operation).input_shape
        if not isinstance(shape, StructureShape):
            return {}
        members: dict[str, Json] = {**_body(body), **route.places, **_query(shape, urlsplit(target).query)}
        found = list(broken(shape, members))
        if found:
            plural = "s" if len(found) > 1 else ""
            raise ServiceError(
                VALIDATION, f"{len(found)} validation error{plural} detected: {'; '.join(found)}"
            )
        return {name: value for name, value in members.items() if name in shape.members and value is not None}

    def success(self, operation: str) -> int:
        """The HTTP status of a good answer."""
        return int(self.model.operation_model(operation).http.get("responseCode", 200))

    def status_of(self, code: str) -> int:
        """The HTTP status of an error code; 400 for one that the model does not know."""
        if code not in self.model.shape_names:
            return 400
        return int(self.model.shape_for(code).metadata.get("error", {}).get("httpStatusCode", 400))

    def implemented(self) -> str:
        """The names of the operations served, for a sentence."""
        return ", ".join(model.name for _, _, model in self._routes)


@cache
def service_model() -> ServiceModel:
    """Botocore's model of the API; read once."""
    return botocore.session.get_session().get_service_model("bedrock", API_VERSION)


def _pattern(model: OperationModel) -> re.Pattern[str]:
    """A path of the model as a regular expression; a part holds no slash, since clients escape it."""
    uri = re.sub(r"\{(\w+)\+?\}", r"(?P<\1>[^/]+)", str(model.http["requestUri"]))
    return re.compile(uri + "/?")


def _body(body: bytes) -> dict[str, Json]:
    try:
        return json_object(body) if body.strip() else {}
    except ValueError as exc:
        raise ServiceError(VALIDATION, f"The request body cannot be read: {exc}") from exc


def _query(shape: StructureShape, query: str) -> dict[str, Json]:
    given = parse_qs(query, keep_blank_values=True)
    names = {
        str(member.serialization["name"]): (name, member)
        for name, member in shape.members.items()
        if member.serialization.get("location") == "querystring"
    }
    return {names[key][0]: _typed(names[key][1], values[-1]) for key, values in given.items() if key in names}


def _typed(member: Shape, text: str) -> Json:
    """A query value as its shape's type; left as text where it does not fit, so that the check names it."""
    if member.type_name in {"integer", "long"} and re.fullmatch(r"[+-]?\d{1,18}", text):
        return int(text)
    if member.type_name == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text
