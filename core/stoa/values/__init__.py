"""Facts that every floor shares: amounts, times, identifiers, purchases; standard library only."""
