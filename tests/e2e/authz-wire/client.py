"""A client of ext_authz and health that shares nothing with Margay: grpcio, and the messages of xds-protos and grpcio-health-checking.

Argument: the target, such as unix:/run/s. Reads commands from standard input, a line of JSON each, and answers each with one.
"""
import base64
import collections
import json
import sys
import threading

import grpc
from google.protobuf.json_format import MessageToDict
from grpc_health.v1 import health_pb2, health_pb2_grpc

from check_requests import BY_NAME
from envoy.service.auth.v2 import external_auth_pb2 as v2
from envoy.service.auth.v3 import external_auth_pb2 as v3

RESPONSES = {"v3": v3.CheckResponse, "v2": v2.CheckResponse, "v2alpha": v2.CheckResponse}

channel = grpc.insecure_channel(sys.argv[1], options=[("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 200)])
health = health_pb2_grpc.HealthStub(channel)
watched = []
load = {}


def check_method(version, response=None):
    return channel.unary_unary(
        f"/envoy.service.auth.{version}.Authorization/Check",
        request_serializer=lambda data: data,
        response_deserializer=(response or RESPONSES[version]).FromString,
    )


def check(name="", version="v3", data=None):
    request = BY_NAME[name]().SerializeToString() if data is None else base64.b64decode(data)
    return MessageToDict(check_method(version)(request, timeout=10), always_print_fields_with_no_presence=False)


def status(service=""):
    response = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
    return health_pb2.HealthCheckResponse.ServingStatus.Name(response.status)


def watch(service=""):
    def follow():
        try:
            for response in health.Watch(health_pb2.HealthCheckRequest(service=service)):
                watched.append(health_pb2.HealthCheckResponse.ServingStatus.Name(response.status))
            watched.append("END")
        except grpc.RpcError as error:
            watched.append(error.code().name)

    threading.Thread(target=follow, daemon=True).start()


def start_load(concurrency):
    method, request = check_method("v3"), BY_NAME["sidecar-mtls"]().SerializeToString()
    codes, stopped = collections.Counter(), threading.Event()

    def ask():
        while not stopped.is_set():
            try:
                method(request, timeout=10)
                codes["OK"] += 1
            except grpc.RpcError as error:
                codes[error.code().name] += 1
                stopped.wait(0.02)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(concurrency)]
    for thread in threads:
        thread.start()
    load.update(codes=codes, stopped=stopped, threads=threads)


def stop_load():
    load["stopped"].set()
    for thread in load["threads"]:
        thread.join()
    return dict(load["codes"])


COMMANDS = {
    "check": check,
    "status": status,
    "watch": watch,
    "watched": lambda: watched,
    "start_load": start_load,
    "load": lambda: dict(load["codes"]),
    "stop_load": stop_load,
}

for line in sys.stdin:
    command = json.loads(line)
    name = command.pop("do")
    try:
        answer = {"result": COMMANDS[name](**command)}
    except grpc.RpcError as error:
        answer = {"code": error.code().name}
    print(json.dumps(answer), flush=True)
