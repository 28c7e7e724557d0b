#include "aggregation/output_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/suggest.h"
#include "query/literals.h"

namespace weir::aggregation {
namespace {

constexpr std::string_view kQuantileBegin = "quantile(";
// More than the longest name of a label takes with all its bytes escaped.
constexpr size_t kTextBytesMax = 16 * 1024;

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

Result<OutputKind> parse_kind(std::string_view word) {
  const auto found = std::find(kOutputNames.begin(), kOutputNames.end(), word);
  if (found != kOutputNames.end()) return static_cast<OutputKind>(found - kOutputNames.begin());
  return invalid_argument(fmt::format("unknown output \"{}\"{}; allowed are {}", word,
                                      did_you_mean(word, kOutputNames), fmt::join(kOutputNames, ", ")));
}

Result<double> parse_quantile(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || !(value >= 0 && value <= 1))
    return invalid_argument(fmt::format("quantile \"{}\" is not a number from 0 to 1", text));
  return value + 0.0;  // -0 is 0
}

Result<std::vector<Output>> parse_quantiles(std::string_view text) {
  std::vector<Output> out;
  for (bool more = true; more;) {
    const size_t end = text.find(',');
    more = end != std::string_view::npos;
    ASSIGN_OR_RETURN(const double quantile, parse_quantile(trimmed(text.substr(0, end))));
    out.push_back({.kind = OutputKind::kQuantile, .label = {}, .quantile = quantile});
    if (more) text.remove_prefix(end + 1);
  }
  return out;
}

// A name, or any text in quotes.
Result<std::string> parse_label(std::string_view text) {
  constexpr std::string_view kQuotes = "\"'`";
  if (text.empty())
    return invalid_argument("distinct() lacks a label; without parentheses it counts distinct values");
  std::string label(text);
  if (kQuotes.find(text.front()) != std::string_view::npos) {
    if (text.size() < 2 || text.back() != text.front())
      return invalid_argument(fmt::format("the label {} lacks its closing quote", text));
    ASSIGN_OR_RETURN(label, query::unquote(text));
  } else if (text.find_first_of(",()\"'`") != std::string_view::npos) {
    return invalid_argument(
        fmt::format("\"{}\" is not one label: write distinct(a) and distinct(b) for two, and quotes "
                    "around one with such characters",
                    text));
  }
  if (!query::is_label_name(label))
    return invalid_argument(fmt::format("{} is not the name of a label", text));
  return label;
}

/// Reads a list of outputs. Lives for one call.
class OutputList {
 public:
  explicit OutputList(BoundedReader& reader) : reader_(reader) {}

  std::vector<Output> read(const yaml::Node& node) {
    items_ = reader_.items(node, "outputs", reader_.limits().outputs_max);
    while (next_ < items_.size()) {
      const yaml::Node& item = *items_[next_++];
      if (const auto text = reader_.text(item, "outputs", kTextBytesMax)) add(item, rejoined(item, *text));
    }
    return std::move(outputs_);
  }

 private:
  // Between brackets YAML splits a plain quantile(0.5, 0.99) at its comma.
  std::string rejoined(const yaml::Node& item, std::string text) {
    const auto is_plain = [](const yaml::Node& node) {
      return node.kind == yaml::Kind::kScalar && node.tag == "?";
    };
    if (!is_plain(item) || !text.starts_with(kQuantileBegin)) return text;
    while (text.find(')') == std::string::npos && next_ < items_.size() && is_plain(*items_[next_]))
      text += ", " + items_[next_++]->value;
    return text;
  }

  void add(const yaml::Node& item, std::string_view text) {
    const auto outputs = parse_outputs(text);
    if (!outputs.ok()) return reader_.problem(item.mark, "outputs: " + outputs.error().message);
    for (const Output& output : *outputs) {
      if (const auto refused = refusal(output)) return reader_.problem(item.mark, "outputs: " + *refused);
      outputs_.push_back(output);
    }
  }

  std::optional<std::string> refusal(const Output& output) const {
    const DefinitionLimits& limits = reader_.limits();
    if (output.label.size() > limits.name_bytes_max)
      return fmt::format("a label of {} bytes, limit {}", output.label.size(), limits.name_bytes_max);
    if (std::find(outputs_.begin(), outputs_.end(), output) != outputs_.end())
      return fmt::format("\"{}\" is there twice", output_text(output));
    if (outputs_.size() >= limits.outputs_max) return fmt::format("more than {}", limits.outputs_max);
    return std::nullopt;
  }

  BoundedReader& reader_;
  std::vector<const yaml::Node*> items_;
  size_t next_ = 0;  // of items_
  std::vector<Output> outputs_;
};

}  // namespace

Result<std::vector<Output>> parse_outputs(std::string_view text) {
  const size_t open = text.find('(');
  ASSIGN_OR_RETURN(const OutputKind kind, parse_kind(trimmed(text.substr(0, open))));
  if (open == std::string_view::npos) {
    if (kind == OutputKind::kQuantile)
      return invalid_argument("quantile needs a number from 0 to 1, such as quantile(0.99)");
    return std::vector<Output>{{.kind = kind, .label = {}}};
  }
  const std::string_view rest = trimmed(text.substr(open + 1));
  if (!rest.ends_with(')'))
    return invalid_argument(fmt::format("\"{}\" lacks its closing parenthesis", text));
  const std::string_view argument = trimmed(rest.substr(0, rest.size() - 1));
  if (kind == OutputKind::kQuantile) return parse_quantiles(argument);
  if (kind != OutputKind::kDistinct) {
    return invalid_argument(fmt::format("{} takes nothing in parentheses; distinct and quantile do",
                                        kOutputNames[static_cast<size_t>(kind)]));
  }
  ASSIGN_OR_RETURN(std::string label, parse_label(argument));
  return std::vector<Output>{{.kind = kind, .label = std::move(label)}};
}

std::vector<Output> read_outputs(const yaml::Node& node, BoundedReader& reader) {
  return OutputList(reader).read(node);
}

}  // namespace weir::aggregation
