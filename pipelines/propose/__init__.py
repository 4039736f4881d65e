"""Looks at an agency's answer and proposes a declaration of it: `minsheng new`.

One file for each thing that is judged, bytes -> what is seen -> text of the proposal. What is proposed is proved with
the pipeline's own decoders and `conform`; what cannot be known stands in the file as a question.

- `answer`: the bytes, of a file or of an address; `source`: how to ask for them again.
- `forms/`: how bytes are written, one file for each format of `pipelines/decode/`.
- `columns`, `shapes`: the table, its columns, and the steps that make one row a record of it.
- `numbers`, `times`, `marks`, `codes`, `words`, `fields`: what the cells of a column are.
- `keys`, `figures`: what the rows together say: the key, how they are loaded, guards.
- `record`: what the portal says of the dataset. `proposal`: all together. `written`: as a steward would write it.
"""
