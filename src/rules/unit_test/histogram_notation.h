#pragma once

#include <string>

#include "base/result.h"
#include "model/histogram.h"
#include "rules/unit_test/notation_cursor.h"

/// Native histograms as Prometheus' tests write them: `{{schema:1 sum:5 count:4 buckets:[1 2 1]}}`.
namespace weir::rules::unit_test {

/// Reads one from its `{{` to its `}}`. The fields, all optional, each once, parted by blanks: `schema`,
/// `sum`, `count`, `z_bucket`, `z_bucket_w`, `custom_values`, `counter_reset_hint` (unknown, reset,
/// not_reset, gauge), `buckets` and `n_buckets` with the index of their first one in `offset` and `n_offset`.
/// It may be one that `validate` refuses. Errors: kInvalidArgument with `line:column: ` first.
Result<Histogram> parse_histogram(NotationCursor& cursor);

/// The text of a histogram that any one with the same data has: no empty buckets at the ends, fields that are
/// 0 left out. It is Prometheus' text (FloatHistogram.TestExpression), but where more than a thousand empty
/// buckets lie between others: there `offset` and `buckets` begin anew.
std::string histogram_notation(const Histogram& histogram);

}  // namespace weir::rules::unit_test
