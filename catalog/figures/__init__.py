"""The newest figures of a release: what a page shows before all else, and what other pages say of the dataset."""
