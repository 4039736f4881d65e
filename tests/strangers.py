"""What listens on this machine, as the kernel tells it; and a stranger who knocks there without credentials."""

import contextlib
import ipaddress
import os
import ssl
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import grpc
import httpx

from catalog.store.mutual_tls import Certificate, make_certificate

LOOPBACK = ("127.0.0.1", "::1")
PLAIN_TO_TLS = b"Client sent an HTTP request to an HTTPS server.\n"
_LISTENS, _ACCEPTS = "0A", 0x10000  # states in /proc/net: TCP_LISTEN, and the flag __SO_ACCEPTCON of a unix socket
_SECONDS = 10.0
_NAME = (("grpc.ssl_target_name_override", "127.0.0.1"),)
REQUESTS = (
    ("GET", "/"),
    ("GET", "/cluster/status"),
    ("GET", "/cluster/healthz"),
    ("GET", "/dir/status"),
    ("GET", "/dir/assign"),
    ("GET", "/vol/status"),
    ("GET", "/col/delete?collection=minsheng"),
    ("GET", "/status"),
    ("GET", "/ui/index.html"),
    ("GET", "/buckets/minsheng-evidence/?limit=10"),
    ("GET", "/buckets/minsheng-evidence/stranger/a.json"),
    ("GET", "/metrics"),
    ("GET", "/debug/pprof/"),
    ("POST", "/submit"),
    ("POST", "/buckets/minsheng/stranger/b.json"),
    ("PUT", "/buckets/minsheng/stranger/b.json"),
    ("DELETE", "/buckets/minsheng-evidence/stranger/a.json"),
    ("DELETE", "/buckets/minsheng?recursive=true"),
)
_BUCKETS = b"\x0a\x08/buckets"  # field 1: a directory
CALLS = {
    "/master_pb.Seaweed/VolumeList": b"",
    "/master_pb.Seaweed/CollectionList": b"",
    "/master_pb.Seaweed/CollectionDelete": b"\x0a\x08minsheng",
    "/master_pb.Seaweed/LeaseAdminToken": b"",
    "/volume_server_pb.VolumeServer/DeleteCollection": b"\x0a\x08minsheng",
    "/volume_server_pb.VolumeServer/VolumeServerStatus": b"",
    "/filer_pb.SeaweedFiler/ListEntries": _BUCKETS,
    "/filer_pb.SeaweedFiler/CreateEntry": _BUCKETS + b"\x12\x08\x0a\x06absent",
    "/filer_pb.SeaweedFiler/DeleteEntry": _BUCKETS + b"\x12\x08minsheng\x20\x01\x28\x01",
    "/filer_pb.SeaweedFiler/GetFilerConfiguration": b"",
    "/iam_pb.SeaweedIdentityAccessManagement/ListUsers": b"",
    "/messaging_pb.SeaweedS3IamCache/PutIdentity": b"",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": b"",
}


class Listener(NamedTuple):
    """A socket on which a process waits for others."""

    kind: str
    """tcp, udp or unix."""
    address: str
    """Of the machine, or the path of a unix socket."""
    port: int
    pid: int
    program: str


def listeners(pids: Iterable[int]) -> list[Listener]:
    """Return all on which some processes listen, from the tables of the kernel."""
    owners = {inode: pid for pid in pids for inode in _sockets(pid)}
    found = [*_internet(owners), *_unix(owners)]
    return sorted(found)


