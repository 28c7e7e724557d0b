#include "model/regex_shape.h"

#include <algorithm>

namespace weir {

const std::vector<std::string> RegexShape::kNone;

/// Reads an expression from left to right; gives up at whatever it does not know.
class RegexShape::Reader {
 public:
  explicit Reader(std::string_view regex) : rest_(regex) {}

  std::optional<RegexShape> read() {
    take("^");  // matches are whole anyway
    RegexShape shape;
    shape.before_ = around();
    if (!alternatives(shape.texts_, true)) return std::nullopt;
    shape.behind_ = around();
    take("$");
    if (!rest_.empty()) return std::nullopt;
    shape.exact_ = shape.before_ == Around::kNothing && shape.behind_ == Around::kNothing;
    const bool empty_text = std::ranges::find(shape.texts_, "") != shape.texts_.end();
    if (!shape.exact_ && (empty_text || alternated_)) return std::nullopt;  // `.*a|b` is not `.*(a|b)`
    std::ranges::sort(shape.texts_);
    shape.texts_.erase(std::unique(shape.texts_.begin(), shape.texts_.end()), shape.texts_.end());
    return shape;
  }

 private:
  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  Around around() {
    if (take(".*")) return Around::kAnything;
    return take(".+") ? Around::kSomething : Around::kNothing;
  }

  bool alternatives(std::vector<std::string>& out, bool outermost) {
    if (!sequence(out)) return false;
    while (take("|")) {
      alternated_ = alternated_ || outermost;
      std::vector<std::string> more;
      if (!sequence(more)) return false;
      out.insert(out.end(), more.begin(), more.end());
      if (out.size() > kTextsMax) return false;
    }
    return true;
  }

  // Literals and groups of alternatives behind each other: all ways to choose from them.
  bool sequence(std::vector<std::string>& out) {
    out.assign(1, "");
    while (!rest_.empty() && !ends_sequence()) {
      if (take("(?:") || take("(")) {
        std::vector<std::string> choices;
        if (++depth_ > kDepthMax || !alternatives(choices, false) || !take(")")) return false;
        --depth_;
        if (!multiply(out, choices)) return false;
      } else if (const auto literal = character()) {
        for (std::string& text : out) text += *literal;
      } else {
        return false;
      }
      if (!rest_.empty() && std::string_view("*+?{").find(rest_.front()) != std::string_view::npos)
        return false;
    }
    return true;
  }

  bool ends_sequence() const {
    return rest_.front() == '|' || rest_.front() == ')' || rest_ == "$" || rest_.starts_with(".*") ||
           rest_.starts_with(".+");
  }

  static bool multiply(std::vector<std::string>& texts, const std::vector<std::string>& choices) {
    if (texts.size() * choices.size() > kTextsMax) return false;
    std::vector<std::string> all;
    for (const std::string& text : texts) {
      for (const std::string& choice : choices) all.push_back(text + choice);
    }
    texts = std::move(all);
    return true;
  }

  std::optional<char> character() {
    constexpr std::string_view kSpecial = "\\.+*?()|[]{}^$";
    char next = rest_.front();
    rest_.remove_prefix(1);
    if (kSpecial.find(next) == std::string_view::npos) return next;
    if (next != '\\' || rest_.empty()) return std::nullopt;
    next = rest_.front();
    rest_.remove_prefix(1);
    const bool escaped = kSpecial.find(next) != std::string_view::npos || next == '-' || next == '/';
    return escaped ? std::optional(next) : std::nullopt;
  }

  static constexpr int kDepthMax = 8;

  std::string_view rest_;
  int depth_ = 0;
  bool alternated_ = false;  // at the outermost level
};

std::optional<RegexShape> RegexShape::of(std::string_view regex) {
  return Reader(regex).read();
}

bool RegexShape::matches(std::string_view text) const {
  if (exact_) return std::binary_search(texts_.begin(), texts_.end(), text, std::less<>());
  return std::ranges::any_of(texts_, [&](const std::string& literal) { return contains(text, literal); });
}

bool RegexShape::contains(std::string_view text, std::string_view literal) const {
  if (text.size() < literal.size()) return false;
  const size_t last = text.size() - literal.size();
  if (before_ == Around::kNothing) return text.starts_with(literal) && fits({}, text.substr(literal.size()));
  if (behind_ == Around::kNothing) return text.ends_with(literal) && fits(text.substr(0, last), {});
  // Some place that leaves a character where one must be.
  const size_t first = before_ == Around::kSomething ? 1 : 0;
  const size_t at = text.find(literal, first);
  return at != std::string_view::npos && at + (behind_ == Around::kSomething ? 1 : 0) <= last;
}

bool RegexShape::fits(std::string_view before, std::string_view behind) const {
  return (before_ != Around::kSomething || !before.empty()) &&
         (behind_ != Around::kSomething || !behind.empty());
}

}  // namespace weir
