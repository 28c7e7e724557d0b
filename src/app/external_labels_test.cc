#include "app/external_labels.h"

#include <gmock/gmock.h>

namespace weir::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(ExternalLabels, AreNamesAndValues) {
  EXPECT_THAT(parse_external_labels("").value(), IsEmpty());
  EXPECT_THAT(parse_external_labels("  ").value(), IsEmpty());
  EXPECT_THAT(parse_external_labels("region=eu").value(), UnorderedElementsAre(Pair("region", "eu")));
  EXPECT_THAT(parse_external_labels(" region=eu west , replica=a=b,,empty=").value(),
              UnorderedElementsAre(Pair("region", "eu west"), Pair("replica", "a=b"), Pair("empty", "")));
}

TEST(ExternalLabels, WhatIsNoneIsAnError) {
  for (const char* text : {"region", "=eu", "a=b,c"})
    EXPECT_THAT(parse_external_labels(text).error().message, HasSubstr("is no label")) << text;
  EXPECT_THAT(parse_external_labels("a=1,a=2").error().message, HasSubstr("\"a\" is there twice"));
}

}  // namespace
}  // namespace weir::app
