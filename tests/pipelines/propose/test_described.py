"""What Frictionless says of a text file."""

from pipelines.propose.described import describe_text


def test_the_delimiter_and_the_encoding() -> None:
    assert describe_text(b"a;b\n1;2\n3;4\n").delimiter == ";"
    assert describe_text("縣市,數量\n臺北市,1\n".encode("cp950") * 20).encoding in ("big5", "cp950")