def heirs(variable: str) -> list[int]:
    """Return the processes that were started, by whomever, with `NAME=value` in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if variable.encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:  # it ended, or is another person's
                continue
    return found


def only_owner_may_connect(path: Path) -> bool:
    """Whether the rights of a unix socket, or of a folder above it, keep other people out."""
    return any(
        stat.S_IMODE(place.stat().st_mode) & 0o077 == 0 and place.stat().st_uid == os.getuid()
        for place in (path, *path.parents)
    )


def heard_over_http(port: int) -> list[str]:
    """Return what a port answered to a stranger: plainly, by TLS, and with a certificate of its own."""
    heard = []
    for how, client in _clients(port):
        with client:
            for method, path in REQUESTS:
                try:
                    answer = client.request(method, path)
                except httpx.TransportError:
                    continue
                if (answer.status_code, answer.content) != (400, PLAIN_TO_TLS):
                    heard.append(f"{how} {method} {path}: {answer.status_code}")
    return heard


def heard_over_grpc(target: str, shown: bytes) -> list[str]:
    """Return the calls that a stranger got through: answered with anything but "no connection".

    Args:
        target: `127.0.0.1:PORT` or `unix:PATH`.
        shown: the certificate that the server shows to anyone, in PEM.
    """
    heard = []
    for how, channel in _channels(target, shown):
        with channel:
            for name, request in CALLS.items():
                code = call(channel, name, request)
                if code != grpc.StatusCode.UNAVAILABLE:
                    heard.append(f"{how} {name}: {code}")
    return heard


def call(channel: grpc.Channel, name: str, request: bytes) -> grpc.StatusCode:
    """Call a method in bytes, take the first answer, and return how it ended."""
    try:
        for _ in channel.unary_stream(name)(request, timeout=_SECONDS):
            break
    except grpc.RpcError as error:
        code: grpc.StatusCode = error.code()
        return code
    return grpc.StatusCode.OK


def with_certificate(target: str, trusted: bytes, certificate: bytes, key: bytes) -> grpc.Channel:
    """Return a channel of one who trusts a certificate and shows one, both in PEM."""
    return grpc.secure_channel(target, grpc.ssl_channel_credentials(trusted, key, certificate), _NAME)


def _channels(target: str, shown: bytes) -> Iterator[tuple[str, grpc.Channel]]:
    yield "plain", grpc.insecure_channel(target)
    yield "TLS", grpc.secure_channel(target, grpc.ssl_channel_credentials(shown), _NAME)
    forged = make_certificate()
    yield "TLS, forged", with_certificate(target, shown, forged.certificate.encode(), forged.key.encode())


def _clients(port: int) -> Iterator[tuple[str, httpx.Client]]:
    def client(scheme: str, context: ssl.SSLContext) -> httpx.Client:
        return httpx.Client(base_url=f"{scheme}://127.0.0.1:{port}", verify=context, trust_env=False, timeout=_SECONDS)

    yield "http", client("http", _trusting())
    yield "https", client("https", _trusting())
    yield "https, forged", client("https", _trusting(make_certificate()))


def _trusting(own: Certificate | None = None) -> ssl.SSLContext:
    """A client that takes any server for the right one, and may show a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if own:
        with tempfile.TemporaryDirectory() as folder:
            pair = Path(folder, "pair.pem")
            pair.write_text(own.key + own.certificate)
            context.load_cert_chain(pair)
    return context


def _sockets(pid: int) -> Iterator[int]:
    try:
        descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # it ended
        return
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                yield int(target[8:-1])


def _internet(owners: dict[int, int]) -> Iterator[Listener]:
    for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        for line in _table(table):
            local, state, inode = line[1], line[3], int(line[9])
            if inode in owners and (state == _LISTENS or not table.startswith("tcp")):
                digits, _, port = local.partition(":")
                words = [bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8)]
                address = str(ipaddress.ip_address(b"".join(words)))  # the kernel writes words in its own byte order
                yield _listener(table.rstrip("6"), address, int(port, 16), owners[inode])


def _unix(owners: dict[int, int]) -> Iterator[Listener]:
    for line in _table("unix"):
        inode = int(line[6])
        if inode in owners and int(line[3], 16) & _ACCEPTS:
            path = line[7] if len(line) > 7 else "@"
            if not path.startswith(("/", "@")):  # as the process said it, from its folder
                path = str(Path(f"/proc/{owners[inode]}/cwd").readlink() / path)
            yield _listener("unix", path, 0, owners[inode])


def _table(name: str) -> list[list[str]]:
    path = Path("/proc/net", name)
    return [line.split() for line in path.read_text().splitlines()[1:]] if path.exists() else []


def _listener(kind: str, address: str, port: int, pid: int) -> Listener:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return Listener(kind, address, port, pid, words.strip())
