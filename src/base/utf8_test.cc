#include "base/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

bool by_characters(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t size = utf8_size(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

TEST(Utf8, AsciiIsSeenAtEveryLengthAndPlace) {
  for (size_t size = 0; size < 40; ++size) {
    std::string bytes(size, 'a');
    EXPECT_TRUE(is_ascii(bytes));
    for (size_t at = 0; at < size; ++at) {
      bytes[at] = '\x80';
      EXPECT_FALSE(is_ascii(bytes)) << at << " of " << size;
      bytes[at] = '\x7f';
    }
  }
}

// Every sequence of up to three bytes, and the edges of the four-byte ones.
TEST(Utf8, CharactersAndTextsAgree) {
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      const std::string two = {static_cast<char>(a), static_cast<char>(b)};
      ASSERT_EQ(is_utf8(two), by_characters(two)) << a << " " << b;
      for (const unsigned c : {0x00u, 0x7Fu, 0x80u, 0x8Fu, 0x90u, 0x9Fu, 0xA0u, 0xBFu, 0xC0u, 0xFFu}) {
        const std::string three = two + static_cast<char>(c);
        ASSERT_EQ(is_utf8(three), by_characters(three)) << a << " " << b << " " << c;
        const std::string four = three + '\x80';
        ASSERT_EQ(is_utf8(four), by_characters(four)) << a << " " << b << " " << c;
      }
    }
  }
}

TEST(Utf8, MeasuresCharacters) {
  EXPECT_EQ(utf8_size("a"), 1u);
  EXPECT_EQ(utf8_size("é"), 2u);
  EXPECT_EQ(utf8_size("日x"), 3u);
  EXPECT_EQ(utf8_size("\U0001F600"), 4u);
  EXPECT_EQ(utf8_size("\xf4\x8f\xbf\xbf"), 4u);
  EXPECT_EQ(utf8_size("\xf4\x90\x80\x80"), 0u);
  EXPECT_EQ(utf8_size("\xe6\x97"), 0u);
}

TEST(Utf8, MeasuresTheFirstCharacterAlone) {
  EXPECT_EQ(utf8_size("a"), 1U);
  EXPECT_EQ(utf8_size("\u00e9x"), 2U);
  EXPECT_EQ(utf8_size("\u20acx"), 3U);
  EXPECT_EQ(utf8_size("\U0001F600"), 4U);
  for (const std::string_view text :
       {"", "\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    EXPECT_EQ(utf8_size(text), 0U);
  }
}

TEST(Utf8, AppendsWhatItsOwnRulesAccept) {
  for (uint32_t code = 0; code <= 0x110000; ++code) {
    std::string bytes;
    const bool surrogate = code >= 0xD800 && code < 0xE000;
    ASSERT_EQ(append_utf8(code, bytes), !surrogate && code <= 0x10FFFF) << code;
    if (bytes.empty()) continue;
    ASSERT_EQ(utf8_size(bytes), bytes.size()) << code;
  }
  std::string bytes;
  EXPECT_TRUE(append_utf8(0x1F600, bytes));
  EXPECT_EQ(bytes, "\xf0\x9f\x98\x80");
}

}  // namespace
}  // namespace weir
