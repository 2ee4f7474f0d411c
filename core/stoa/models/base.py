"""What all tables share: names of constraints, and columns for ids, times and amounts."""

import uuid
from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, MetaData, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, mapped_column

__all__ = ["NOBODY", "Base", "Id", "Instant", "Minor", "OptionalId", "Points", "Word"]

NOBODY = uuid.UUID(int=0)
"""Stands for the operator where a key column must name a partner."""

Id = Annotated[uuid.UUID, mapped_column(Uuid)]
OptionalId = Annotated[uuid.UUID | None, mapped_column(Uuid)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Points = Annotated[int, mapped_column(BigInteger)]
Minor = Annotated[int, mapped_column(BigInteger)]
Word = Annotated[str, mapped_column(Text)]


class Base(DeclarativeBase):
    """The declarative base; constraint names are the same on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
