"""Clearing at the admin web: agreements, terms, taxes and rates of exchange; one file a page."""
