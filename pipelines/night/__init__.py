"""What a night came to: one report, whom it is told, and figures for a monitor."""
