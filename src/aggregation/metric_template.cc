#include "aggregation/metric_template.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/suggest.h"

namespace weir::aggregation {
namespace {

constexpr std::string_view kPlaceholders[] = {"metric", "window", "output"};

}  // namespace

std::optional<TemplateFault> template_fault(std::string_view text) {
  for (size_t at = 0; (at = text.find_first_of("{}", at)) != std::string_view::npos;) {
    if (text[at] == '}') return TemplateFault{at, "\"}\" without a \"{\" before it"};
    const size_t end = text.find_first_of("{}", at + 1);
    if (end == std::string_view::npos || text[end] == '{')
      return TemplateFault{at, "\"{\" without a \"}\" behind it"};
    const std::string_view word = text.substr(at + 1, end - at - 1);
    if (std::find(std::begin(kPlaceholders), std::end(kPlaceholders), word) == std::end(kPlaceholders)) {
      return TemplateFault{
          at, fmt::format("unknown placeholder \"{{{}}}\"{}; there are {{metric}}, {{window}} and {{output}}",
                          word, did_you_mean(word, kPlaceholders))};
    }
    at = end + 1;
  }
  return std::nullopt;
}

std::string expand_template(std::string_view text, const MetricWords& words) {
  std::string out;
  while (!text.empty()) {
    const size_t begin = std::min(text.find('{'), text.size());
    out += text.substr(0, begin);
    text.remove_prefix(begin);
    const size_t end = text.find('}');
    if (end == std::string_view::npos) break;
    const std::string_view placeholder = text.substr(0, end + 1);
    if (placeholder == "{metric}") {
      out += words.metric;
    } else if (placeholder == "{window}") {
      out += words.window;
    } else {
      out += placeholder == "{output}" ? words.output : placeholder;
    }
    text.remove_prefix(end + 1);
  }
  return out.append(text);
}

}  // namespace weir::aggregation
