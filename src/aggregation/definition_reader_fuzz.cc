#include <cstddef>
#include <cstdint>
#include <string_view>

#include "aggregation/definition_reader.h"
#include "base/check.h"

// Any bytes are aggregations or have problems, each at a place in them; what is good is written and read back
// as the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const aggregation::DefinitionFile file = aggregation::parse_definitions(text);
  for (const yaml::Problem& problem : file.problems) {
    CHECK(problem.mark.line >= 1 && problem.mark.line <= size + 1, problem.message);
    CHECK(problem.mark.column >= 1 && problem.mark.column <= size + 1, problem.message);
  }
  if (!file.problems.empty()) return 0;
  for (const aggregation::Definition& definition : file.definitions) {
    const std::string written = aggregation::to_yaml(definition);
    const aggregation::DefinitionFile again = aggregation::parse_definition(written);
    CHECK(again.problems.empty() && again.definitions.size() == 1, written);
    CHECK(again.definitions.front() == definition, written);
  }
  return 0;
}
