#include <utility>

#include "aggregation/definition_reader.h"
#include "app/cli/commands.h"
#include "app/cli/file_check.h"

namespace weir::app::cli {
namespace {

void read_aggregations(CheckedFile& file) {
  aggregation::DefinitionFile found = aggregation::parse_definitions(file.text);
  file.counts = {{"aggregations", found.definitions.size()}};
  file.problems = std::move(found.problems);
}

}  // namespace

int run_aggregations_check(const AggregationsCheckCommand& command, Console& console) {
  const FileCheck check{.command = "aggregations check",
                        .bytes_max = aggregation::DefinitionLimits().bytes_max,
                        .read = read_aggregations};
  return check_files(check, command.files, command.json, console);
}

}  // namespace weir::app::cli
