"""The list of evals that are known to fail, in paragraphs:

    A reason, which may go on
    over lines at the margin.
      script: 12 40 77
      other: 3
"""
import pathlib
import re

_LINES = re.compile(r" +(\S+):((?: \d+)+)")


class KnownFailures:
    """Line numbers by script. ValueError for a line of the file that is neither reason nor numbers, numbers without a reason, and
    a number that is listed twice."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.by_script: dict[str, set[int]] = {}
        has_reason = False
        for number, line in enumerate(path.read_text().split("\n"), 1):
            if not line.startswith(" "):
                has_reason = bool(line)
            elif (found := _LINES.fullmatch(line)) and has_reason:
                self._add(found[1], [int(one) for one in found[2].split()], f"{path.name}:{number}")
            else:
                raise ValueError(f"{path.name}:{number}: not a script with line numbers below a reason: {line!r}")

    def _add(self, script: str, lines: list[int], place: str) -> None:
        known = self.by_script.setdefault(script, set())
        for line in lines:
            if line in known:
                raise ValueError(f"{place}: {script} line {line} is listed twice")
            known.add(line)

    def scripts(self) -> set[str]:
        return set(self.by_script)

    def lines(self, script: str) -> set[int]:
        return self.by_script.get(script, set())

    def strike(self, script: str, lines: set[int]) -> None:
        """Takes lines off the list and its file, with what is left of a reason that has none any more."""
        self.by_script[script] = self.lines(script) - lines
        paragraphs = []
        for paragraph in self.path.read_text().strip().split("\n\n"):
            rows = [row for row in map(lambda row: _without(row, script, lines), paragraph.split("\n")) if row]
            if any(row.startswith(" ") for row in rows):
                paragraphs.append("\n".join(rows) + "\n")
        self.path.write_text("\n".join(paragraphs))


def _without(row: str, script: str, lines: set[int]) -> str:
    """A row of the file without the numbers of a script; empty when none is left."""
    found = _LINES.fullmatch(row)
    if not found or found[1] != script:
        return row
    left = [one for one in found[2].split() if int(one) not in lines]
    return f"  {script}: {' '.join(left)}" if left else ""
