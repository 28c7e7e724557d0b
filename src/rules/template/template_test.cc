#include "rules/template/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/histogram.h"
#include "rules/template/template_testing.h"

namespace weir::rules::templates {
namespace {

using testing::HasSubstr;

std::string repeated(std::string_view text, size_t count) {
  std::string out;
  while (count-- > 0) out += text;
  return out;
}

TEST(TemplateParse, SaysWhereTheFaultIs) {
  EXPECT_EQ(fault_of("a {{ foo }}").position, 5u);
  EXPECT_EQ(fault_of("a\nb {{ $x }}").position, 7u);
  EXPECT_EQ(fault_of("{{ if 1 }}x").message, "unexpected EOF");
  EXPECT_EQ(fault_of("{{ humanise 1 }}").message,
            "function \"humanise\" not defined; did you mean \"humanize\"?");
}

TEST(TemplateParse, BoundsNesting) {
  const std::string deep = repeated("{{ if 1 }}", kNestingMax);
  EXPECT_EQ(expanded(deep + "x" + repeated("{{ end }}", kNestingMax)), "x");
  EXPECT_THAT(fault_of(deep + "{{ if 1 }}").message, HasSubstr("nested deeper than 64 levels"));
  EXPECT_THAT(fault_of("{{ " + std::string(100'000, '(')).message, HasSubstr("nested deeper"));
  EXPECT_THAT(fault_of("{{ if 0 }}" + repeated("{{ else if 0 }}", 10'000)).message,
              HasSubstr("nested deeper"));
}

TEST(TemplateExpand, BoundsSteps) {
  EXPECT_THAT(expanded("{{ range 1000000000 }}{{ end }}"), HasSubstr("more than 200000 steps"));
  EXPECT_THAT(expanded("{{ define \"a\" }}{{ template \"b\" }}{{ template \"b\" }}{{ end }}"
                       "{{ define \"b\" }}{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}{{ end }}"
                       "{{ template \"a\" }}"),
              HasSubstr("steps"));
}

TEST(TemplateExpand, BoundsRegularExpressions) {
  EXPECT_EQ(expanded("{{ range 1000 }}{{ $x := match \"a\" \"b\" }}{{ end }}"), "");
  EXPECT_THAT(expanded("{{ range 3000 }}{{ $x := match \"a\" \"b\" }}{{ end }}"), HasSubstr("steps"));
  EXPECT_THAT(expanded("{{ match (printf \"%1025d\" 1) \"b\" }}"), HasSubstr("1025 bytes, limit 1024"));
  EXPECT_THAT(expanded("{{ match \"((a{100}){100}){100}\" \"b\" }}"), HasSubstr("error parsing regexp"));
}

TEST(TemplateExpand, BoundsRecursion) {
  EXPECT_THAT(expanded("{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}"),
              HasSubstr("exceeded maximum template depth (200)"));
  EXPECT_THAT(expanded("{{ template \"test\" }}"), HasSubstr("exceeded maximum template depth"));
}

TEST(TemplateExpand, BoundsTheOutputAndEachText) {
  const ExpansionLimits small{.steps_max = 200'000, .output_bytes_max = 1'000, .depth_max = 200};
  EXPECT_EQ(expanded("{{ range 100 }}0123456789{{ end }}", 1.0, small).size(), 1'000u);
  EXPECT_THAT(expanded("{{ range 101 }}0123456789{{ end }}", 1.0, small), HasSubstr("more than 1000 bytes"));
  EXPECT_THAT(expanded("{{ $x := \"ab\" }}{{ range 40 }}{{ $x = print $x $x }}{{ end }}"),
              HasSubstr("more than"));
  EXPECT_THAT(expanded("{{ $x := args 1 }}{{ range 40 }}{{ $x = args $x $x }}{{ end }}"),
              HasSubstr("args inside one another"));
  EXPECT_THAT(expanded("{{ len (printf \"%999999d%999999d\" 1 2) }}"), HasSubstr("more than 1048576 bytes"));
  EXPECT_THAT(expanded("{{ len (printf \"%999999d\" $labels) }}"), HasSubstr("more than 1048576 bytes"));
  EXPECT_THAT(expanded("{{ len (reReplaceAll \"\" (printf \"%99999d\" 1) (printf \"%99d\" 1)) }}"),
              HasSubstr("more than 1048576 bytes"));
}

TEST(TemplateExpand, TakesHistograms) {
  auto histogram = std::make_shared<Histogram>();
  histogram->count = 3;
  histogram->sum = 4.5;
  const SampleValue value{HistogramPtr(histogram)};
  EXPECT_EQ(expanded("{{ $value }} {{ .Value.Count }} {{ .Value.Sum }}", value), "{count:3, sum:4.5} 3 4.5");
  EXPECT_THAT(expanded("{{ humanize $value }}", value),
              HasSubstr("can't convert *histogram.FloatHistogram to float"));
}

TEST(TemplateExpand, NeedsAFunctionForQueries) {
  const auto parsed = Template::parse("test", "{{ query \"up\" }}");
  const auto output = std::get<Template>(parsed).expand(made_data(1.0), {0, "", nullptr});
  ASSERT_FALSE(output.ok());
  EXPECT_THAT(output.error().message, HasSubstr("queries are not possible here"));
}

}  // namespace
}  // namespace weir::rules::templates
