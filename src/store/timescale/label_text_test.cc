#include "store/timescale/label_text.h"

#include <set>

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "os/random.h"

namespace weir::store::timescale {
namespace {

TEST(LabelText, KeepsWhatIsText) {
  for (const std::string text : {"", "up", "grüße", "a b\n\"\\", "\x02"}) EXPECT_EQ(text_form(text), text);
}

TEST(LabelText, DifferentBytesHaveDifferentTextsAndComeBack) {
  const std::vector<std::string> all = {std::string("\0", 1),
                                        "\xff",
                                        "\x01",
                                        "\x01"
                                        "ff",
                                        "ff",
                                        "00",
                                        "\x01"
                                        "00",
                                        "a\xc3",
                                        std::string("a\0", 2),
                                        "\xed\xa0\x80"};
  std::set<std::string> texts;
  for (const std::string& bytes : all) {
    const std::string text = text_form(bytes);
    EXPECT_TRUE(is_utf8(text) && text.find('\0') == std::string::npos);
    EXPECT_EQ(bytes_of(text), bytes);
    EXPECT_TRUE(texts.insert(text).second) << testing::PrintToString(bytes);
  }
}

TEST(LabelText, AnyBytesComeBack) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  os::Random random(seed);
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes;
    for (uint64_t left = random.below(8); left > 0; --left) bytes += static_cast<char>(random.below(256));
    ASSERT_EQ(bytes_of(text_form(bytes)), bytes) << testing::PrintToString(bytes);
  }
}

TEST(LabelText, WritesJson) {
  EXPECT_EQ(json_of(Labels::of({{"__name__", "up"}, {"a", "q\"\\\n\x7f"}})),
            "{\"__name__\": \"up\", \"a\": \"q\\\"\\\\\\u000a\x7f\"}");
  EXPECT_EQ(json_of(Labels()), "{}");
}

}  // namespace
}  // namespace weir::store::timescale
