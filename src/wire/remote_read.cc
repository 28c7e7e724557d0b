#include "wire/remote_read.h"

#include <algorithm>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "wire/remote_write_exemplar.h"
#include "wire/remote_write_histogram.h"
#include "wire/snappy_block.h"
#include "wire/tsdb/big_endian.h"
#include "wire/tsdb/chunk.h"
#include "wire/tsdb/xor_chunk.h"

namespace weir::wire {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::pbf_writer;
using protozero::tag_and_type;

// prompb/remote.proto and types.proto.
constexpr uint32_t kQuery = tag_and_type(1, pbf_wire_type::length_delimited);
constexpr uint32_t kResponseType = tag_and_type(2, pbf_wire_type::varint);
constexpr uint32_t kResponseTypes = tag_and_type(2, pbf_wire_type::length_delimited);
constexpr uint32_t kStart = tag_and_type(1, pbf_wire_type::varint);
constexpr uint32_t kEnd = tag_and_type(2, pbf_wire_type::varint);
constexpr uint32_t kMatcher = tag_and_type(3, pbf_wire_type::length_delimited);
constexpr uint32_t kMatcherType = tag_and_type(1, pbf_wire_type::varint);
constexpr uint32_t kMatcherName = tag_and_type(2, pbf_wire_type::length_delimited);
constexpr uint32_t kMatcherValue = tag_and_type(3, pbf_wire_type::length_delimited);
constexpr int32_t kSamples = 0;
constexpr int32_t kStreamedXorChunks = 1;

constexpr size_t kChunkSamples = 120;  // as Prometheus cuts them

Result<Matcher> read_matcher(pbf_reader in) {
  uint32_t type = 0;
  std::string name;
  std::string value;
  while (in.next()) {
    switch (in.tag_and_type()) {
      case kMatcherType:
        type = in.get_uint32();
        break;
      case kMatcherName:
        name = in.get_string();
        break;
      case kMatcherValue:
        value = in.get_string();
        break;
      default:
        in.skip();
    }
  }
  constexpr MatchOp kOps[] = {MatchOp::kEqual, MatchOp::kNotEqual, MatchOp::kRegex, MatchOp::kNotRegex};
  if (type >= std::size(kOps))
    return invalid_argument(fmt::format("remote read: a matcher has the unknown type {}", type));
  return Matcher::create(kOps[type], std::move(name), std::move(value)).context("remote read");
}

Result<RemoteReadQuery> read_query(pbf_reader in) {
  RemoteReadQuery query;
  while (in.next()) {
    switch (in.tag_and_type()) {
      case kStart:
        query.range.mint_ms = in.get_int64();
        break;
      case kEnd:
        query.range.maxt_ms = in.get_int64();
        break;
      case kMatcher: {
        ASSIGN_OR_RETURN(Matcher matcher, read_matcher(in.get_message()));
        query.matchers.push_back(std::move(matcher));
        break;
      }
      default:
        in.skip();
    }
  }
  return query;
}

Result<RemoteReadRequest> read_request(pbf_reader in) {
  RemoteReadRequest request;
  std::vector<int32_t> types;
  while (in.next()) {
    switch (in.tag_and_type()) {
      case kQuery: {
        ASSIGN_OR_RETURN(RemoteReadQuery query, read_query(in.get_message()));
        request.queries.push_back(std::move(query));
        break;
      }
      case kResponseType:
        types.push_back(in.get_enum());
        break;
      case kResponseTypes:
        for (const int32_t type : in.get_packed_enum()) types.push_back(type);
        break;
      default:
        in.skip();
    }
  }
  const auto known = [](int32_t type) { return type == kSamples || type == kStreamedXorChunks; };
  const auto first = std::ranges::find_if(types, known);
  request.prefers_chunks = first != types.end() && *first == kStreamedXorChunks;
  request.takes_samples = first == types.end() || std::ranges::find(types, kSamples) != types.end();
  return request;
}

void write_samples(LabelsView labels, const SampleColumns& samples, pbf_writer out) {
  append_label_messages(labels, out);
  std::string histogram;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (const HistogramPtr found = samples.histogram(i)) {
      histogram.clear();
      append_histogram_message(samples.timestamps_ms[i], *found, histogram);
      out.add_message(4, histogram);
      continue;
    }
    pbf_writer sample(out, 2);
    sample.add_double(1, samples.values[i]);
    sample.add_int64(2, samples.timestamps_ms[i]);
  }
}

void write_chunks(const SampleColumns& samples, pbf_writer& out) {
  std::string data;
  for (size_t begin = 0; begin < samples.size(); begin += kChunkSamples) {
    const size_t count = std::min(kChunkSamples, samples.size() - begin);
    const auto times = std::span(samples.timestamps_ms).subspan(begin, count);
    data.clear();
    tsdb::encode_xor(times, std::span(samples.values).subspan(begin, count), data);
    pbf_writer chunk(out, 2);
    chunk.add_int64(1, times.front());
    chunk.add_int64(2, times.back());
    chunk.add_enum(3, static_cast<int32_t>(tsdb::ChunkEncoding::kXor));
    chunk.add_bytes(4, data);
  }
}

}  // namespace

Result<RemoteReadRequest> decode_remote_read(std::string_view body, size_t decoded_bytes_max,
                                             std::string& scratch) {
  ASSIGN_OR_RETURN(const std::string_view message,
                   snappy_decode(body, decoded_bytes_max, 0, scratch).context("remote read"));
  try {
    return read_request(pbf_reader(protozero::data_view(message.data(), message.size())));
  } catch (const protozero::exception& error) {
    return invalid_argument(fmt::format("remote read: {}", error.what()));
  }
}

std::string encode_remote_read_samples(const std::vector<RemoteReadResult>& results) {
  std::string message;
  pbf_writer response(message);
  std::string one;
  for (const RemoteReadResult& result : results) {
    one.clear();
    pbf_writer out(one);
    for (const auto& [labels, samples] : result) write_samples(labels, samples, pbf_writer(out, 1));
    response.add_message(1, one);  // of a query that found nothing, too: a nested writer would leave it out
  }
  std::string body;
  snappy_encode(message, body);
  return body;
}

std::string encode_remote_read_chunks(const std::vector<RemoteReadResult>& results) {
  std::string body;
  std::string message;
  for (size_t query = 0; query < results.size(); ++query) {
    for (const auto& [labels, samples] : results[query]) {
      message.clear();
      pbf_writer response(message);
      {
        pbf_writer series(response, 1);
        append_label_messages(labels, series);
        write_chunks(samples, series);
      }
      response.add_int64(2, static_cast<int64_t>(query));
      ByteWriter(body).varint(message.size());
      tsdb::append_big_endian(crc32c(message), body);
      body += message;
    }
  }
  return body;
}

}  // namespace weir::wire
