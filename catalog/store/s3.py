"""Any S3, by conditional writes; the only module that speaks boto3.

Why retries of the SDK are off: when the first answer to a conditional PUT is lost, the SDK's second one gets 412
although our own bytes are stored, and the writer would believe that another one won. So a lost answer is `Unknown`
here, and `catalog.store.sure.put_same` settles it by reading. Reads are tried again, by a small loop of this module.

Messages hold the store's address, the key and the server's code, never the server's or the SDK's sentences, which may
quote a key id or a signed address; for the same reason the errors of the SDK are not chained.

Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import functools
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
)
from botocore.exceptions import ConnectionError as NotConnected
from botocore.parsers import ResponseParserError

from catalog.errors import StoreError
from catalog.keys import check_key, headers
from catalog.store.base import (
    Absent,
    Blob,
    Changed,
    Exists,
    Head,
    Span,
    Unknown,
    bare_etag,
    check_prefix,
    check_span,
    is_key,
    known,
    pause,
)


@dataclass(frozen=True)
class S3Limits:
    """Time-outs and retries of this module."""

    connect_seconds: float = 5.0
    read_seconds: float = 30.0  # without one byte from the server, not for the whole transfer
    read_attempts: int = 4
    conflict_attempts: int = 6  # 409: another conditional write of the same key is under way
    backoff_seconds: float = 0.1  # doubled each time, and spread
    connections: int = 16


LIMITS = S3Limits()

_NOT_NOW = {408, 425, 429}
_LOST = (HTTPClientError, NotConnected, IncompleteReadError, ResponseParserError)
"""The answer did not come, or not whole."""

_OPENING = threading.Lock()

T = TypeVar("T")


class Endpoint(NamedTuple):
    """A server that is not found by boto3's environment, such as the embedded one."""

    address: str
    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        return f"Endpoint({self.address!r})"


