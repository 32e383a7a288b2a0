"""Tables: queries of now as rows, and what stands in their columns."""

from __future__ import annotations

from dataclasses import dataclass

from windsock.metric import Metric
from windsock_dashboards.shapes.expr import Expr
from windsock_dashboards.shapes.mistakes import DashboardError
from windsock_dashboards.shapes.shown import Shown, grafana_unit
from windsock_dashboards.shapes.spec import LIMITED, MANY, Link, Meaning, Panel, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes:
        name: the heading.
        field: the label, or the ref id of the query (`A` is the first) whose value it shows.
        unit: of a value.
        width: in pixels; None shares what is left.
        bar: draw the value as a bar from 0 to 1.
        colored: colour the cell by `steps` or `meanings`.
    """

    name: str
    field: str
    unit: Metric | Shown = Shown.TEXT
    width: int | None = None
    decimals: int | None = None
    bar: bool = False
    colored: bool = False
    steps: tuple[Step, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        grafana_unit(self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Panel):
    """Instant queries merged into rows by their labels; it shows the columns named here, in this order."""

    columns: tuple[Column, ...]
    sort_by: str
    descending: bool = True

    def __post_init__(self) -> None:
        for query, ref in zip(self.queries, "ABCDEFGHIJKLMNOP", strict=False):
            column = next((column for column in self.columns if column.field == ref), None)
            known = query.expr.unit if isinstance(query.expr, Expr) else None
            if column and known is not None and grafana_unit(known) != grafana_unit(column.unit):
                raise DashboardError(
                    f"column {column.name!r} of panel {self.key!r} is in {grafana_unit(column.unit)}, "
                    f"its query in {grafana_unit(known)}"
                )
        if MANY & {column.field for column in self.columns} and not LIMITED.search(self.queries[0].expr):
            raise DashboardError(
                f"table {self.key!r} may have thousands of rows: use scope.rows(), top() or bottom()"
            )
        if self.sort_by not in {column.name for column in self.columns}:
            raise DashboardError(
                f"table {self.key!r} is sorted by {self.sort_by!r}, which is no column of it"
            )

    def shown(self) -> str:
        """Of what no column says."""
        return grafana_unit(Shown.TEXT)
