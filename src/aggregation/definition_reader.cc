#include "aggregation/definition_reader.h"

#include <utility>

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include "aggregation/definition_parser.h"
#include "yaml/file_document.h"

namespace weir::aggregation {
namespace {

constexpr std::string_view kFileFields[] = {"aggregations"};

/// Definitions of one file. Lives for one call.
class FileReader {
 public:
  FileReader(std::string_view text, const DefinitionLimits& limits, DefinitionFile& out)
      : limits_(limits), out_(out), reader_(text, limits, out.problems) {}

  void file(const yaml::Node& root) {
    for (const yaml::Field& field : reader_.fields(root, "file of aggregations", kFileFields)) {
      for (const yaml::Node* item : reader_.items(*field.value, "aggregations", limits_.definitions_max)) {
        if (out_.problems.size() >= limits_.problems_max) return;
        definition(*item);
      }
    }
  }

  void definition(const yaml::Node& node) {
    if (node.kind == yaml::Kind::kNull) {
      reader_.problem(node.mark, "aggregation: there is nothing in it");
      return;
    }
    DefinitionParser parser(node, reader_);
    Definition definition = parser.parse();
    if (!definition.name.empty()) check_unique(definition.name, parser.name_mark());
    out_.definitions.push_back(std::move(definition));
  }

 private:
  void check_unique(const std::string& name, yaml::Mark mark) {
    const auto [first, is_new] = lines_.try_emplace(name, mark.line);
    if (is_new) return;
    reader_.problem(mark, fmt::format("name: \"{}\" is there twice, first at line {}", name, first->second));
  }

  const DefinitionLimits& limits_;
  DefinitionFile& out_;
  BoundedReader reader_;
  absl::flat_hash_map<std::string, size_t> lines_;
};

template <typename Read>
DefinitionFile parse(std::string_view text, const DefinitionLimits& limits, Read read) {
  DefinitionFile out;
  const auto document = yaml::parse_file(text, limits.bytes_max, {.aliases = true}, out.problems);
  if (document) read(FileReader(text, limits, out), document->root, out);
  yaml::sort_by_place(out.problems);
  if (out.problems.size() > limits.problems_max) out.problems.resize(limits.problems_max);
  return out;
}

}  // namespace

DefinitionFile parse_definitions(std::string_view text, const DefinitionLimits& limits) {
  return parse(text, limits, [](FileReader reader, const yaml::Node* root, DefinitionFile&) {
    if (root != nullptr) reader.file(*root);
  });
}

DefinitionFile parse_definition(std::string_view text, const DefinitionLimits& limits) {
  return parse(text, limits, [](FileReader reader, const yaml::Node* root, DefinitionFile& out) {
    if (root != nullptr && root->kind != yaml::Kind::kNull) return reader.definition(*root);
    out.problems.push_back({{}, "aggregation: there is nothing in it"});
  });
}

}  // namespace weir::aggregation
