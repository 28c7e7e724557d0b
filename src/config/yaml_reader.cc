#include "config/yaml_reader.h"

#include <utility>

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include "config/loader.h"
#include "yaml/document.h"

namespace weir::config {
namespace {

Error error_at(const yaml::Node& node, std::string_view what) {
  return invalid_argument(fmt::format("{}: {}", yaml::to_text(node.mark), what));
}

Status check_tag(const yaml::Node& node) {
  if (!node.has_tag()) return {};
  return error_at(node, fmt::format("a tag ({}); a configuration has none", node.tag));
}

// Turns a tree into entries with the keys of all levels joined.
class Flattener {
 public:
  Status map(const yaml::Node& node, const std::string& prefix) {
    RETURN_IF_ERROR(check_tag(node));
    for (const auto& [key, value] : node.entries) {
      ASSIGN_OR_RETURN(const std::string name, full_key(*key, prefix));
      RETURN_IF_ERROR(entry(name, *value));
    }
    return {};
  }

  std::vector<FileEntry> take() && { return std::move(entries_); }

 private:
  Result<std::string> full_key(const yaml::Node& key, const std::string& prefix) {
    if (key.kind == yaml::Kind::kNull) return error_at(key, "no key");
    if (key.kind == yaml::Kind::kList) return error_at(key, "a list where a key is expected");
    if (key.kind == yaml::Kind::kMap) return error_at(key, "keys inside a list or a key");
    RETURN_IF_ERROR(check_tag(key));
    std::string name = prefix + key.value;
    if (!seen_.insert(name).second) return error_at(key, name + ": set twice");
    return name;
  }

  Status entry(const std::string& key, const yaml::Node& value) {
    if (value.kind == yaml::Kind::kNull)
      return error_at(value, fmt::format("{}: no value; write \"\" for empty text", key));
    if (value.kind == yaml::Kind::kMap) return map(value, key + ".");
    RETURN_IF_ERROR(check_tag(value));
    std::string text = value.value;
    if (value.kind == yaml::Kind::kList) {
      ASSIGN_OR_RETURN(text, joined(value));
    }
    entries_.push_back({key, std::move(text), value.mark.line, value.mark.column});
    return {};
  }

  // The items of a list of values, with commas between.
  static Result<std::string> joined(const yaml::Node& list) {
    std::string items;
    for (const yaml::Node* item : list.items) {
      if (item->kind == yaml::Kind::kNull) return error_at(*item, "no value; write \"\" for empty text");
      if (item->kind == yaml::Kind::kList) return error_at(*item, "a list where a key is expected");
      if (item->kind == yaml::Kind::kMap) return error_at(*item, "keys inside a list or a key");
      RETURN_IF_ERROR(check_tag(*item));
      if (!items.empty()) items += ',';
      items += item->value;
    }
    return items;
  }

  absl::flat_hash_set<std::string> seen_;
  std::vector<FileEntry> entries_;
};

}  // namespace

Result<std::vector<FileEntry>> read_yaml(std::string_view text) {
  ASSIGN_OR_RETURN(const yaml::Document document, yaml::parse(text, {.depth_max = kFileDepthMax}));
  // A file of comments is an empty configuration.
  if (document.root == nullptr || document.root->kind == yaml::Kind::kNull) return std::vector<FileEntry>();
  if (document.root->kind == yaml::Kind::kScalar)
    return error_at(*document.root, "expected keys such as \"server.listen: 127.0.0.1:8080\"");
  if (document.root->kind == yaml::Kind::kList)
    return error_at(*document.root, "a list where a key is expected");
  Flattener flattener;
  RETURN_IF_ERROR(flattener.map(*document.root, ""));
  return std::move(flattener).take();
}

}  // namespace weir::config
