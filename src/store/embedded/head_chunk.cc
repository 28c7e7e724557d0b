#include "store/embedded/head_chunk.h"

#include <array>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "store/embedded/chunk.h"

namespace weir::store::embedded {
namespace {

/// To encode a sample again takes ten times what to append it took, and the result seldom is below a byte, so
/// a run that is about that small stays.
constexpr double kGoodBytesPerSample = 1.5;

bool good_as_it_is(const OpenRun& run) {
  return static_cast<double>(run.bytes().size()) <=
         kGoodBytesPerSample * static_cast<double>(run.sample_count());
}

TimestampMs first_ms(const OpenRun& run) {
  TimestampMs time_ms;
  double value;
  decode_run(run.bytes(), 1, &time_ms, &value);
  return time_ms;
}

std::string encode(const OpenRun& run) {
  std::array<TimestampMs, OpenRun::kSamplesMax> times_ms;
  std::array<double, OpenRun::kSamplesMax> values;
  const size_t count = run.sample_count();
  decode_run(run.bytes(), count, times_ms.data(), values.data());
  std::string chunk;
  chunk.reserve(run.bytes().size());
  encode_chunk(std::span(times_ms).first(count), std::span(values).first(count), chunk);
  return chunk;
}

std::span<const uint8_t> as_unsigned(std::string_view bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace

struct HeadChunk::Head {
  TimeRange range;
  uint16_t run_samples;  // 0: a chunk
};

HeadChunk HeadChunk::close(const OpenRun& run) {
  CHECK(!run.empty(), "what is closed has samples");
  const std::string chunk = good_as_it_is(run) ? std::string() : encode(run);
  const bool is_run = chunk.empty() || chunk.size() >= run.bytes().size();
  const std::span<const uint8_t> bytes = is_run ? run.bytes() : as_unsigned(chunk);
  const auto run_samples = static_cast<uint16_t>(is_run ? run.sample_count() : 0);
  const Head head{{first_ms(run), run.last_ms()}, run_samples};
  HeadChunk closed;
  closed.block_ = SharedBlock<uint8_t>::with_capacity(sizeof(head) + bytes.size());
  closed.block_.append(reinterpret_cast<const uint8_t*>(&head), sizeof(head));
  closed.block_.append(bytes.data(), bytes.size());
  return closed;
}

HeadChunk::Head HeadChunk::head() const {
  Head head;
  std::memcpy(&head, block_.data(), sizeof(head));
  return head;
}

TimeRange HeadChunk::range() const {
  return head().range;
}

void HeadChunk::read(SampleColumns& out) const {
  const size_t run_samples = head().run_samples;
  const std::span bytes{block_.data() + sizeof(Head), block_.size() - sizeof(Head)};
  if (run_samples > 0) return decode_run(bytes, run_samples, out);
  const Status decoded = decode_chunk({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, out);
  CHECK(decoded.ok(), "a chunk of the head was encoded by this process");
}

}  // namespace weir::store::embedded
