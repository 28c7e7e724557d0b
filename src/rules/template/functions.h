#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rules/template/value.h"

/// The functions that templates can call: those of Go's text/template and those of Prometheus.
namespace weir::rules::templates {

/// Asks a PromQL expression at the time of the expansion, in the order in which the answer is to be walked.
using QueryFunction = std::function<Result<std::vector<QueriedSample>>(const std::string& expression)>;

/// What an expansion may use.
struct Surroundings {
  TimestampMs now_ms = 0;
  std::string external_url;  ///< Of this server, as users reach it.
  QueryFunction query;       ///< Without one every query is an error.
};

/// What an expansion may cost. Beyond them it fails.
struct ExpansionLimits {
  size_t steps_max = 200'000;  ///< Statements, commands and iterations; 64 bytes of text made count as one.
  size_t output_bytes_max = 1 << 20;  ///< Of the whole output, and of each text that a function makes.
  size_t depth_max = 200;             ///< Templates, blocks and calls inside one another.
};

/// What a parameter takes.
enum class Parameter {
  kAny,        ///< Everything; what is absent becomes nil.
  kReflected,  ///< Everything as it is.
  kString,
  kSample,
  kVector,
};

std::string_view type_name(Parameter parameter);

struct Call {
  std::span<const Value> arguments;
  const Surroundings& surroundings;
  const ExpansionLimits& limits;

  const std::string& text(size_t index) const { return arguments[index].get<Text>()->str(); }
};

struct Function {
  std::string_view name;
  std::vector<Parameter> parameters;
  std::optional<Parameter> more;      ///< What any number of further arguments are.
  Result<Value> (*run)(const Call&);  ///< Null for `and` and `or`, which do not evaluate all arguments.
  size_t steps = 0;                   ///< What a call takes beyond what its arguments and its result do.
};

/// Null when there is none of that name.
const Function* find_function(std::string_view name);

/// "; did you mean ...?" or "".
std::string similar_function(std::string_view name);

/// What Prometheus takes for a number: numbers, texts of one, durations in seconds.
Result<double> to_float(const Value& value);

// The parts of the table.

std::vector<Function> builtin_functions();
std::vector<Function> comparison_functions();
std::vector<Function> escaping_functions();
std::vector<Function> number_functions();
std::vector<Function> text_functions();
std::vector<Function> vector_functions();

}  // namespace weir::rules::templates
