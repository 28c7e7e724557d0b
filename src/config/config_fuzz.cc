#include <cstddef>
#include <cstdint>
#include <string>

#include "config/loader.h"
#include "config/print.h"

// A configuration file of any bytes is refused or loaded; what was loaded prints as a file that loads again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using weir::config::FileText;
  using weir::config::Sources;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto variable = [](const std::string& name) -> std::optional<std::string> {
    return name == "A" ? std::optional<std::string>("${B}") : std::nullopt;
  };
  const auto loaded =
      weir::config::load({.file = FileText{"fuzz", text}, .environment = variable, .flags = {}});
  if (!loaded.ok()) return 0;
  const std::string printed = weir::config::print_effective(*loaded);
  const auto again =
      weir::config::load({.file = FileText{"printed", printed}, .environment = {}, .flags = {}});
  CHECK(again.ok(), again.error().message);
  return 0;
}
