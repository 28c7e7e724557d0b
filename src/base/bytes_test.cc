#include "base/bytes.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

std::string varint_bytes(uint64_t value) {
  std::string out;
  ByteWriter(out).varint(value);
  return out;
}

TEST(Varint, RoundTripsAtEveryLength) {
  for (int bits = 0; bits <= 64; ++bits) {
    const uint64_t power = bits == 64 ? 0 : uint64_t{1} << bits;
    for (const uint64_t value : {power - 1, power, power + 1}) {
      const std::string bytes = varint_bytes(value);
      EXPECT_LE(bytes.size(), 10u);
      ByteReader reader(bytes);
      EXPECT_EQ(reader.varint(), value);
      EXPECT_TRUE(reader.ok() && reader.at_end());
    }
  }
}

TEST(Varint, GrowsBySevenBits) {
  EXPECT_EQ(varint_bytes(0).size(), 1u);
  EXPECT_EQ(varint_bytes(127).size(), 1u);
  EXPECT_EQ(varint_bytes(128), std::string("\x80\x01", 2));
  EXPECT_EQ(varint_bytes(~uint64_t{0}).size(), 10u);
}

TEST(Varint, RefusesMoreThan64Bits) {
  const std::string nine(9, '\xff');
  for (const std::string& bytes :
       {nine + '\x02', nine + '\x7f', nine + '\x81' + '\x00', std::string(20, '\x80')}) {
    ByteReader reader(bytes);
    EXPECT_EQ(reader.varint(), 0u);
    EXPECT_FALSE(reader.ok());
  }
  const std::string largest = nine + '\x01';
  ByteReader reader(largest);
  EXPECT_EQ(reader.varint(), ~uint64_t{0});
  EXPECT_TRUE(reader.ok());
}

TEST(Varint, RefusesAnEndInTheMiddle) {
  const std::string bytes = varint_bytes(~uint64_t{0});
  for (size_t size = 0; size < bytes.size(); ++size) {
    ByteReader reader(std::string_view(bytes).substr(0, size));
    EXPECT_EQ(reader.varint(), 0u);
    EXPECT_FALSE(reader.ok());
  }
}

TEST(Svarint, KeepsSmallMagnitudesShort) {
  for (const int64_t value : {int64_t{0}, int64_t{-1}, int64_t{63}, int64_t{-64}}) {
    std::string out;
    ByteWriter(out).svarint(value);
    EXPECT_EQ(out.size(), 1u) << value;
  }
  for (const int64_t value : {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(),
                              int64_t{-65}, int64_t{1'000'000}}) {
    std::string out;
    ByteWriter(out).svarint(value);
    ByteReader reader(out);
    EXPECT_EQ(reader.svarint(), value);
    EXPECT_TRUE(reader.ok());
  }
}

TEST(ByteWriter, WritesLittleEndian) {
  std::string out;
  ByteWriter writer(out);
  writer.u32(0x01020304);
  writer.u8(0xff);
  writer.text("ab");
  EXPECT_EQ(out, std::string("\x04\x03\x02\x01\xff\x02"
                             "ab",
                             8));
  EXPECT_EQ(writer.size(), 8u);
}

TEST(ByteReader, ReadsWhatWasWritten) {
  std::string out;
  ByteWriter writer(out);
  writer.u64(~uint64_t{0});
  writer.f64(-0.0);
  writer.f64(std::numeric_limits<double>::quiet_NaN());
  writer.raw("raw");
  writer.text("");
  ByteReader reader(out);
  EXPECT_EQ(reader.u64(), ~uint64_t{0});
  EXPECT_TRUE(std::signbit(reader.f64()));
  EXPECT_TRUE(std::isnan(reader.f64()));
  EXPECT_EQ(reader.raw(3), "raw");
  EXPECT_EQ(reader.remaining(), 1u);
  EXPECT_EQ(reader.text(), "");
  EXPECT_TRUE(reader.ok() && reader.at_end());
}

TEST(ByteReader, StaysFailed) {
  ByteReader reader(std::string_view("\x01\x02\x03", 3));
  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0u);  // there was a byte, but nothing is read after a failure
  EXPECT_EQ(reader.raw(1), "");
  EXPECT_EQ(reader.varint(), 0u);
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, RefusesLengthsBeyondTheInput) {
  std::string out;
  ByteWriter writer(out);
  writer.varint(std::numeric_limits<uint64_t>::max());
  writer.raw("short");
  ByteReader reader(out);
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace weir
