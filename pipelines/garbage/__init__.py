"""What nothing needs any more: found, marked, and deleted by a later call."""
