"""Addresses of stores: which kind each one opens, and which are refused."""

from pathlib import Path

import pytest

from catalog.errors import StoreError
from catalog.store import (
    open_store,
)


class TestOpenStore:
    def test_file(self, tmp_path: Path) -> None:
        for url in (f"file:{tmp_path}/a", f"file://{tmp_path}/a", f"file://localhost{tmp_path}/a"):
            assert open_store(url).url == f"file:{tmp_path}/a"

    def test_s3_and_https(self) -> None:
        assert open_store("s3://bucket/some/prefix/").url == "s3://bucket/some/prefix"
        assert open_store("s3://bucket").url == "s3://bucket"
        assert open_store("https://example.org/data/").url == "https://example.org/data"

    @pytest.mark.parametrize(
        "url", ["", "gs://bucket", "ftp://x/y", "bucket", "/tmp/x", "file:", "file://host/x", "s3:"]
    )
    def test_unknown_addresses_say_what_is_known(self, url: str) -> None:
        with pytest.raises(StoreError, match="file:DIR"):
            open_store(url)

    @pytest.mark.parametrize("url", ["s3://key:hush@bucket/x", "https://me:hush@example.org/", "https://x.org/?t=hush"])
    def test_a_secret_in_an_address_is_refused_and_not_repeated(self, url: str) -> None:
        with pytest.raises(StoreError) as caught:
            open_store(url)
        assert "hush" not in str(caught.value)
