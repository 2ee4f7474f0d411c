"""The lists of all rooms by name, and the doors that all of them share."""
