#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "yaml/document.h"

namespace weir::yaml {

/// Something that is wrong or doubtful, and where.
struct Problem {
  Mark mark;
  std::string message;
};

/// `12:7: message`, as errors of `parse` have it, as place and message; the place is 1:1 when there is none.
Problem located(std::string_view message);

/// What is wrong with a scalar's value, at its place in `text`, which the scalar was parsed from. `message`
/// may begin with a place in the value, as those of PromQL do; else it is about all of it. `what` is put
/// before it.
Problem located_in(std::string_view text, const Node& scalar, std::string_view what,
                   std::string_view message);

/// In the order of the text; what stands at one place keeps its order.
void sort_by_place(std::vector<Problem>& problems);

}  // namespace weir::yaml
