"""Can't be imported."""

raise SystemExit(5)
