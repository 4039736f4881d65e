"""The score of a release: what is judged, how much each thing counts, and the sum. Pure: reads and writes nothing.

docs/quality-score.md tells formula, weights and sources.
"""
