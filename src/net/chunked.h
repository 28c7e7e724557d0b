#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::net {

/// Decodes one chunked body (RFC 9112, section 7.1) from pieces of any size. Ours instead of Beast's, whose
/// parser (1.81) aborts on a final chunk that is cut after its fourth byte when assertions are on, takes a
/// bare line feed inside a quoted chunk extension, and unfolds obs-fold in trailers. Extensions and trailer
/// fields are dropped: a trailer that counted as a header could undo what a proxy in front has checked. Owned
/// by one thread.
class ChunkedDecoder {
 public:
  /// Of all extensions and trailer fields of one body together.
  static constexpr uint64_t kExtrasBytesMax = 16 * 1024;

  enum class State { kNeedMore, kDone, kMalformed, kTooLarge };

  explicit ChunkedDecoder(uint64_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  /// Appends the data in `bytes` to `body`, and adds to `consumed` the bytes that belong to this body; what
  /// follows kDone is the next request's. kTooLarge comes with the size line that passes the limit, before
  /// its data. Not to be called again after another state than kNeedMore.
  State decode(std::string_view bytes, std::string& body, size_t& consumed);

 private:
  enum class Step : uint8_t {
    kSize,       ///< Hexadecimal digits, then `;` or CR.
    kExtension,  ///< Up to CR.
    kSizeEnd,    ///< LF of the size line.
    kData,       ///< `chunk_left_` bytes.
    kDataCr,     ///< CRLF behind the data.
    kDataLf,
    kTrailerStart,  ///< A trailer field, or CR of the empty line.
    kTrailer,
    kTrailerEnd,  ///< LF of a trailer field.
    kLastLf,      ///< LF of the empty line.
  };

  size_t take_data(std::string_view bytes, std::string& body);
  State take(char c);
  State take_size(char c);
  State take_extra(char c, Step at_line_end);
  State end_size_line();
  State expect(char c, char wanted, Step next);

  const uint64_t body_bytes_max_;
  uint64_t body_bytes_ = 0;  ///< Announced, the current chunk included.
  uint64_t chunk_left_ = 0;  ///< In kSize: the number so far.
  uint64_t extras_bytes_ = 0;
  uint8_t size_digits_ = 0;
  Step step_ = Step::kSize;
};

}  // namespace weir::net
