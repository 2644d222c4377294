# SPDX-License-Identifier: GPL-2.0-only
"""One table of results, for the terminal and for a Markdown page."""
from dataclasses import dataclass, field


@dataclass
class Row:
    label: str
    untraced: str = ""
    cells: dict[str, str] = field(default_factory=dict)  # by recorder
    budget: str = ""
    verdict: str = ""


def verdict(values: list[float], limit: float, digits: int = 2) -> str:
    """Of repeated measurements: their median decides, as it is shown."""
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2] if len(ordered) % 2 else (
        ordered[len(ordered) // 2 - 1] + ordered[len(ordered) // 2]) / 2
    if round(middle, digits) <= limit:
        return "met"
    return "missed, within noise" if round(ordered[0], digits) <= limit else "missed"


def _grid(rows: list[Row], recorders: list[str]) -> list[list[str]]:
    head = ["", "untraced", *recorders, "budget", ""]
    return [head] + [[row.label, row.untraced, *(row.cells.get(r, "-") for r in recorders),
                      row.budget, row.verdict] for row in rows]


def as_text(rows: list[Row], recorders: list[str]) -> str:
    grid = _grid(rows, recorders)
    widths = [max(len(line[i]) for line in grid) for i in range(len(grid[0]))]
    last = len(widths) - 1
    return "\n".join(
        "  ".join(cell.ljust(width) if i in (0, last) else cell.rjust(width)
                  for i, (cell, width) in enumerate(zip(line, widths))).rstrip()
        for line in grid)


def as_markdown(rows: list[Row], recorders: list[str]) -> str:
    grid = _grid(rows, recorders)
    lines = ["| " + " | ".join(line) + " |" for line in grid]
    lines.insert(1, "|---|" + "---:|" * (len(grid[0]) - 2) + "---|")
    return "\n".join(lines)
