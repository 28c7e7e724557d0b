#include "pg/binary.h"

#include <gmock/gmock.h>

namespace weir::pg {
namespace {

using std::string_view_literals::operator""sv;

TEST(PgBinary, TimesKeepTheirMillisecond) {
  for (const TimestampMs ms : {TimestampMs{0}, TimestampMs{-1}, TimestampMs{946'684'800'000},
                               TimestampMs{946'684'799'999}, kTimestampMinMs, kTimestampMaxMs}) {
    EXPECT_EQ(from_pg_time(to_pg_time(ms)), ms);
  }
  EXPECT_EQ(from_pg_time(-1), 946'684'799'999) << "a microsecond before 2000 lies in the millisecond before";
  EXPECT_EQ(from_pg_time(999), 946'684'800'000);
}

TEST(PgBinary, EncodesAsDocumented) {
  Params params;
  params.int8(1).text("ab").int8_array(std::vector<int64_t>{2});
  EXPECT_EQ(params.span()[0].bytes, "\0\0\0\0\0\0\0\1"sv);
  EXPECT_EQ(params.span()[1].bytes, "ab"sv);
  EXPECT_EQ(params.span()[2].bytes, "\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\1\0\0\0\1\0\0\0\x08\0\0\0\0\0\0\0\2"sv);
  CopyRows writer;
  writer.begin_row(2);
  writer.int8(3);
  writer.null();
  EXPECT_EQ(writer.finish(),
            "PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\0\2\0\0\0\x08\0\0\0\0\0\0\0\3\xff\xff\xff\xff\xff\xff"sv);
  EXPECT_EQ(CopyRows().finish(), "PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\xff\xff"sv);
}

// What a server should never send must not be read past its end.
TEST(PgBinary, RefusesMalformedArrays) {
  const std::string good(*Params().int8_array(std::vector<int64_t>{1, 2, 3}).span()[0].bytes);
  for (size_t size = 0; size < good.size(); ++size) {
    std::vector<int64_t> out;
    EXPECT_FALSE(append_int8_array(std::string_view(good).substr(0, size), out).ok()) << size;
  }
  std::vector<int64_t> out;
  EXPECT_FALSE(append_int8_array(std::nullopt, out).ok());
  EXPECT_FALSE(append_int8_array(good + "x", out).ok());
  std::string flipped = good;
  flipped[3] = 2;  // two dimensions
  EXPECT_FALSE(append_int8_array(flipped, out).ok());
  flipped = good;
  flipped[20] = '\xff';  // a NULL element
  EXPECT_FALSE(append_int8_array(flipped, out).ok());
  out.clear();
  EXPECT_TRUE(append_int8_array(good, out).ok());
  EXPECT_THAT(out, testing::ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace weir::pg
