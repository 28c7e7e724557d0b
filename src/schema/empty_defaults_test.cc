#include "schema/empty_defaults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/metric_batch.h"

namespace weir::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EmptyDefaults, FindsThemInEveryRecord) {
  EXPECT_THAT(empty_defaults(wire::metric_batch_schema()),
              ElementsAre("MetricBatch.exemplars", "MetricBatch.native_histograms"));
  EXPECT_THAT(empty_defaults(R"(["null",{"name":"a.b.R","type":"record","fields":[
    {"name":"x","type":{"type":"array","items":{"name":"S","type":"record","fields":[
      {"name":"y","type":{"type":"array","items":"int"},"default":[]},{"name":"z","type":"int","default":0}]}},
     "default":[1]}]}])"),
              ElementsAre("S.y"));
}

TEST(EmptyDefaults, FindsNoneInWhatIsNoSchema) {
  for (const char* text :
       {"", "{", "7", "[]", R"({"fields":7})", R"({"fields":[7]})", R"({"name":7,"fields":[{}]})"}) {
    EXPECT_THAT(empty_defaults(text), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace weir::schema
