#include "app/cli/help_formatter.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace weir::app::cli {
namespace {

constexpr size_t kColumn = 40;
constexpr size_t kWidth = 90;

std::string wrap(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t end = text.size();
    if (end > kWidth) end = std::min(text.rfind(' ', kWidth), end);
    out.append(text.substr(0, end)).push_back('\n');
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() {
    column_width(kColumn);
    label("REQUIRED", "(required)");
  }
  std::string make_description(const CLI::App* app) const override { return wrap(app->get_description()); }
  std::string make_option_desc(const CLI::Option* option) const override {
    return first_sentence(option->get_description());
  }
  std::string make_option_usage(const CLI::Option* option) const override {
    return option->get_name(true) + (option->get_expected_max() > 1 ? "..." : "");
  }
  std::string make_subcommand(const CLI::App* command) const override {
    std::string line = "  " + command->get_name();
    line.resize(std::max(line.size() + 1, size_t{16}), ' ');
    return line + first_sentence(command->get_description()) + "\n";
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() {
  return std::make_shared<HelpFormatter>();
}

std::string first_sentence(const std::string& text) {
  const size_t end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

}  // namespace weir::app::cli
