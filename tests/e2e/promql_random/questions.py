"""Random questions to the query API."""
import dataclasses
import random

from promql_random.expressions import Expressions
from promql_random.words import ROUGH, SETTLED

DEPTH_MAX = 4


@dataclasses.dataclass
class Question:
    path: str  # query or query_range
    parameters: dict[str, str]
    settled: int  # words.py
    ordered: bool  # whether the series have an order

    def __str__(self) -> str:
        return "\n  ".join([self.path, *(f"{name}: {value}" for name, value in self.parameters.items())])


def question(seed: int, number: int) -> Question:
    """The same for the same numbers, whatever was asked before."""
    dice = random.Random(f"{seed} {number}")
    expressions = Expressions(dice)
    is_range = dice.random() < 0.5
    kind = dice.choices(("floats", "histograms", "sorted", "scalar", "matrix", "string"), (74, 14, 2, 4, 5, 1))[0]
    depth = dice.randint(0, DEPTH_MAX)
    if kind == "matrix":
        text, settled = expressions.matrix(depth, SETTLED, dice.random() < 0.3)
    elif kind == "string":
        text, settled = expressions.string(dice.choice(("text", 'a "b"', "日\n"))), ROUGH
    elif kind == "sorted":
        text, settled = expressions.sorted(depth, SETTLED)
    elif kind == "scalar":
        text, settled = expressions.scalar(depth, ROUGH)
    else:
        text, settled = expressions.vector(depth, ROUGH, kind == "histograms")
    parameters = {"query": text} | (range_of(expressions, dice) if is_range else {"time": seconds(expressions.moment_ms())})
    if dice.random() < 0.15:
        parameters["lookback_delta"] = dice.choice(("1m", "15s", "20m", "90", "1ms"))
    return Question("query_range" if is_range else "query", parameters, settled,
                    ordered=kind == "sorted" and not is_range)


def range_of(expressions: Expressions, dice: random.Random) -> dict[str, str]:
    start_ms = expressions.moment_ms() - dice.choice((0, 300_000, 900_000))
    step_ms = dice.choice((1_000, 15_000, 15_000, 30_000, 60_000, 61_234, 150_000, 600_000))
    end_ms = start_ms + step_ms * dice.randint(0, 12) + dice.choice((0, 0, step_ms // 2))
    return {"start": seconds(start_ms), "end": seconds(end_ms), "step": seconds(step_ms)}


def seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"
