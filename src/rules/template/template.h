#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "rules/template/functions.h"
#include "rules/template/parser.h"
#include "rules/template/value.h"

namespace weir::rules::templates {

/// A template of a label or an annotation, in the language of Go's text/template with Prometheus' functions.
/// `$labels`, `$value`, `$externalLabels` and `$externalURL` are defined. Immutable; safe from any thread,
/// and copies share.
class Template {
 public:
  /// `name` is what messages call it. The text must be UTF-8. Nothing is executed.
  static std::variant<Template, TemplateFault> parse(std::string name, std::string text);

  /// The text with everything put in. Calls `surroundings.query` as often as the template asks, and waits for
  /// it. Errors: those of the template in Go's words ("template: NAME:1:3: executing ..."), and
  /// kResourceExhausted where it would cost more than `limits`; so it always ends.
  Result<std::string> expand(const Data& data, const Surroundings& surroundings,
                             const ExpansionLimits& limits = {}) const;

 private:
  struct Parsed;
  explicit Template(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}

  std::shared_ptr<const Parsed> parsed_;
};

}  // namespace weir::rules::templates