class S3Store:
    """Objects in a bucket, below a prefix."""

    def __init__(self, bucket: str, prefix: str = "", endpoint: Endpoint | None = None) -> None:
        if prefix:
            check_key(prefix)
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._endpoint = endpoint
        self._client = _client(endpoint)
        weakref.finalize(self, self._client.close)  # its idle connections end with the store
        self._bucket_seen = threading.Event()

    @property
    def url(self) -> str:
        """The address shown to people."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def put_new(self, key: str, body: bytes) -> None:
        """Create the object; see `Store.put_new`."""
        self._put(key, body, Exists(f"{key!r} is already in {self.url}"), IfNoneMatch="*")

    def put_if(self, key: str, body: bytes, etag: str | None) -> str:
        """Replace the object if it is still `etag`; see `Store.put_if`."""
        if etag is None:
            refusal = Changed(f"{key!r} in {self.url} is there, and was expected to be absent")
            return self._put(key, body, refusal, IfNoneMatch="*")
        return self._put(key, body, Changed(f"{key!r} in {self.url} changed since it was read"), IfMatch=f'"{etag}"')

    def get(self, key: str, span: Span | None = None) -> Blob:
        """Return bytes; see `Store.get`."""
        request = {"Bucket": self._bucket, "Key": self._key(key)}
        if span is not None:
            first, end = check_span(span)
            if first == end:
                return Blob(b"", known(self, key).etag)
            request["Range"] = f"bytes={first}-{end - 1}"

        def read() -> Blob:
            answer = self._client.get_object(**request)
            body: bytes = answer["Body"].read()
            if span is not None and answer["ResponseMetadata"]["HTTPStatusCode"] != 206:
                body = body[span[0] : span[1]]  # a server may answer a range with the whole
            return Blob(body, bare_etag(answer.get("ETag", "")))

        try:
            return self._read(f"read {key!r}", read)
        except ClientError as error:
            if _status(error) == 416:  # the span begins beyond the end: as with a slice, nothing is there
                return Blob(b"", known(self, key).etag)
            if _code(error) == "NoSuchKey":
                raise Absent(f"{key!r} is not in {self.url}") from None
            raise self._refused(f"read {key!r}", error) from None

    def head(self, key: str) -> Head | None:
        """Return what is known of an object; see `Store.head`."""
        name = self._key(key)
        what = f"look at {key!r}"
        try:
            answer = self._read(what, lambda: self._client.head_object(Bucket=self._bucket, Key=name))
        except ClientError as error:
            if _status(error) == 404:
                self._need_bucket()
                return None
            raise self._refused(what, error) from None
        return Head(int(answer["ContentLength"]), bare_etag(answer.get("ETag", "")), str(answer.get("ContentType", "")))

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys with a prefix, sorted; see `Store.list`."""
        yield from self.sizes(prefix)

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the size of each object with a prefix; see `Store.sizes`.

        All pages are read first, because not every server lists in the order of bytes (SeaweedFS walks folders).
        """
        request = {"Bucket": self._bucket, "Prefix": self._prefix + check_prefix(prefix)}
        what = f"list {prefix!r}"
        found: dict[str, int] = {}
        while True:
            try:
                page = self._read(what, lambda: self._client.list_objects_v2(**request))
            except ClientError as error:
                raise self._refused(what, error) from None
            found |= {item["Key"].removeprefix(self._prefix): item["Size"] for item in page.get("Contents", [])}
            if not page.get("IsTruncated"):
                break
            request["ContinuationToken"] = page["NextContinuationToken"]
        return {key: found[key] for key in sorted(filter(is_key, found))}

    def delete(self, key: str) -> None:
        """Remove the object; see `Store.delete`."""
        name = self._key(key)
        what = f"delete {key!r}"
        try:
            self._read(what, lambda: self._client.delete_object(Bucket=self._bucket, Key=name))
        except ClientError as error:
            if _code(error) != "NoSuchKey":
                raise self._refused(what, error) from None

    def make_bucket(self, *, public_read_cors: bool = False) -> None:
        """Create the bucket if it is absent, and let pages of any origin read it if asked; for the embedded server.

        Raises:
            StoreError: the server refused, or did not answer.
        """
        what = "create the bucket"
        try:
            try:
                self._read(what, lambda: self._client.create_bucket(Bucket=self._bucket))
            except ClientError as error:
                if _code(error) not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                    raise
            if public_read_cors:
                rules = {"CORSRules": [_CORS]}
                what = "set CORS of the bucket"
                self._read(what, lambda: self._client.put_bucket_cors(Bucket=self._bucket, CORSConfiguration=rules))
        except ClientError as error:
            raise self._refused(what, error) from None

    def _key(self, key: str) -> str:
        return self._prefix + check_key(key)

    def _put(self, key: str, body: bytes, refusal: StoreError, **condition: str) -> str:
        """Write under a condition, once; `refusal` is raised when the condition does not hold."""
        kind = headers(key)
        request = {
            "Bucket": self._bucket,
            "Key": self._key(key),
            "Body": body,
            "ContentType": kind.content_type,
            "CacheControl": kind.cache_control,
        }
        what = f"write {key!r}"
        for attempt in range(LIMITS.conflict_attempts):
            pause(attempt, LIMITS.backoff_seconds)
            try:
                return bare_etag(self._client.put_object(**request, **condition).get("ETag", ""))
            except ClientError as error:
                status = _status(error)
                if status == 409:
                    continue
                if status == 412 or (status == 404 and _code(error) == "NoSuchKey"):
                    raise refusal from None
                if _is_passing(status):
                    raise Unknown(
                        f"{self.url}: to {what} was answered with {status} {_code(error)}: it may be stored or not"
                    ) from None
                raise self._refused(what, error) from None
            except (BotoCoreError, ResponseParserError) as error:
                raise self._lost(what, error) from None
        raise Unknown(
            f"{self.url}: to {what} met another write of the same key {LIMITS.conflict_attempts} times (409); run again"
        )

    def _read(self, what: str, call: Callable[[], T]) -> T:
        """Do what may be done twice, a few times, until the server answers; ClientErrors that will stay are raised."""
        for attempt in range(LIMITS.read_attempts):
            pause(attempt, LIMITS.backoff_seconds)
            last = attempt == LIMITS.read_attempts - 1
            try:
                return call()
            except ClientError as error:
                if last or not _is_passing(_status(error)):
                    raise
            except (BotoCoreError, ResponseParserError) as error:
                if last or not isinstance(error, _LOST):
                    raise self._lost(what, error) from None
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _need_bucket(self) -> None:
        """Tell a missing bucket from a missing object once, for the answer to HEAD is the same."""
        if self._bucket_seen.is_set():
            return
        try:
            self._read("look at the bucket", lambda: self._client.head_bucket(Bucket=self._bucket))
        except ClientError as error:
            if _status(error) == 404:
                raise StoreError(f"there is no bucket {self._bucket!r}: create it, or mend the address") from None
            # Whoever may not ask for the bucket may still read and write its objects.
        self._bucket_seen.set()

    def _lost(self, what: str, error: Exception) -> StoreError:
        if isinstance(error, NoCredentialsError):
            return StoreError(
                f"{self.url}: no credentials were found to {what}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        if isinstance(error, _LOST):
            return Unknown(
                f"{self.url}: no answer to: {what} ({type(error).__name__}); is the server up and reachable?"
            )
        return StoreError(f"{self.url}: could not {what} ({type(error).__name__})")

    def _refused(self, what: str, error: ClientError) -> StoreError:
        status, code = _status(error), _code(error)
        if _is_passing(status):
            return StoreError(f"{self.url}: could not {what}: {status} {code}, also when asked again; try later")
        advice = {
            403: "see to the credentials and their rights (without the right to list, absent keys look forbidden)",
            404: "create the bucket, or mend the address",
            501: "a store without conditional writes cannot hold releases",
        }.get(status, "see to the store")
        return StoreError(f"{self.url}: could not {what}: {status} {code}; {advice}")


_CORS = {
    "AllowedMethods": ["GET", "HEAD"],
    "AllowedOrigins": ["*"],
    "AllowedHeaders": ["*"],
    "ExposeHeaders": ["Content-Length", "Content-Range", "ETag", "Accept-Ranges"],
    "MaxAgeSeconds": 3600,
}


def _client(endpoint: Endpoint | None) -> Any:
    environment = os.environ
    own = endpoint is not None or any(environment.get(name) for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))
    # Several S3 servers break on the checksums that boto3 sends by default, so they are a setting here.
    config = Config(
        signature_version="s3v4",
        connect_timeout=LIMITS.connect_seconds,
        read_timeout=LIMITS.read_seconds,
        max_pool_connections=LIMITS.connections,
        retries={"total_max_attempts": 1, "mode": "standard"},
        request_checksum_calculation=environment.get("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required"),
        response_checksum_validation=environment.get("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required"),
        s3={"addressing_style": "path" if own else "auto"},
    )
    # A session keeps the credentials that it once read from the environment, and its clients are made one at a time.
    with _OPENING:
        session = _session() if endpoint else boto3.session.Session()
        return session.client(
            "s3",
            # Servers other than Amazon's take any region, but a signature needs one.
            region_name=session.region_name or "us-east-1",
            endpoint_url=endpoint.address if endpoint else None,
            aws_access_key_id=endpoint.access_key if endpoint else None,
            aws_secret_access_key=endpoint.secret_key if endpoint else None,
            config=config,
        )


@functools.cache
def _session() -> Any:
    """The session of all servers whose keys we are given: boto3 reads its description of S3 once for each session."""
    return boto3.session.Session()


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _is_passing(status: int) -> bool:
    """Say whether an answer speaks of the server's state rather than of the request."""
    return (status >= 500 and status != 501) or status in _NOT_NOW
