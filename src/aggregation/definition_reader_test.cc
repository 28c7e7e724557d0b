#include "aggregation/definition_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/definition_texts_test.h"

namespace weir::aggregation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

std::vector<std::string> problems_of(std::string_view text, const DefinitionLimits& limits = {}) {
  return lines(parse_definitions(text, limits));
}

constexpr std::string_view kGood = R"(aggregations:
  - name: requests
    match: http_requests_total{env="prod"}
    by: [service, code]
    window: 1m
    outputs: [count, sum, avg, distinct(user), distinct, quantile(0.5), quantile(0.99)]
    metric: "{metric}:{window}_{output}"
    labels: {team: web}
    delay: 10s
    allowed_lateness: 2h
    keep_raw: false
    quantile_error: 0.02
    groups_max: 1000
  - name: visits
    match:
      - 'page_views{ b != "x" , a =~ "y.*" }'
      - '{__name__=~"clicks|taps"}'
    window: {type: session, gap: 30s, max: 2h}
    outputs: [count]
)";

TEST(DefinitionReader, ReadsAllFields) {
  const DefinitionFile file = parse_definitions(kGood);
  ASSERT_THAT(lines(file), IsEmpty());
  ASSERT_THAT(file.definitions, SizeIs(2));
  const Definition& requests = file.definitions[0];
  EXPECT_EQ(requests.name, "requests");
  EXPECT_THAT(requests.input_texts, ElementsAre("http_requests_total{env=\"prod\"}"));
  EXPECT_THAT(requests.inputs, ElementsAre(ElementsAre(Matcher::equal("env", "prod"),
                                                       Matcher::equal("__name__", "http_requests_total"))));
  EXPECT_FALSE(requests.without);
  EXPECT_THAT(requests.labels, ElementsAre("code", "service"));
  EXPECT_EQ(requests.window, Window(Tumbling{60'000}));
  ASSERT_THAT(requests.outputs, SizeIs(7));
  EXPECT_EQ(requests.outputs[3], (Output{.kind = OutputKind::kDistinct, .label = "user"}));
  EXPECT_EQ(requests.outputs[6], (Output{.kind = OutputKind::kQuantile, .label = {}, .quantile = 0.99}));
  EXPECT_EQ(requests.metric, "{metric}:{window}_{output}");
  EXPECT_THAT(requests.extra_labels, ElementsAre(Pair("team", "web")));
  EXPECT_EQ(requests.delay_ms, 10'000);
  EXPECT_EQ(requests.allowed_lateness_ms, 7'200'000);
  EXPECT_FALSE(requests.keep_raw);
  EXPECT_EQ(requests.quantile_error, 0.02);
  EXPECT_EQ(requests.groups_max, 1'000u);
  const Definition& visits = file.definitions[1];
  EXPECT_THAT(visits.input_texts,
              ElementsAre("page_views{a=~\"y.*\",b!=\"x\"}", "{__name__=~\"clicks|taps\"}"));
  EXPECT_EQ(visits.window, Window(Session{30'000, 7'200'000}));
}

TEST(DefinitionReader, HasDefaultsForWhatIsNotThere) {
  const Definition definition =
      good("{name: n, match: up, window: 1m, outputs: [sum], keep_raw: , labels: , by: , delay: }");
  Definition expected;
  expected.name = definition.name;
  expected.inputs = definition.inputs;
  expected.input_texts = {"up"};
  expected.window = Tumbling{60'000};
  expected.outputs = {{.kind = OutputKind::kSum}};
  EXPECT_EQ(definition, expected);
  EXPECT_TRUE(definition.keep_raw);
  EXPECT_EQ(definition.allowed_lateness_ms, 3'600'000);
  EXPECT_EQ(definition.groups_max, 100'000u);
}

TEST(DefinitionReader, TakesJson) {
  const DefinitionFile file = parse_definitions(R"json({"aggregations": [{
    "name": "n", "match": "up{a=\"b\"}", "window": {"type": "hopping", "size": "5m", "hop": "30s"},
    "outputs": ["quantile(0.5, 0.9)"], "keep_raw": false, "groups_max": 5
  }]})json");
  EXPECT_THAT(lines(file), IsEmpty());
  ASSERT_THAT(file.definitions, SizeIs(1));
  EXPECT_EQ(file.definitions[0].window, Window(Hopping{300'000, 30'000}));
  EXPECT_THAT(file.definitions[0].outputs, SizeIs(2));
}

TEST(DefinitionReader, NothingIsAFileWithoutAggregations) {
  for (const char* text : {"", "# nothing\n", "aggregations:\n", "aggregations: []\n"}) {
    const DefinitionFile file = parse_definitions(text);
    EXPECT_THAT(lines(file), IsEmpty()) << text;
    EXPECT_THAT(file.definitions, IsEmpty()) << text;
  }
}

TEST(DefinitionReader, SaysWhatIsNotOfItsForm) {
  EXPECT_THAT(problems_of("aggregations: [\n"), ElementsAre(HasSubstr("2:1: ")));
  EXPECT_THAT(problems_of("text\n"),
              ElementsAre("1:1: file of aggregations: expected keys with values, found text"));
  EXPECT_THAT(problems_of("aggregation: []\n"),
              ElementsAre("1:1: file of aggregations: unknown field \"aggregation\"; "
                          "did you mean \"aggregations\"?"));
  EXPECT_THAT(problems_of("aggregations:\n- \n- x\n"),
              ElementsAre(HasSubstr("aggregation: there is nothing in it"),
                          "3:3: aggregation: expected keys with values, found text"));
  EXPECT_THAT(lines(parse_definition("")), ElementsAre("1:1: aggregation: there is nothing in it"));
  EXPECT_THAT(problems_of("a: 1\n---\nb: 2\n"), ElementsAre(HasSubstr("2:")));
}

TEST(DefinitionReader, FindsAllProblemsAtOnce) {
  EXPECT_THAT(
      problems_of(R"(aggregations:
  - name: a
    match: up{
    window: 1x
    outputs: [total]
    keep: true
  - name: a
    match: up
    match: down
    window: 1m
    outputs: [sum]
  - by: [x]
)"),
      ElementsAre(
          HasSubstr("3:15: match: parse error: "), HasSubstr("4:13: window: \"1x\" is not a duration"),
          HasSubstr("5:15: outputs: unknown output \"total\""),
          HasSubstr("6:5: aggregation: unknown field \"keep\""),
          "7:11: name: \"a\" is there twice, first at line 2",
          "9:5: aggregation: \"match\" is there twice, first at line 8",
          "12:5: aggregation: it needs \"name\" with a name of its own",
          "12:5: aggregation: it needs \"match\" with a selector of series, or a list of such",
          "12:5: aggregation: it needs \"window\" with a duration such as 1m, or with a type and lengths",
          "12:5: aggregation: it needs \"outputs\" with a list such as [count, sum]"));
}

TEST(DefinitionReader, RefusesNames) {
  EXPECT_THAT(problems_with("name: a b"),
              ElementsAre("1:7: name: \"a b\" is not 1 to 100 of the characters a-z A-Z 0-9 _ . -"));
  EXPECT_THAT(problems_with("name: ''"), ElementsAre("1:7: name: it is empty"));
  EXPECT_THAT(problems_with("name: [a]"), ElementsAre("1:7: name: expected text, found a list"));
}

TEST(DefinitionReader, RefusesLabelsThatCannotTellGroupsApart) {
  EXPECT_THAT(problems_with("by: [a]\nwithout: [b]"),
              ElementsAre(HasSubstr("2:1: aggregation: it has both \"by\" and \"without\"")));
  EXPECT_THAT(problems_with("without: [a]\nby: [b]"),
              ElementsAre(HasSubstr("2:1: aggregation: it has both")));
  EXPECT_THAT(problems_with("by: [a, __name__]"),
              ElementsAre(HasSubstr("1:9: by: \"__name__\": the metric tells groups apart where {metric}")));
  EXPECT_THAT(problems_with("without: [__name__]"),
              ElementsAre(HasSubstr("1:11: without: \"__name__\" is always left out")));
  EXPECT_THAT(problems_with("by: [a, b, a]"), ElementsAre("1:12: by: \"a\" is there twice"));
  EXPECT_THAT(problems_with("by: ['']"), ElementsAre("1:6: by: it is empty"));
  EXPECT_THAT(problems_with("by: a"), ElementsAre("1:5: by: expected a list, found text"));
  EXPECT_THAT(problems_with("by: [a, b, c]", {.labels_max = 2}), ElementsAre("1:12: by: 3 items, limit 2"));
  EXPECT_THAT(problems_with("by: [abc]", {.name_bytes_max = 2}), ElementsAre("1:6: by: 3 bytes, limit 2"));
}

TEST(DefinitionReader, SortsLabels) {
  const std::string rest = "window: 1m\noutputs: [sum]\n";
  EXPECT_THAT(good_with(rest + "by: [b, c, a]").labels, ElementsAre("a", "b", "c"));
  EXPECT_THAT(good_with(rest + "by: []").labels, IsEmpty());
  const Definition without = good_with(rest + "without: [pod, instance]");
  EXPECT_TRUE(without.without);
  EXPECT_THAT(without.labels, ElementsAre("instance", "pod"));
  EXPECT_TRUE(good_with(rest + "without: []").without);
}

TEST(DefinitionReader, KeepsLabelsThatOutputsSetOutOfGroups) {
  EXPECT_THAT(
      good_with("window: 1m\noutputs: [sum, quantile(0.5)]\nwithout: [pod]\nlabels: {team: web, a: b}")
          .labels,
      ElementsAre("a", "pod", "quantile", "team"));
  EXPECT_THAT(
      problems_with("by: [team]\nlabels: {team: web}"),
      ElementsAre("1:5: by: \"team\" is set on outputs by \"labels\", so it cannot tell groups apart"));
  EXPECT_THAT(
      problems_with("by: [quantile]\noutputs: [quantile(0.5)]"),
      ElementsAre(
          "1:5: by: \"quantile\" is set on outputs that are quantiles, so it cannot tell groups apart"));
  EXPECT_THAT(problems_with("by: [quantile]"), IsEmpty());
}

TEST(DefinitionReader, RefusesLabelsThatCannotBeSet) {
  EXPECT_THAT(problems_with("labels: {__name__: x}"),
              ElementsAre(HasSubstr("1:10: labels: \"__name__\" cannot be set")));
  EXPECT_THAT(problems_with("labels: {quantile: x}"), IsEmpty());
  EXPECT_THAT(problems_with("labels: {quantile: x}\noutputs: [quantile(0.5)]"),
              ElementsAre(HasSubstr("1:10: labels: \"quantile\" cannot be set")));
  EXPECT_THAT(problems_with("labels: {'': x, a: ''}"),
              ElementsAre("1:10: labels: it is empty", "1:20: labels \"a\": it is empty"));
  EXPECT_THAT(problems_with("labels: {a: x, a: y}"),
              ElementsAre(HasSubstr("1:16: labels: \"a\" is there twice")));
  EXPECT_THAT(problems_with("labels: {a: [x]}"), ElementsAre(HasSubstr("1:13: labels \"a\": expected text")));
  EXPECT_THAT(problems_with("labels: {a: xyzw}", {.value_bytes_max = 3}),
              ElementsAre("1:13: labels \"a\": 4 bytes, limit 3"));
  EXPECT_THAT(problems_with("labels: {a: x, b: y}", {.labels_max = 1}),
              ElementsAre("1:9: labels: 2 labels, limit 1"));
}

TEST(DefinitionReader, RefusesNamesOfMetrics) {
  EXPECT_THAT(problems_with("metric: '{metric}'"),
              ElementsAre(HasSubstr("1:9: metric: \"{metric}\" alone is the name of the inputs")));
  EXPECT_THAT(problems_with("metric: ''"), ElementsAre("1:9: metric: it is empty"));
  EXPECT_THAT(problems_with("metric: '{metric}:{size}'"),
              ElementsAre(HasSubstr("1:19: metric: unknown placeholder \"{size}\"")));
  EXPECT_THAT(problems_with("metric: x\noutputs: [sum, count]"),
              ElementsAre("1:9: metric: \"x\" gives sum and count one name; {output} has to be in it"));
  EXPECT_THAT(problems_with("metric: x\noutputs: [distinct(a), distinct(b)]"),
              ElementsAre(HasSubstr("gives distinct(a) and distinct(b) one name")));
  EXPECT_THAT(problems_with("metric: '{output}'\noutputs: [distinct(a), distinct(b)]"), IsEmpty());
  EXPECT_THAT(problems_with("metric: x\noutputs: [quantile(0.5, 0.9)]"), IsEmpty());
  EXPECT_THAT(problems_with("metric: up"),
              ElementsAre("1:9: metric: up takes \"up\", so outputs would be inputs"));
  EXPECT_THAT(
      problems_with(
          "metric: 'u{output}'\noutputs: [max, sum]\nmatch: [a, '{__name__=~\"u.*\",__name__!=\"umax\"}']"),
      ElementsAre(HasSubstr("takes \"usum\", so outputs would be inputs")));
  EXPECT_THAT(problems_with("metric: x\nmatch: '{job=\"j\"}'"), IsEmpty());
  EXPECT_THAT(problems_with("metric: größe"), IsEmpty());
}

TEST(DefinitionReader, HoldsTimesAndNumbersToTheirBounds) {
  for (const char* fine : {"delay: 0", "delay: 1h", "allowed_lateness: 0s", "allowed_lateness: 31d",
                           "quantile_error: 0.001", "quantile_error: 0.1", "groups_max: 1",
                           "groups_max: 10000000", "allowed_lateness: 1d\nkeep_raw: false"})
    EXPECT_THAT(problems_with(fine), IsEmpty()) << fine;
  EXPECT_THAT(problems_with("delay: 1h1ms"), ElementsAre("1:8: delay: 1h1ms, allowed are 0s to 1h"));
  EXPECT_THAT(problems_with("allowed_lateness: 31d1s"),
              ElementsAre("1:19: allowed_lateness: 31d1s, allowed are 0s to 31d"));
  EXPECT_THAT(problems_with("keep_raw: false\nallowed_lateness: 2d"),
              ElementsAre("2:19: allowed_lateness: 2d, limit 1d where \"keep_raw\" is false"));
  EXPECT_THAT(problems_with("keep_raw: no"),
              ElementsAre("1:11: keep_raw: expected true or false, found \"no\""));
  EXPECT_THAT(problems_with("quantile_error: 0.2"),
              ElementsAre("1:17: quantile_error: 0.2, allowed are 0.001 to 0.1"));
  EXPECT_THAT(problems_with("quantile_error: .nan"),
              ElementsAre("1:17: quantile_error: .nan, allowed are 0.001 to 0.1"));
  EXPECT_THAT(problems_with("groups_max: 0"), ElementsAre("1:13: groups_max: 0, allowed are 1 to 10000000"));
  EXPECT_THAT(problems_with("groups_max: 10000001"),
              ElementsAre("1:13: groups_max: 10000001, allowed are 1 to 10000000"));
  EXPECT_THAT(problems_with("groups_max: 1.5"),
              ElementsAre(HasSubstr("1:13: groups_max: expected a whole number")));
}

TEST(DefinitionReader, HoldsFilesToTheirBounds) {
  EXPECT_THAT(problems_of("aggregations: []", {.bytes_max = 10}),
              ElementsAre("1:1: the file has 16 bytes, limit 10"));
  const std::string good = "{match: up, window: 1m, outputs: [sum], name: ";
  const std::string three = fmt::format("aggregations:\n- {0}a}}\n- {0}b}}\n- {0}c}}\n", good);
  EXPECT_THAT(problems_of(three, {.definitions_max = 2}), ElementsAre("4:3: aggregations: 3 items, limit 2"));
  EXPECT_THAT(problems_of(three, {.definitions_max = 3}), IsEmpty());
  EXPECT_THAT(problems_of("aggregations: [{}, {}, {}, {}]", {.problems_max = 6}), SizeIs(6));
  EXPECT_THAT(problems_of("{a: 1, b: 2, c: 3}", {.problems_max = 2}), SizeIs(2));
}

TEST(DefinitionReader, FollowsAliases) {
  const DefinitionFile file = parse_definitions(
      "aggregations:\n- &base {name: a, match: up, window: {type: tumbling, size: 1m}, outputs: [sum]}\n- "
      "{<<: *base, name: b}\n");
  EXPECT_THAT(lines(file), IsEmpty());
  ASSERT_THAT(file.definitions, SizeIs(2));
  EXPECT_EQ(file.definitions[1].name, "b");
  EXPECT_EQ(file.definitions[1].window, Window(Tumbling{60'000}));
}

}  // namespace
}  // namespace weir::aggregation
