#include "stream/export.h"

#include <charconv>

#include <fmt/format.h>

namespace weir::stream {
namespace {

constexpr size_t kDecodedBytesMax = 64u << 20;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

/// Copies the series of one window behind `cursor.after`. True when the window is done; else `cursor` says
/// how far it got.
Result<bool> copy_window(store::Store& store, TenantId tenant, const TimeRange& window,
                         const ExportOptions& options, Deadline deadline, ExportCursor& cursor,
                         Batch& batch) {
  const std::vector<Matcher> any{Matcher::any_metric()};
  const std::vector<Matcher>& matchers = options.matchers.empty() ? any : options.matchers;
  ASSIGN_OR_RETURN(auto series, store.select(tenant, {matchers, window}, deadline));
  SampleColumns samples;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, series->next());
    if (!more) return true;
    const LabelsView labels = series->labels();
    if (!cursor.after.empty() && labels <= LabelsView(cursor.after)) continue;
    if (batch.sample_count() >= options.samples_max) return false;
    samples.clear();
    RETURN_IF_ERROR(series->read(samples));
    cursor.after = labels.bytes();
    if (samples.size() == 0) continue;
    batch.begin_series(labels.bytes());
    batch.add_samples(samples);
  }
}

}  // namespace

std::string ExportCursor::to_text() const {
  std::string text = fmt::format("{}:", window_begin_ms);
  for (const char c : after) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

Result<ExportCursor> ExportCursor::parse(std::string_view text) {
  const Error error = invalid_argument("cursor: expected the text of an earlier answer");
  ExportCursor cursor;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), cursor.window_begin_ms);
  const auto colon = static_cast<size_t>(end - text.data());
  if (failed != std::errc() || colon == text.size() || text[colon] != ':') return error;
  auto labels = from_hex(text.substr(colon + 1));
  if (!labels || !LabelsView::validate(*labels).ok()) return error;
  cursor.after = std::move(*labels);
  return cursor;
}

Result<ExportPage> export_stored(store::Store& store, TenantId tenant, const TimeRange& range,
                                 const ExportCursor& cursor, const ExportOptions& options, os::Clock& clock,
                                 Deadline deadline) {
  ExportPage page;
  ExportCursor at = cursor;
  at.window_begin_ms = std::max(at.window_begin_ms, range.mint_ms);
  while (at.window_begin_ms <= range.maxt_ms) {
    const TimestampMs window_end = range.maxt_ms - at.window_begin_ms < options.window.count()
                                       ? range.maxt_ms
                                       : at.window_begin_ms + options.window.count() - 1;
    ASSIGN_OR_RETURN(const bool done, copy_window(store, tenant, {at.window_begin_ms, window_end}, options,
                                                  deadline, at, page.batch));
    if (done) {
      if (window_end == range.maxt_ms) return page;
      at = {window_end + 1, ""};
    }
    const bool late =
        deadline.left(clock) < os::milliseconds(1'000) && deadline.when() != Deadline::never().when();
    if (!done || late) {
      page.next = std::move(at);
      return page;
    }
  }
  return page;
}

Result<LogExportPage> export_logged(log::Log& log, const wire::RecordCodec& codec, PartitionId partition,
                                    Offset from, size_t bytes_max, Deadline deadline) {
  LogExportPage page;
  page.next = from;
  ASSIGN_OR_RETURN(const log::PartitionStatus status, log.status(partition));
  if (from >= status.end) return page;
  ASSIGN_OR_RETURN(auto reader, log.open_reader(partition));
  RETURN_IF_ERROR(reader->seek(from));
  ASSIGN_OR_RETURN(const std::vector<log::Record> records, reader->poll(bytes_max, deadline));
  for (const log::Record& record : records) {
    if (page.tenant && *page.tenant != record.tenant) break;
    page.tenant = record.tenant;
    Status decoded = record.decodable;
    if (record.decoded != nullptr) {
      append_slice(*record.decoded, page.batch);
    } else if (decoded.ok()) {
      decoded = codec.decode(record.payload, kDecodedBytesMax, deadline, page.batch);
    }
    if (!decoded.ok() && decoded.error().retryable() && decoded.error().code != Code::kResourceExhausted)
      return decoded.error();
    if (!decoded.ok()) ++page.unreadable;
    page.next = Offset(record.offset.value() + 1);
  }
  return page;
}

}  // namespace weir::stream
