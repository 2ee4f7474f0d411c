"""The overview: how points flow, whose points go where, what is owed, and what needs an eye.

    page     of the whole alliance, for the operator's people
    home     the same of one partner alone, for its people
    tables   each figure as a table: behind a chart, and as a file
    tiles    the key figures, and what is said of partners that need an eye

Everything is read from `stoa.services.rollups`; nothing here looks at the ledger.
"""
