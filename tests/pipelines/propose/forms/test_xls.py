"""Workbooks of old Excel: the recorded one of the land office, and what is none."""

import recordings

from pipelines.propose.forms.xls import see


@recordings.needed
def test_a_recorded_workbook() -> None:
    body = recordings.body("moi/real_price_lienchiang/2015S4_Z_lvr_land_A.xls")
    form = see(body)
    assert form is not None
    assert form.records(body).num_rows == 10


def test_another_body_is_none() -> None:
    assert see(b"<html></html>") is None
