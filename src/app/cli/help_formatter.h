#pragma once

#include <memory>
#include <string>

namespace CLI {
class FormatterBase;
}

namespace weir::app::cli {

/// How help looks: descriptions wrapped for a terminal, and one sentence for each command and option in a
/// list.
std::shared_ptr<CLI::FormatterBase> help_formatter();

/// "Run the server." of "Run the server. Needs no configuration."
std::string first_sentence(const std::string& text);

}  // namespace weir::app::cli
