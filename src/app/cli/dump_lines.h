#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "log/embedded/segment_scanner.h"
#include "model/batch.h"
#include "store/embedded/block.h"
#include "store/embedded/manifest.h"

/// What lies in files, as lines: for people, or a JSON object each. All end with a line feed.
namespace weir::app::cli {

/// Tenants by number, as far as they have names.
class TenantNames {
 public:
  void add(TenantId id, std::string name) { names_.emplace(id.value(), std::move(name)); }
  /// The number where there is no name.
  std::string name_of(TenantId id) const;
  /// The number of that name, or the number itself. kNotFound when it is neither.
  Result<uint64_t> find(std::string_view text) const;

 private:
  std::map<uint64_t, std::string> names_;
};

std::string manifest_text(const store::embedded::Manifest& manifest);
std::string manifest_json(const store::embedded::Manifest& manifest);

std::string block_text(const store::embedded::Manifest::Block& entry, const store::embedded::Block& block);
std::string block_json(const store::embedded::Manifest::Block& entry, const store::embedded::Block& block,
                       const TenantNames& tenants);

/// A series in one place.
struct SeriesLine {
  const std::string& path;
  TenantId tenant;
  LabelsView labels;
  uint64_t samples = 0;
  TimeRange range;
};
std::string series_text(const SeriesLine& line, const TenantNames& tenants);
std::string series_json(const SeriesLine& line, const TenantNames& tenants);

/// Samples of a series in one place, a line each.
struct SampleLines {
  const std::string& path;
  TenantId tenant;
  LabelsView labels;
  std::span<const TimestampMs> timestamps_ms;
  std::span<const double> values;
  std::span<const HistogramPtr> histograms = {};  ///< As in SampleColumns.
};
/// Prometheus' text format. A stale marker or a histogram, which that cannot say, is a comment.
std::string samples_text(const SampleLines& lines);
std::string samples_json(const SampleLines& lines, const TenantNames& tenants);

/// A record with its batch, or, when both are null, a frame without records.
std::string record_titles();
std::string record_text(const log::embedded::SegmentScanner& frame, const log::embedded::FrameRecord* record,
                        const Batch* batch, const TenantNames& tenants);
std::string record_json(const log::embedded::SegmentScanner& frame, const log::embedded::FrameRecord* record,
                        const Batch* batch, const TenantNames& tenants);

/// `lines` made harmless for a terminal, line by line.
std::string printable_lines(std::string_view lines);

}  // namespace weir::app::cli
