#include "wire/record_fuzz.h"
#include "wire/series_record.h"

// Hostile bytes into the decoder, and any batch through encoder and decoder: three times, so that it is
// defined, defined again, and named by numbers alone.
namespace weir::wire::fuzz {
namespace {

const TenantId kTenant = TenantId::from_stored(1);
constexpr size_t kDecodedBytesMax = 1u << 20;

void check_hostile(std::string_view input) {
  SeriesDefinitions definitions;
  // Something for the input to name.
  for (uint32_t number = 0; number < 3; ++number) {
    const std::string value(1, static_cast<char>('a' + number));
    const Labels labels = Labels::of({{"a", value}});
    CHECK(definitions.define(number, labels, series_hash(kTenant, labels)).ok(), "a definition");
  }
  Batch batch;
  std::vector<uint64_t> hashes;
  if (!decode_series_record(input, kTenant, kDecodedBytesMax, definitions, {batch, hashes}).ok()) {
    CHECK(batch.empty() && hashes.empty(), "a record that fails leaves nothing");
    return;
  }
  CHECK(batch.size_bytes() <= kDecodedBytesMax, "a batch is bounded");
  CHECK(hashes.size() == batch.series_count(), "each series has its hash");
  for (const Batch::Series& series : batch.series())
    CHECK(LabelsView::validate(batch.labels(series).bytes()).ok(), "labels are canonical");
}

void check_round_trip(std::string_view input) {
  const BatchSlice slice = whole_slice(kTenant, std::make_shared<const Batch>(batch_of(input)));
  if (slice.batch->empty()) return;
  SeriesRecordEncoder encoder;
  SeriesNumbers numbers(1);
  SeriesDefinitions definitions;
  for (int i = 0; i < 3; ++i) {
    std::string record;
    encoder.encode(slice, numbers, record);
    Batch found;
    std::vector<uint64_t> hashes;
    CHECK(decode_series_record(record, kTenant, size_t{8} << 20, definitions, {found, hashes}).ok(),
          "what we write we read");
    CHECK(equal(*slice.batch, found) && hashes == slice.selection.hashes, "nothing is lost");
  }
}

}  // namespace
}  // namespace weir::wire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  weir::wire::fuzz::check_hostile(input);
  weir::wire::fuzz::check_round_trip(input);
  return 0;
}
