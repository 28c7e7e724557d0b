#include "net/chunked.h"

#include <vector>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

using State = ChunkedDecoder::State;

struct Decoded {
  State state = State::kNeedMore;
  std::string body;
  size_t consumed = 0;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view text, size_t piece_bytes, uint64_t body_bytes_max = 100) {
  ChunkedDecoder decoder(body_bytes_max);
  Decoded decoded;
  for (size_t at = 0; at < text.size() && decoded.state == State::kNeedMore; at += piece_bytes) {
    decoded.state = decoder.decode(text.substr(at, piece_bytes), decoded.body, decoded.consumed);
  }
  return decoded;
}

/// Decodes in pieces of every size: how the bytes were cut must not matter.
Decoded decode_any(std::string_view text, uint64_t body_bytes_max = 100) {
  const Decoded whole = decode(text, text.size() + 1, body_bytes_max);
  for (size_t piece = 1; piece <= text.size(); ++piece)
    EXPECT_EQ(decode(text, piece, body_bytes_max), whole) << piece;
  return whole;
}

TEST(ChunkedDecoder, JoinsChunksAndLeavesTheNextRequest) {
  const std::string_view text = "3\r\nabc\r\nA;x=\"y z\"\r\n0123456789\r\n0\r\n\r\nGET /";
  const Decoded decoded = decode_any(text);
  EXPECT_EQ(decoded.state, State::kDone);
  EXPECT_EQ(decoded.body, "abc0123456789");
  EXPECT_EQ(decoded.consumed, text.find("GET"));
}

TEST(ChunkedDecoder, AcceptsAnEmptyBodyAndDropsTrailers) {
  EXPECT_EQ(decode_any("0\r\n\r\n").state, State::kDone);
  EXPECT_EQ(decode_any("000;a\r\nA: b\r\nX-Scope-OrgID: c\r\n\r\n").state, State::kDone);
  EXPECT_EQ(decode_any("0\r\nA: b\r\n\r\n").body, "");
}

TEST(ChunkedDecoder, WaitsForTheEnd) {
  for (const std::string_view text :
       {"3", "3\r", "3\r\n", "3\r\nab", "3\r\nabc", "3\r\nabc\r\n", "0\r\n", "0\r\n\r", "0\r\nA: b\r\n"}) {
    EXPECT_EQ(decode_any(text).state, State::kNeedMore) << text;
  }
}

TEST(ChunkedDecoder, RefusesWhatSmugglersSend) {
  const std::vector<std::string> texts = {
      "\r\n",
      "g\r\n",
      "-1\r\n",
      "+1\r\na\r\n",
      "0x1\r\na\r\n",
      " 1\r\na\r\n",
      "1 \r\na\r\n",
      "1\t;x\r\na\r\n",
      "1\na\r\n",
      "1\r\na\n",
      "1\r\nab\r\n",
      "1\ra",
      "1;\n\r\na\r\n",
      "1;x=\"\n\"\r\na\r\n",
      "1;x\rb\r\na\r\n",
      std::string("1;\0\r\na\r\n", 9),
      "3\r\nabc0\r\n\r\n",
      "10000000000000000\r\n",
      "00000000000000001\r\n",
      "0\r\n folded\r\n\r\n",
      "0\r\nA: b\n\r\n",
      "0\r\n\n",
      ";x\r\n",
      "1,1\r\na\r\n",
  };
  for (const std::string& text : texts) EXPECT_EQ(decode_any(text).state, State::kMalformed) << text;
}

TEST(ChunkedDecoder, StopsAtTheLimitBeforeTheData) {
  EXPECT_EQ(decode_any("3\r\nabc\r\n0\r\n\r\n", 3).state, State::kDone);
  const Decoded over = decode_any("2\r\nab\r\n2\r\ncd\r\n", 3);
  EXPECT_EQ(over.state, State::kTooLarge);
  EXPECT_EQ(over.body, "ab");
  EXPECT_EQ(decode("FFFFFFFFFFFFFFFF\r\n", 100).state, State::kTooLarge);
  EXPECT_EQ(decode("1\r\na\r\nFFFFFFFFFFFFFFFF\r\n", 100).state, State::kTooLarge);
}

TEST(ChunkedDecoder, LimitsExtensionsAndTrailers) {
  const std::string most(ChunkedDecoder::kExtrasBytesMax, 'x');
  EXPECT_EQ(decode("1;" + most + "\r\na\r\n0\r\n\r\n", 1000).state, State::kDone);
  EXPECT_EQ(decode("1;" + most + "x", 1000).state, State::kTooLarge);
  EXPECT_EQ(decode("1;" + most + "\r\na\r\n0\r\nB: c\r\n\r\n", 1000).state, State::kTooLarge);
  std::string many;
  while (many.size() < 8 * ChunkedDecoder::kExtrasBytesMax) many += "1;xxxx\r\na\r\n";
  EXPECT_EQ(decode(many, 1000, 1 << 20).state, State::kTooLarge);
}

}  // namespace
}  // namespace weir::net
