"""The functions of vectors by what they need: how settled their values are comes out of it."""

# Of each value; what differs in the last digits of its argument differs so in its result, or a little more.
SMOOTH = ("abs", "deg", "rad", "sqrt")
# The C library's, whose last digits are its own.
LIBRARY = ("exp", "ln", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
           "acosh", "atanh")
# They jump, so that last digits matter.
STEPWISE = ("ceil", "floor", "sgn", "round")
TIMES = ("minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year")

# Of a range of doubles or histograms.
COUNTING = ("count_over_time", "present_over_time", "changes", "resets")
CHOOSING = ("last_over_time", "first_over_time")
ADDING = ("sum_over_time", "avg_over_time", "rate", "increase", "delta", "irate", "idelta")
# Of a range of doubles alone.
EXTREMES = ("min_over_time", "max_over_time")
DOUBLES_ONLY = ("stddev_over_time", "stdvar_over_time", "deriv", "mad_over_time", "integral")
WHEN = ("ts_of_min_over_time", "ts_of_max_over_time", "ts_of_first_over_time", "ts_of_last_over_time")
# Those that stand with `anchored` and with `smoothed`.
ANCHORED = ("resets", "changes", "rate", "increase", "delta")
SMOOTHED = ("rate", "increase", "delta")

OF_BUCKETS = ("histogram_stddev", "histogram_stdvar")
OF_HISTOGRAMS = ("histogram_count", "histogram_sum", "histogram_avg", *OF_BUCKETS)
