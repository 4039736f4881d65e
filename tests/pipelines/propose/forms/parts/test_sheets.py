"""Rows of sheets as the decoders give them; test_xlsx.py has the kinds."""

from pipelines.propose.forms.parts.sheets import raw_rows


def test_a_table_wider_than_is_made_room_for_at_first() -> None:
    cells = "".join(f"<td>{at}</td>" for at in range(70))
    (rows,) = raw_rows(f"<table><tr>{cells}</tr><tr><td>x</td></tr></table>".encode(), "html", {}).values()
    assert (len(rows), len(rows[0]), rows[1][:2]) == (2, 70, ["x", ""])
