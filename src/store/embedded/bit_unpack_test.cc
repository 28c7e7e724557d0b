#include "store/embedded/bit_unpack.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "os/random.h"
#include "store/embedded/bit_math.h"
#include "store/embedded/bit_stream.h"

namespace weir::store::embedded {
namespace {

TEST(BitUnpack, GivesWhatWasPackedForEveryWidthAndSize) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  os::Random random(seed);
  for (unsigned width = 1; width <= 64; ++width) {
    for (const size_t size : {1u, 7u, 8u, 9u, 31u, 127u, 128u}) {
      std::string packed;
      BitWriter bits(packed);
      std::vector<int64_t> expected;
      const auto base = static_cast<int64_t>(random.next());
      for (size_t i = 0; i < size; ++i) {
        const uint64_t field = (i % 5 == 0 ? ~uint64_t{0} : random.next()) & low_bits(width);
        bits.write(field, width);
        expected.push_back(wrapping_add(base, static_cast<int64_t>(field)));
      }
      bits.finish();
      packed.append(8, '\xff');  // whatever follows
      std::vector<int64_t> plain(size), fast(size);
      unpack_bits_plain(packed.data(), width, base, plain);
      unpack_bits(packed.data(), width, base, fast);
      ASSERT_EQ(plain, expected) << width << " bits, " << size << " fields";
      ASSERT_EQ(fast, expected) << width << " bits, " << size << " fields";
    }
  }
}

}  // namespace
}  // namespace weir::store::embedded
