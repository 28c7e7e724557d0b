#include "rules/template/template.h"

#include <utility>

#include "rules/template/executor.h"

namespace weir::rules::templates {

struct Template::Parsed {
  std::string name;
  std::string text;
  TemplateSet set;
};

std::variant<Template, TemplateFault> Template::parse(std::string name, std::string text) {
  auto parsed = std::make_shared<Parsed>(Parsed{std::move(name), std::move(text), {}});
  Parser parser(parsed->text, {"$labels", "$externalLabels", "$externalURL", "$value"});
  auto set = parser.parse(parsed->name);
  if (!set.ok()) return parser.fault(set.error());
  parsed->set = std::move(*set);
  return Template(std::move(parsed));
}

Result<std::string> Template::expand(const Data& data, const Surroundings& surroundings,
                                     const ExpansionLimits& limits) const {
  const Executor::Source source{parsed_->set, parsed_->name, parsed_->text};
  Executor executor(source, surroundings, limits);
  return executor.run({std::make_shared<const Data>(data)}, {{"$labels", {data.labels}},
                                                             {"$externalLabels", {data.external_labels}},
                                                             {"$externalURL", text_value(data.external_url)},
                                                             {"$value", sample_value(data.value)}});
}

}  // namespace weir::rules::templates
