#include "net/chunked.h"

#include <algorithm>

#include "net/ascii.h"

namespace weir::net {

namespace {

constexpr uint8_t kSizeDigitsMax = 16;

}  // namespace

ChunkedDecoder::State ChunkedDecoder::decode(std::string_view bytes, std::string& body, size_t& consumed) {
  size_t at = 0;
  State state = State::kNeedMore;
  while (at < bytes.size() && state == State::kNeedMore) {
    if (step_ == Step::kData) {
      at += take_data(bytes.substr(at), body);
    } else {
      state = take(bytes[at++]);
    }
  }
  consumed += at;
  return state;
}

size_t ChunkedDecoder::take_data(std::string_view bytes, std::string& body) {
  const size_t size = std::min<uint64_t>(bytes.size(), chunk_left_);
  body.append(bytes.substr(0, size));
  chunk_left_ -= size;
  if (chunk_left_ == 0) step_ = Step::kDataCr;
  return size;
}

ChunkedDecoder::State ChunkedDecoder::take(char c) {
  switch (step_) {
    case Step::kSize:
      return take_size(c);
    case Step::kExtension:
      return take_extra(c, Step::kSizeEnd);
    case Step::kSizeEnd:
      return c == '\n' ? end_size_line() : State::kMalformed;
    case Step::kData:
      break;
    case Step::kDataCr:
      return expect(c, '\r', Step::kDataLf);
    case Step::kDataLf:
      return expect(c, '\n', Step::kSize);
    case Step::kTrailerStart:
      if (c == '\r') return expect(c, '\r', Step::kLastLf);
      if (c == ' ' || c == '\t') return State::kMalformed;  // obs-fold
      step_ = Step::kTrailer;
      return take_extra(c, Step::kTrailerEnd);
    case Step::kTrailer:
      return take_extra(c, Step::kTrailerEnd);
    case Step::kTrailerEnd:
      return expect(c, '\n', Step::kTrailerStart);
    case Step::kLastLf:
      return c == '\n' ? State::kDone : State::kMalformed;
  }
  return State::kMalformed;
}

ChunkedDecoder::State ChunkedDecoder::take_size(char c) {
  const int digit = hex_value(c);
  if (digit >= 0) {
    if (++size_digits_ > kSizeDigitsMax) return State::kMalformed;
    chunk_left_ = chunk_left_ * 16 + static_cast<uint64_t>(digit);
    return State::kNeedMore;
  }
  if (size_digits_ == 0) return State::kMalformed;
  if (c == ';') {
    step_ = Step::kExtension;
    return State::kNeedMore;
  }
  return expect(c, '\r', Step::kSizeEnd);
}

ChunkedDecoder::State ChunkedDecoder::take_extra(char c, Step at_line_end) {
  if (c == '\r') {
    step_ = at_line_end;
    return State::kNeedMore;
  }
  if (is_control(c)) return State::kMalformed;
  return ++extras_bytes_ > kExtrasBytesMax ? State::kTooLarge : State::kNeedMore;
}

ChunkedDecoder::State ChunkedDecoder::end_size_line() {
  size_digits_ = 0;
  if (chunk_left_ == 0) {
    step_ = Step::kTrailerStart;
    return State::kNeedMore;
  }
  if (chunk_left_ > body_bytes_max_ - body_bytes_) return State::kTooLarge;
  body_bytes_ += chunk_left_;
  step_ = Step::kData;
  return State::kNeedMore;
}

ChunkedDecoder::State ChunkedDecoder::expect(char c, char wanted, Step next) {
  if (c != wanted) return State::kMalformed;
  step_ = next;
  return State::kNeedMore;
}

}  // namespace weir::net
