#include "notify/inhibitor.h"

#include "base/bytes.h"

namespace weir::notify {
namespace {

std::string equal_values(const InhibitRule& rule, LabelsView labels) {
  std::string values;
  ByteWriter out(values);
  for (const std::string& name : rule.equal) out.text(labels.get(name));
  return values;
}

}  // namespace

void Inhibitor::add(LabelsView labels) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (!all_match(rules_[i].source, labels)) continue;
    Sources& sources = sources_[i][equal_values(rules_[i], labels)];
    sources.any = true;
    sources.other_than_target |= !all_match(rules_[i].target, labels);
  }
}

bool Inhibitor::inhibits(LabelsView labels) const {
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (!all_match(rules_[i].target, labels)) continue;
    const auto found = sources_[i].find(equal_values(rules_[i], labels));
    if (found == sources_[i].end()) continue;
    if (all_match(rules_[i].source, labels) ? found->second.other_than_target : found->second.any)
      return true;
  }
  return false;
}

}  // namespace weir::notify
