#pragma once

#include "model/time_range.h"
#include "query/ast.h"
#include "query/engine.h"

namespace weir::query {

/// What is known of a range query before it is evaluated. Immutable; safe from any thread.
class Outline {
 public:
  Outline(ExprPtr expr, const EngineOptions& options) : expr_(std::move(expr)), options_(options) {}

  /// Inside of what times it reads for these steps: query/data_range.h.
  TimeRange reach(const Engine::Range& range) const;
  /// Whether answers to parts of the range make up the answer: query/stepwise.h.
  bool is_stepwise() const;

 private:
  ExprPtr expr_;
  EngineOptions options_;
};

}  // namespace weir::query
