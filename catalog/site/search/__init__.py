"""The search of the site: an index of static files that a browser reads, a few for each query."""
