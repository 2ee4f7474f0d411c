"""Listings: the rows of the lists that staff browse, a page at a time, in any order."""
