"""A table of a page, also one that is called .xls."""

from pipelines.propose.forms.html import see


def test_the_largest_table_of_a_page() -> None:
    body = (
        "<html><table><tr><td>menu</td></tr></table><table border=1><tr><th colspan=2>魚貨</th><th>年</th></tr>"
        "<tr><td>吳郭魚</td><td>5</td><td>112</td></tr><tr><td>虱目魚</td><td>7</td><td>112</td></tr></table></html>"
    ).encode("cp950")
    form = see(body)
    assert form is not None
    assert (form.reading["encoding"], form.reading["table"], form.reading["spans"]) == ("cp950", 2, "spread")
    assert form.records(body).num_rows == 2


def test_xml_is_none() -> None:
    assert see(b"<?xml version='1.0'?><a><b>1</b></a>") is None
    assert see(b"<html><p>down for maintenance</p></html>") is None
