"""How the demo speaks: headings, requests with their answers, tables. In colour on a terminal, plain elsewhere."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table


class Narrator:
    """Prints what happens; knows nothing of HTTP."""

    def __init__(self, console: Console | None = None) -> None:
        # Tables need room when the output goes into a file, where rich would assume 80 columns.
        self._console = console or Console(highlight=False, soft_wrap=False)
        if not self._console.is_terminal:
            self._console.width = 140

    def step(self, number: int, title: str) -> None:
        """The heading of a step."""
        self._console.print()
        self._console.rule(f"[bold cyan]{number}. {escape(title)}", align="left", style="cyan")

    def exchange(self, method: str, path: str, status: int, seconds: float) -> None:
        """A request and how it was answered."""
        colour = "green" if status < 400 else "yellow"
        self._console.print(
            f"  [dim]{method:<6}[/] {escape(path)} [{colour}]{status}[/] [dim]{seconds * 1000:.0f} ms[/]"
        )

    def command(self, words: Sequence[str]) -> None:
        """A command that is run."""
        self._console.print(f"  [dim]$[/] {escape(' '.join(words))}")

    def say(self, text: str) -> None:
        """A sentence about what came back."""
        for line in text.splitlines():
            self._console.print(f"    {escape(line)}")

    def good(self, text: str) -> None:
        """Something that holds, having been checked."""
        self._console.print(f"    [green]✓[/] {escape(text)}")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A small table; numbers to the right."""
        listed = [list(row) for row in rows]
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for index, column in enumerate(columns):
            is_number = bool(listed) and all(isinstance(row[index], int | float) for row in listed)
            table.add_column(column, justify="right" if is_number else "left", overflow="fold")
        for row in listed:
            table.add_row(*(escape(str(cell)) for cell in row))
        self._console.print(table)

    def failure(self, text: str) -> None:
        """Why the demo ends here."""
        self._console.print(f"\n[bold red]✗[/] {escape(text)}")

    def end(self, text: str) -> None:
        """The last line."""
        self._console.print(f"\n[bold green]✓ {escape(text)}[/]\n")
