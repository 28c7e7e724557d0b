#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/document.h"
#include "yaml/problem.h"

namespace weir::yaml {

/// A key and its value.
struct Field {
  std::string name;
  const Node* key = nullptr;
  const Node* value = nullptr;
};

/// What becomes of fields that are not known.
enum class UnknownFields { kRefuse, kPassOver };

/// Reads values of a YAML tree as the types of a file in Prometheus' ways, and keeps what is wrong with them.
/// An absent value (null) is the empty one of its type. Owned by one thread.
class FieldReader {
 public:
  explicit FieldReader(std::vector<Problem>& problems, UnknownFields unknown = UnknownFields::kRefuse)
      : problems_(problems), unknown_(unknown) {}

  /// The keys of a map with what `<<` merges into it, each once; nothing for another value. `what` is what
  /// messages call it. With `known`, other keys are left out, and are problems unless they may be there.
  std::vector<Field> fields(const Node& node, std::string_view what,
                            std::optional<std::span<const std::string_view>> known);
  /// The items of a list; nothing for another value.
  std::vector<const Node*> items(const Node& node, std::string_view what);
  std::string text(const Node& node, std::string_view what);
  int64_t integer(const Node& node, std::string_view what);
  bool boolean(const Node& node, std::string_view what);
  /// The same, and `yes`, `on` and their like, as YAML 1.1 has them.
  bool loose_boolean(const Node& node, std::string_view what);
  /// What YAML 1.1 takes for a number: `1e3`, `0x10`, `1_000`, `.inf`, `.nan`; not text in quotes.
  double number(const Node& node, std::string_view what);
  /// Prometheus' form of durations, at most 2^63 nanoseconds (292 years).
  int64_t duration_ms(const Node& node, std::string_view what);

  void problem(Mark mark, std::string message) { problems_.push_back({mark, std::move(message)}); }

 private:
  void add(const Node& node, std::string_view what, std::vector<Field>& out);
  void merge(const Node& value, std::string_view what, std::vector<Field>& out);
  bool is_scalar(const Node& node, std::string_view what, std::string_view expected);

  std::vector<Problem>& problems_;
  UnknownFields unknown_;
};

}  // namespace weir::yaml
