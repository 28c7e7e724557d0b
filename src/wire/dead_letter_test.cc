#include "wire/dead_letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::wire {
namespace {

using testing::HasSubstr;

DeadLetter letter() {
  return {PartitionId(3), Offset(17),      1'700'000'000'000,
          "corruption",   "byte 4: \"x\"", std::string("a\n\0b", 4)};
}

TEST(DeadLetter, IsALineThatPeopleReadAndTheBytesAsTheyWere) {
  EXPECT_EQ(encode_dead_letter(letter()),
            "{\"partition\":3,\"offset\":17,\"at_ms\":1700000000000,\"code\":\"corruption\","
            "\"message\":\"byte 4: \\\"x\\\"\"}\n" +
                std::string("a\n\0b", 4));
}

TEST(DeadLetter, ReadsBack) {
  const auto record = decode_dead_letter(encode_dead_letter(letter())).value();
  EXPECT_FALSE(record.replayed);
  EXPECT_EQ(record.letter.partition, PartitionId(3));
  EXPECT_EQ(record.letter.offset, Offset(17));
  EXPECT_EQ(record.letter.at_ms, 1'700'000'000'000);
  EXPECT_EQ(record.letter.code, "corruption");
  EXPECT_EQ(record.letter.message, "byte 4: \"x\"");
  EXPECT_EQ(record.letter.payload, std::string("a\n\0b", 4));
}

TEST(DeadLetter, BoundsItsMessage) {
  DeadLetter long_one = letter();
  long_one.message = std::string(10'000, '\1');
  const std::string bytes = encode_dead_letter(long_one);
  EXPECT_LE(bytes.size(), kDeadLetterHeadBytesMax + long_one.payload.size());
  EXPECT_EQ(decode_dead_letter(bytes).value().letter.message.size(), kDeadLetterMessageBytesMax);
}

TEST(DeadLetter, SaysThatALetterWasSentAgain) {
  const auto record = decode_dead_letter(encode_replayed(Offset(5))).value();
  EXPECT_TRUE(record.replayed);
  EXPECT_EQ(record.id, Offset(5));
}

TEST(DeadLetter, RefusesWhatIsNone) {
  const auto error = [](std::string_view bytes) { return decode_dead_letter(bytes).error(); };
  EXPECT_THAT(error("").message, HasSubstr("no line"));
  EXPECT_THAT(error("{}").message, HasSubstr("no line"));
  EXPECT_THAT(error("{}\n").message, HasSubstr("\"partition\""));
  EXPECT_THAT(error("{\"partition\":-1}\n").message, HasSubstr("\"partition\""));
  EXPECT_THAT(error("{\"replayed\":\"x\"}\n").message, HasSubstr("\"replayed\""));
  EXPECT_THAT(error("[1]\n").code, Code::kCorruption);
  EXPECT_THAT(error(std::string(kDeadLetterHeadBytesMax + 1, ' ') + "\n").message, HasSubstr("no line"));
  const std::string whole = encode_dead_letter({PartitionId(1), Offset(2), 3, "c", "m", ""});
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode_dead_letter(whole.substr(0, size)).ok());
}

}  // namespace
}  // namespace weir::wire
