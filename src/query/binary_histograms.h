#pragma once

#include "query/binary.h"
#include "query/notes.h"

namespace weir::query {

/// Whether an operator has a result for two values, of which null ones are doubles. Where it has none,
/// Prometheus does as if the two had not met: neither is matched then.
bool joins(BinaryOp op, const Histogram* left, const Histogram* right);

/// Does for the histograms among the operands of one binary operator what `combine` does for doubles. Where
/// an operator cannot join two values there is none, and a note says so. Lives for the evaluation of the
/// operator.
class HistogramCombiner {
 public:
  HistogramCombiner(Evaluation& evaluation, const Expr& expr, const Binary& binary);

  /// Mends `out`, which `combine` has filled from the values of both: where one of them has a histogram, what
  /// is there means nothing yet.
  Status combine(const Series& left, const Series& right, Series& out);
  /// For each vector that meets a scalar, before `combine`: doubles cannot be trimmed.
  void check_doubles(const Series& series);
  /// The same as `combine` with a scalar, in place: the values of `series` are what `combine` has made of
  /// them, its histograms still the operand's.
  Status combine_with_scalar(Series& series, const Column& scalar, bool scalar_left);

 private:
  struct Side {
    const Histogram* histogram;  // null: a double
    double value;
  };
  Point join(const Side& left, const Side& right);
  Point join_histograms(const Histogram& left, const Histogram& right);
  Point scaled(const Histogram& histogram, double number);
  Point total(const Histogram& left, const Histogram& right);
  Status put(Series& out, size_t step, Point point);

  Evaluation& evaluation_;
  const Binary& binary_;
  Notes layouts_;
  Notes two_doubles_;  // each about what the operator was given
  Notes double_first_;
  Notes histogram_first_;
  Notes two_histograms_;
};

}  // namespace weir::query
