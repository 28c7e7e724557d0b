#include "store/embedded/found_exemplars.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace weir::store::embedded {

Postings match_any(const LabelIndex& index, std::span<const std::vector<Matcher>> selectors) {
  Postings all;
  for (const std::vector<Matcher>& matchers : selectors) {
    const Postings found = match_series(index, matchers);
    Postings both;
    std::ranges::set_union(all, found, std::back_inserter(both));
    all = std::move(both);
  }
  return all;
}

Status FoundExemplars::add(LabelsView labels, const ExemplarColumns& exemplars, const MaskedRanges& masked) {
  ExemplarColumns* series = nullptr;  // until one is found: a series without any is not in the answer
  for (size_t i = 0; i < exemplars.size(); ++i) {
    const Exemplar exemplar = exemplars[i];
    const TimestampMs at = exemplar.timestamp_ms;
    if (!request_.range.contains(at) || touches(masked, {at, at})) continue;
    if (++count_ > request_.exemplars_max)
      return resource_exhausted(fmt::format("exemplars: more than {} match", request_.exemplars_max));
    if (series == nullptr) series = &series_[Labels(labels)];
    series->add(exemplar);
  }
  return {};
}

std::vector<SeriesExemplars> FoundExemplars::finish() {
  std::vector<SeriesExemplars> all;
  for (auto& [labels, exemplars] : series_) {
    exemplars.make_ascending();
    all.push_back({labels, std::move(exemplars)});
  }
  return all;
}

Status read_exemplars(const Block& block, TenantId tenant, const ExemplarRequest& request,
                      FoundExemplars& found) {
  const BlockTenant* index = block.range().overlaps(request.range) ? block.tenant(tenant) : nullptr;
  if (index == nullptr || !block.footer().has_lists) return {};
  std::vector<ChunkRef> chunks;
  ExemplarColumns exemplars;
  std::string labels;
  for (const uint32_t series : match_any(*index, request.selectors)) {
    chunks.clear();
    index->append_list(series, ChunkList::kExemplars, chunks);
    for (const ChunkRef& chunk : chunks) {
      if (!chunk.range.overlaps(request.range)) continue;
      exemplars.clear();
      RETURN_IF_ERROR(block.read_exemplars(chunk, exemplars));
      labels.clear();
      index->append_labels(series, labels);
      RETURN_IF_ERROR(found.add(LabelsView(labels), exemplars, block.masked(tenant, series)));
    }
  }
  return {};
}

}  // namespace weir::store::embedded
