#pragma once

#include "query/evaluation.h"

/// Series that go into an aggregation one by one, as the store has them, so that no vector of them is made.
namespace weir::query {

/// A selector or a function of one, whose series can be visited one after the other.
struct Stream {
  const Expr* expr = nullptr;  ///< A selector or a call of a range function.
  bool drops_name = false;     ///< The values are not the metric's any more.
};

/// The stream that an expression is; nothing for other expressions, for those that are the same at all steps,
/// and where a range function may have to refuse series that differ by their names alone.
std::optional<Stream> stream_of(const Expr& expr);

Status visit_stream(Evaluation& evaluation, const Stream& stream, const Steps& steps,
                    Evaluation::StreamVisitor visit);

}  // namespace weir::query
