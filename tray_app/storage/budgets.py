"""The request budgets of client ids, remembered over restarts."""

from __future__ import annotations

from tray_app.policy.request_budget import LEAST, MOST, Budget
from tray_app.storage.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS budget (
    client TEXT PRIMARY KEY, per_minute REAL NOT NULL, ceiling REAL NOT NULL
);
"""


class Budgets:
    """The budgets at one host."""

    def __init__(self, database: Database, host: str) -> None:
        self._database = database
        self._host = host

    def load(self, client_id: str) -> Budget | None:
        """Return what was remembered; None if nothing was, or it is damaged."""
        query = "SELECT per_minute, ceiling FROM budget WHERE client = ?"
        row = self._database.row(query, f"{self._host}/{client_id}")
        try:
            found = [min(MOST, max(LEAST, float(value))) for value in row or ()]
        except (ValueError, TypeError):
            return None
        return Budget(*found) if found else None

    def save(self, client_id: str, budget: Budget) -> None:
        """Remember it."""
        self._database.put("budget", f"{self._host}/{client_id}", budget.per_minute, budget.ceiling)
