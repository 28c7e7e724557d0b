#include "wire/tsdb/block_meta.h"

#include <fmt/format.h>
#include <simdjson.h>

namespace weir::wire::tsdb {
namespace {

namespace dom = simdjson::dom;
constexpr int64_t kVersion = 1;

Error damaged(std::string_view what) {
  return corruption(fmt::format("meta.json: {}", what));
}

}  // namespace

Result<BlockMeta> parse_block_meta(std::string_view json) {
  dom::parser parser;
  dom::element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root))
    return damaged(simdjson::error_message(error));

  int64_t version = 0;
  if (root["version"].get(version)) return damaged("no version");
  if (version != kVersion) return unsupported(fmt::format("meta.json: version {}", version));
  BlockMeta meta;
  std::string_view ulid;
  if (root["ulid"].get(ulid) || root["minTime"].get(meta.mint_ms) || root["maxTime"].get(meta.end_ms))
    return damaged("no ulid, minTime or maxTime");
  meta.ulid = ulid;
  const auto count = [&](std::string_view pointer, uint64_t& out) {
    uint64_t value = 0;
    if (!root.at_pointer(pointer).get(value)) out = value;
  };
  count("/stats/numSamples", meta.samples);
  count("/stats/numSeries", meta.series);
  dom::array parents;
  if (!root.at_pointer("/compaction/parents").get(parents)) {
    for (const dom::element parent : parents) {
      if (!parent["ulid"].get(ulid)) meta.parents.emplace_back(ulid);
    }
  }
  return meta;
}

}  // namespace weir::wire::tsdb
