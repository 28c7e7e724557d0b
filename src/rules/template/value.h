#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/sample.h"

/// What a template computes with: the types of Go that occur in Prometheus' templates. Values are cheap to
/// copy: what is large is shared.
namespace weir::rules::templates {

using LabelMap = std::map<std::string, std::string>;

/// The value of a sample: a double or a native histogram.
using SampleValue = std::variant<double, HistogramPtr>;

/// One series of an answer, or what an alert is made of.
struct QueriedSample {
  LabelMap labels;
  SampleValue value = 0.0;
};
using SamplePtr = std::shared_ptr<const QueriedSample>;

/// Nothing at all, as `.x` where there is no data: printed as "<no value>".
struct None {};
/// A nil where any type may stand, as an argument that is not there: printed as "<nil>".
struct Nil {};

/// A whole number; its type shows in messages, and a month prints as its name.
struct Integer {
  enum class Type { kInt, kInt32, kInt64, kByte, kMonth, kWeekday };
  int64_t value = 0;
  Type type = Type::kInt;
};

/// Text, or HTML that is not to be escaped, which is a type of its own.
struct Text {
  std::shared_ptr<const std::string> shared;
  bool is_html = false;

  const std::string& str() const { return *shared; }
};

struct Time {
  int64_t ns = 0;  ///< Since 1970, UTC.
};
struct Duration {
  int64_t ns = 0;
};

/// An answer to a query. Sorting one sorts it for everybody who holds it, as in Go.
using VectorPtr = std::shared_ptr<std::vector<SamplePtr>>;
using LabelMapPtr = std::shared_ptr<const LabelMap>;

struct Value;
/// What `args` makes: arg0, arg1, ...
struct ArgumentMap;
using ArgumentMapPtr = std::shared_ptr<const ArgumentMap>;

/// What a template is about: `.Labels`, `.Value`, `.ExternalLabels`, `.ExternalURL`.
struct Data {
  LabelMapPtr labels;
  SampleValue value = 0.0;
  LabelMapPtr external_labels;
  std::string external_url;
};
using DataPtr = std::shared_ptr<const Data>;

struct Value {
  std::variant<None, Nil, bool, Integer, double, Text, LabelMapPtr, ArgumentMapPtr, SamplePtr, VectorPtr,
               DataPtr, Time, Duration, HistogramPtr>
      held;

  template <typename T>
  const T* get() const {
    return std::get_if<T>(&held);
  }
  template <typename T>
  bool is() const {
    return std::holds_alternative<T>(held);
  }
};

struct ArgumentMap {
  std::map<std::string, Value> values;
  size_t depth = 1;   ///< Of such maps inside one another.
  size_t weight = 0;  ///< Of all values.
};

Value text_value(std::string text);
Value sample_value(const SampleValue& value);

/// Go's name of the type: "float64", "map[string]string", "*template.sample".
std::string_view type_name(const Value& value);

/// What `if` thinks of it: empty, zero and nil are false.
bool is_true(const Value& value);

/// How much it holds, in bytes or items of a map or an answer; 0 for other values.
size_t size_of(const Value& value);

/// About how many bytes it prints as.
size_t weight_of(const Value& value);

}  // namespace weir::rules::templates
