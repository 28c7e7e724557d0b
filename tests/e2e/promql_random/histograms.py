"""Random courses of native histograms."""
import dataclasses
import random

from promql.histogram import CUSTOM_BUCKETS, Histogram


INDEXES = (1, 2, 3, 5, 9)


def empty(shape: Histogram, negative: bool = False) -> Histogram:
    """A histogram with all buckets that observations may come to. Prometheus adds those that other samples of a chunk have, which shows
    in a comparison and in the quantiles of the zero bucket; so that there are none to add."""
    if shape.schema == CUSTOM_BUCKETS:
        return dataclasses.replace(shape, positive={index: 0.0 for index in range(len(shape.custom_values) + 1)})
    buckets = {index: 0.0 for index in INDEXES}
    return dataclasses.replace(shape, positive=buckets, negative=dict(buckets) if negative else {})


def counter(dice: random.Random, times: list[int], shape: Histogram) -> list[tuple[int, Histogram]]:
    """Observations come in; now and then it begins anew, or goes on with fewer, wider buckets."""
    now, out = empty(shape), []
    for at in times:
        if dice.random() < 0.02:
            now = empty(shape)
        elif dice.random() < 0.01 and now.schema in range(-2, 5):
            now = coarser(now)
        for _ in range(dice.choice((0, 1, 2, 6))):
            now = observed(dice, now, 1.0)
        out.append((at, now))
    return out


def gauge(dice: random.Random, times: list[int], shape: Histogram) -> list[tuple[int, Histogram]]:
    """Each sample of its own, with counts that are no whole numbers."""
    out = []
    for at in times:
        now = empty(shape, negative=True)
        for _ in range(dice.choice((0, 1, 3))):
            now = observed(dice, now, dice.choice((0.25, 1.0, 2.5)), negative=True)
        out.append((at, now))
    return out


def observed(dice: random.Random, now: Histogram, weight: float, negative: bool = False) -> Histogram:
    """`now` with `weight` more in a bucket, as if of an observation there."""
    positive, below, zero_count, value = dict(now.positive), dict(now.negative), now.zero_count, 0.0
    if now.schema == CUSTOM_BUCKETS:
        index = dice.randint(0, len(now.custom_values))
        positive[index] = positive.get(index, 0.0) + weight
        value = now.custom_values[min(index, len(now.custom_values) - 1)]
    elif dice.random() < 0.1:
        zero_count += weight
    else:
        index = dice.choice(INDEXES)
        value = now.bound(index)
        side = below if negative and dice.random() < 0.4 else positive
        side[index] = side.get(index, 0.0) + weight
        value = -value if side is below else value
    return dataclasses.replace(now, count=now.count + weight, sum=now.sum + value * weight, zero_count=zero_count,
                               positive=positive, negative=below)


def coarser(now: Histogram) -> Histogram:
    """The same with buckets twice as wide on the logarithmic scale."""
    wide = {index: 0.0 for index in INDEXES}
    for index, count in now.positive.items():
        wide[(index - 1 >> 1) + 1] = wide.get((index - 1 >> 1) + 1, 0.0) + count
    return dataclasses.replace(now, schema=now.schema - 1, positive=wide)
