"""From an HTTP request to its answer: route, check, faults, operation, log."""

import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from local.bedrock.call_log import Call, Caller, CallLog, caller_of
from local.bedrock.clock import now
from local.bedrock.errors import (
    CONFLICT,
    INTERNAL,
    NOT_FOUND,
    THROTTLING,
    UNKNOWN_OPERATION,
    VALIDATION,
    ServiceError,
)
from local.bedrock.faults import FaultScript
from local.bedrock.identifiers import new_id
from local.bedrock.shapes import Route, Shapes
from local.bedrock.store import Store
from local.bedrock.values import Members, encode

#: An operation: the caller's region and the checked members in, what is to be encoded out.
Operation = Callable[[str, Members], object]

CREATE = "CreateModelCustomizationJob"


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request; `target` is the request line's, still escaped, names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `dropped` means that the connection is closed instead."""

    status: int
    body: bytes
    error: str = ""
    dropped: bool = False


class Front:
    """Answers requests.

    Args:
        operations: By the name that botocore has for them.
        region: For callers whose signature names none.
        closing: Ends a delay when the server ends.
    """

    def __init__(
        self,
        operations: Mapping[str, Operation],
        store: Store,
        faults: FaultScript,
        log: CallLog,
        region: str,
        closing: threading.Event,
    ) -> None:
        self._operations = operations
        self._shapes = Shapes(frozenset(operations))
        self._store = store
        self._faults = faults
        self._log = log
        self._region = region
        self._closing = closing

    def answer(self, request: Request) -> Answer:
        """The answer to a request; never raises for what a caller did."""
        caller = caller_of(request.headers)
        route = self._shapes.route(request.method, request.target)
        try:
            answer, resource = self._served(request, caller, route)
        except ServiceError as exc:
            answer, resource = self._refused(exc), _resource(route.places if route else {})
        except Exception:  # a fault of ours: the caller gets what the service would say, we get the place
            sys.stderr.write(traceback.format_exc())
            internal = ServiceError(INTERNAL, "The stand-in has a fault of its own; see its standard error.")
            answer, resource = self._refused(internal), ""
        self._note(caller, route, resource, answer)
        return answer

    def _served(self, request: Request, caller: Caller, route: Route | None) -> tuple[Answer, str]:
        if route is None:
            raise ServiceError(
                UNKNOWN_OPERATION,
                f"{request.method} {request.target.split('?')[0]} is no operation of this stand-in for "
                f"Amazon Bedrock model customization; it has {self._shapes.implemented()}.",
            )
        region = caller.region or self._region
        members = self._shapes.read(route, request.target, request.body)
        job_name = self._job_name(region, members)
        self._trip(route.operation, job_name)
        self._refuse_custom_base(str(members.get("baseModelIdentifier", "")), job_name)
        answer = Answer(self._shapes.success(route.operation), self._done(route.operation, region, members))
        dropped = self._faults.first(("drop_reply",), route.operation, job_name, new_id())
        resource = _resource(members)
        return (Answer(0, b"", "dropped", dropped=True) if dropped else answer), resource

    def _done(self, operation: str, region: str, members: Members) -> bytes:
        try:
            return encode(self._operations[operation](region, members))
        except msgspec.ValidationError as exc:
            raise ServiceError(VALIDATION, f"The request cannot be used: {exc}") from exc

    def _trip(self, operation: str, job_name: str) -> None:
        """Raises what the fault script wants instead of the operation; waits where it wants a delay."""
        self._faults.forget_old()
        event = new_id()
        delay = self._faults.first(("delay",), operation, job_name, event)
        if delay:
            self._closing.wait(delay.seconds)
        fault = self._faults.first(("throttle", "server_error"), operation, job_name, event)
        if fault:
            throttled = fault.what == "throttle"
            raise ServiceError(
                THROTTLING if throttled else INTERNAL,
                "Rate exceeded"
                if throttled
                else "The server encountered an internal error. Retry the request.",
            )
        if operation == "GetModelCustomizationJob" and self._faults.first(
            ("vanish",), operation, job_name, event
        ):
            raise ServiceError(NOT_FOUND, "Could not find the model customization job.")
        stops = operation == "StopModelCustomizationJob"
        if stops and self._faults.first(("stop_conflict",), operation, job_name, event):
            raise ServiceError(CONFLICT, "The job cannot be stopped in its present state.")

    def _refuse_custom_base(self, base: str, job_name: str) -> None:
        """What a base may do that does not accept a custom model of itself; which do is not documented."""
        custom = ":custom-model/" in base
        if custom and self._faults.first(("refuse_custom_base",), CREATE, job_name, new_id()):
            raise ServiceError(VALIDATION, f"The provided base model identifier '{base}' is invalid.")

    def _job_name(self, region: str, members: Members) -> str:
        """The name of the job that a request is about, for the fault script; empty where it is about none."""
        if "jobName" in members:
            return str(members["jobName"])
        named = members.get("jobIdentifier")
        for job in self._store.jobs(region) if named else ():
            if named in {job.arn, job.request.job_name, job.job_id}:
                return job.request.job_name
        return ""

    def _refused(self, error: ServiceError) -> Answer:
        status = 404 if error.code == UNKNOWN_OPERATION else self._shapes.status_of(error.code)
        return Answer(status, encode({"message": error.message}), error.code)

    def _note(self, caller: Caller, route: Route | None, resource: str, answer: Answer) -> None:
        self._log.add(
            Call(
                time=now(),
                operation=route.operation if route else "",
                access_key=caller.access_key,
                session=caller.session,
                user_agent=caller.user_agent,
                resource=resource,
                status=answer.status,
                error=answer.error,
            )
        )


def _resource(members: Members | Mapping[str, str]) -> str:
    for name in ("jobIdentifier", "modelIdentifier", "resourceARN", "jobName"):
        if name in members:
            return str(members[name])
    return ""
