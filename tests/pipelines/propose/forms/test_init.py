"""Each format that agencies send is looked for."""

import importlib

import pytest

from catalog.errors import SourceError
from pipelines.decode import known
from pipelines.propose import forms


def test_there_is_a_form_for_each_format_and_each_tells_another_body_apart() -> None:
    assert sorted(forms.ORDER) == known()
    for name in forms.ORDER:
        assert importlib.import_module(f"{forms.__name__}.{name}").see(b"\x01\x02\x03") is None


def test_the_first_form_that_reads_is_taken() -> None:
    right, wrong = forms.Form("csv"), forms.Form("csv", {"separator": ";"})
    assert forms.first_that_reads(b"a,b\n1,2\n", [forms.Form("xml", {"records": "a"}), right, wrong]) is right
    with pytest.raises(SourceError, match="that begins"):
        forms.look(b"\x01\x02\x03")
