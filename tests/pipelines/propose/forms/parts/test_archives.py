"""The names in a zip file."""

import io
import zipfile

from pipelines.propose.forms.parts.archives import member_names


def test_names_of_members_and_none_of_another_body() -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.csv", "a")
    assert member_names(body.getvalue()) == ["a.csv"]
    assert member_names(b"PK broken") == member_names(b"a,b") == []
