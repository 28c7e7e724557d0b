#include <cstddef>
#include <cstdint>
#include <string>

#include "base/utf8.h"
#include "rules/template/template.h"

// Any text parses or is refused, and what parses ends, within its limits.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  using namespace weir::rules::templates;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (!is_utf8(text)) return 0;
  const auto parsed = Template::parse("fuzz", text);
  if (const auto* fault = std::get_if<TemplateFault>(&parsed)) {
    CHECK(fault->position <= text.size(), fault->message);
    return 0;
  }
  const auto labels = std::make_shared<const LabelMap>(LabelMap{{"instance", "a:1"}, {"job", "node"}});
  const Data about{labels, 91.5, labels, "http://localhost/weir"};
  const auto query = [&](const std::string& expression) -> Result<std::vector<QueriedSample>> {
    if (expression.empty()) return invalid_argument("no expression");
    return std::vector<QueriedSample>(expression.size() % 4, {*labels, 1.0});
  };
  const ExpansionLimits limits{.steps_max = 5'000, .output_bytes_max = 64 * 1024, .depth_max = 100};
  const auto output =
      std::get<Template>(parsed).expand(about, {1'700'000'000'000, "http://localhost/weir", query}, limits);
  if (output.ok()) CHECK(output->size() <= limits.output_bytes_max, "the output is within its limit");
  return 0;
}
