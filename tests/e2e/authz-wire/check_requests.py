"""CheckRequests of each way to deploy a proxy, built with the messages that the gRPC project publishes (xds-protos on PyPI).

What stands in them is what Envoy documents for its ext_authz filters. `python3 check_requests.py > ../../../apps/authz/src/codec/recorded-checks.json`
writes them anew, with PYTHONPATH as ./check installs it (.margay/wire-client).
"""
import base64
import json


from envoy.service.auth.v3 import external_auth_pb2 as v3
from google.protobuf import struct_pb2, text_format

CHECKOUT = "spiffe://cluster.local/ns/shop/sa/checkout"
PAYMENTS = "spiffe://cluster.local/ns/shop/sa/payments"


def peer(target, address, port, principal="", protocol=0):
    target.address.socket_address.protocol = protocol
    target.address.socket_address.address = address
    target.address.socket_address.port_value = port
    target.principal = principal


def http(request, method, path, host, **headers):
    attributes = request.attributes.request.http
    attributes.id = "13359530607844510314"
    attributes.method, attributes.path, attributes.host = method, path, host
    attributes.scheme, attributes.protocol = "http", "HTTP/1.1"
    pseudo = {":method": method, ":path": path, ":authority": host, ":scheme": "http"}
    for name, value in {**pseudo, **headers}.items():
        attributes.headers[name.replace("_", "-")] = value
    request.attributes.request.time.FromJsonString("2026-11-28T16:00:00.123Z")
    return attributes


def sidecar_mtls():
    request = v3.CheckRequest()
    peer(request.attributes.source, "10.65.1.7", 41522, CHECKOUT)
    peer(request.attributes.destination, "10.65.2.9", 8080, PAYMENTS)
    request.attributes.source.certificate = "-----BEGIN%20CERTIFICATE-----%0AMIIB"
    request.attributes.source.labels["app"] = "checkout"
    http(request, "POST", "/v1/charges?amount=12", "payments.shop:8080", x_request_id="a-1", user_agent="curl/8.5", x_tenant="red,blue")
    request.attributes.tls_session.sni = "outbound_.8080_._.payments.shop.svc.cluster.local"
    return request


def sidecar_plain():
    request = v3.CheckRequest()
    peer(request.attributes.source, "192.0.2.44", 50110)
    peer(request.attributes.destination, "fd00:10:65::9", 8080)
    http(request, "GET", "/%61dmin/../public//x", "payments.shop")
    return request


def grpc_call():
    request = v3.CheckRequest()
    peer(request.attributes.source, "10.65.1.7", 41999, CHECKOUT)
    peer(request.attributes.destination, "10.65.2.9", 50051, PAYMENTS)
    attributes = http(request, "POST", "/shop.Payments/Charge", "payments.shop:50051", content_type="application/grpc", te="trailers")
    attributes.protocol, attributes.size = "HTTP/2", -1
    return request


def network_filter():
    request = v3.CheckRequest()
    peer(request.attributes.source, "10.65.1.7", 42001, CHECKOUT)
    peer(request.attributes.destination, "10.65.2.9", 5432, PAYMENTS)
    request.attributes.request.time.FromJsonString("2026-11-28T16:00:00Z")
    return request


def waypoint():
    request = v3.CheckRequest()
    peer(request.attributes.source, "10.65.1.7", 42100, CHECKOUT)
    request.attributes.destination.address.pipe.path = "@connect_originate"
    http(request, "GET", "/", "payments.shop.svc.cluster.local", x_forwarded_client_cert=f"By={PAYMENTS};URI={CHECKOUT}")
    request.attributes.context_extensions["margay.destination"] = "service/shop/payments"
    filters = request.attributes.metadata_context.filter_metadata
    filters["io.istio.peer"].update({"principal": CHECKOUT, "depth": {"of": ["no", "interest"]}, "count": 3, "verified": True})
    filters["empty"].CopyFrom(struct_pb2.Struct())
    return request


def raw_headers():
    request = v3.CheckRequest()
    peer(request.attributes.source, "10.65.1.7", 42200, CHECKOUT)
    peer(request.attributes.destination, "10.65.2.9", 8080, protocol=1)
    attributes = request.attributes.request.http
    attributes.method, attributes.path, attributes.host = "GET", "/raw", "payments.shop"
    for name, value in [(":path", b"/raw"), ("X-Role", b"user"), ("x-role", b"admin"), ("x-latin", b"caf\xe9"), ("x-text", "café".encode())]:
        attributes.header_map.headers.add(key=name, raw_value=value)
    attributes.header_map.headers.add(key="x-none")
    attributes.body = "never looked at"
    attributes.raw_body = b"\x00\xff"
    return request


BY_NAME = {make.__name__.replace("_", "-"): make for make in [sidecar_mtls, sidecar_plain, grpc_call, network_filter, waypoint, raw_headers]}


def record(name, make):
    request = make()
    return {
        "name": name,
        "base64": base64.b64encode(request.SerializeToString(deterministic=True)).decode(),
        "text": text_format.MessageToString(request).splitlines(),
    }


if __name__ == "__main__":
    recorded = [record(name, make) for name, make in BY_NAME.items()]
    print(json.dumps({"madeBy": "tests/e2e/authz-wire/check_requests.py, xds-protos 1.85.0", "checks": recorded}, indent=2, ensure_ascii=False))
