#pragma once

#include <map>
#include <utility>

#include "store/store.h"

namespace weir::store {

/// All that `select` answers.
inline Result<std::map<Labels, SampleColumns>> selected(Store& store, TenantId tenant,
                                                        const SelectRequest& request) {
  ASSIGN_OR_RETURN(const auto set, store.select(tenant, request, Deadline::never()));
  std::map<Labels, SampleColumns> out;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, set->next());
    if (!more) return out;
    RETURN_IF_ERROR(set->read(out[Labels(set->labels())]));
  }
}

}  // namespace weir::store
