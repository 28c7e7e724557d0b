#include "query/outline.h"

#include "query/data_range.h"
#include "query/stepwise.h"

namespace weir::query {

TimeRange Outline::reach(const Engine::Range& range) const {
  return data_range(*expr_, range, options_);
}

bool Outline::is_stepwise() const {
  return query::is_stepwise(*expr_);
}

}  // namespace weir::query
