#pragma once

#include <string>
#include <string_view>

#include "rules/template/format_writer.h"
#include "rules/template/value.h"

namespace weir::rules::templates {

/// Prints values of all types, each with a verb of Go's formats. Appends to a text; after fmt/print.go.
class ValuePrinter {
 public:
  /// Once there is more than `bytes_max`, nothing more is printed: padding can make much of little.
  explicit ValuePrinter(std::string& out, size_t bytes_max = std::string::npos)
      : writer_(out), bytes_max_(bytes_max) {}

  /// Flags, width and precision of what comes next.
  FormatWriter::Flags& flags() { return writer_.flags(); }
  /// What does not know the verb is printed as `%!d(string=x)`. `is_inner`: inside of another value.
  void print(const Value& value, char verb, bool is_inner = false);
  /// `%!z(int=5)`
  void bad_verb(const Value& value, std::string_view verb);
  /// `int=5`
  void typed(const Value& value);
  /// `{map[a:b] 5}`
  void fields(const QueriedSample& sample, char verb);
  void fields(const Data& data, char verb);

 private:
  bool known(const Value& value, char verb, bool is_inner);
  bool composite(const Value& value, char verb, bool is_inner);
  bool pointer(bool is_null, char verb);
  template <typename Map>
  void entries(const Map& map, char verb);
  void field(std::string_view name, bool is_first);

  FormatWriter writer_;
  size_t bytes_max_;
};

}  // namespace weir::rules::templates
