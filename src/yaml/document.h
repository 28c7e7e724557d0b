#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

/// YAML as a tree that knows where in the text everything stands.
namespace weir::yaml {

/// A place in the text. Both count from 1, columns in bytes.
struct Mark {
  size_t line = 1;
  size_t column = 1;
};

/// `line:column`.
std::string to_text(Mark mark);

enum class Kind { kNull, kScalar, kList, kMap };

/// A value of the document. Keys of a map come in the order of the text, and may be repeated.
struct Node {
  Kind kind = Kind::kNull;
  Mark mark;          ///< Where it begins; of a value with an anchor or a tag, where that begins.
  std::string tag;    ///< "?" for plain text without a tag, "!" for other text without one.
  std::string value;  ///< Of a scalar, whatever its style.
  std::vector<const Node*> items;
  std::vector<std::pair<const Node*, const Node*>> entries;

  bool has_tag() const { return !tag.empty() && tag != "?" && tag != "!"; }
};

/// What a document may be. An alias counts as all that it stands for.
struct Limits {
  size_t depth_max = 8;          ///< Maps and lists inside one another, aliases followed.
  size_t nodes_max = 1'000'000;  ///< Keys and values, aliases followed.
  bool aliases = false;          ///< Whether anchors and aliases are allowed at all.
  bool first_only = false;  ///< Whether what follows the first document is passed over; else it is refused.
};

/// A parsed text; owns its nodes.
struct Document {
  std::deque<Node> nodes;
  const Node* root = nullptr;  ///< Null when there is nothing but comments.
  std::optional<Mark> second;  ///< Where a second document begins that was passed over.
};

/// Parses a text of one document. Never throws. What is refused: other bytes than `check_text` takes, bad
/// syntax, a second document, an alias inside what it stands for, and what `limits` says. Errors:
/// kInvalidArgument or kResourceExhausted, with `line:column: ` first.
Result<Document> parse(std::string_view text, const Limits& limits);

}  // namespace weir::yaml
