#include "base/crc32c.h"

#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, KnownAnswers) {
  std::string ascending;
  std::string descending;
  for (int i = 0; i < 32; ++i) {
    ascending.push_back(static_cast<char>(i));
    descending.push_back(static_cast<char>(31 - i));
  }
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(ascending), 0x46DD794Eu);
  EXPECT_EQ(crc32c(descending), 0x113FDB5Cu);
}

TEST(Crc32c, ContinuesAtAnySplit) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes.push_back(static_cast<char>(i * 37));
  const uint32_t whole = crc32c(bytes);
  for (size_t split = 0; split <= bytes.size(); ++split) {
    const std::string_view view = bytes;
    EXPECT_EQ(crc32c(view.substr(split), crc32c(view.substr(0, split))), whole) << split;
  }
}

TEST(Crc32c, DoesNotDependOnAlignment) {
  const std::string bytes(64, 'q');
  const uint32_t expected = crc32c(std::string_view(bytes).substr(0, 40));
  for (size_t at = 0; at < 16; ++at) EXPECT_EQ(crc32c(std::string_view(bytes).substr(at, 40)), expected);
}

TEST(Crc32c, SeedsGiveDifferentSums) {
  EXPECT_NE(crc32c("same bytes", 1), crc32c("same bytes", 2));
}

}  // namespace
}  // namespace weir
