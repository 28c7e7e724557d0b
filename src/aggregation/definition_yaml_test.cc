#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/definition_reader.h"
#include "aggregation/input_reader.h"
#include "os/random.h"

namespace weir::aggregation {
namespace {

constexpr std::string_view kTexts[] = {"a",
                                       "b_1",
                                       "true",
                                       "null",
                                       "~",
                                       "1.5",
                                       "- x",
                                       "a: b",
                                       "#c",
                                       "é",
                                       "\xf0\x9f\x98\x80",
                                       "\"q\"",
                                       "'s'",
                                       "back\\",
                                       "line\nline",
                                       "tab\t",
                                       "\x01\x7f",
                                       "\u0085",
                                       "\ufeff",
                                       "\u2028",
                                       " blanks ",
                                       "{x}",
                                       "[y, z]",
                                       "*a",
                                       "&b",
                                       "!t",
                                       "%d",
                                       "@e",
                                       "`f`",
                                       "|",
                                       ">",
                                       "?",
                                       "<<",
                                       "="};

/// Makes definitions that the reader could have made.
class RandomDefinition {
 public:
  explicit RandomDefinition(uint64_t seed) : random_(seed) {}

  Definition make() {
    Definition out;
    out.name = fmt::format("{}-{}", one_of({"a", "Requests", "x.y_z", "0"}), below(1'000));
    out.outputs = outputs();
    out.window = window();
    out.metric = one_of(
        {"{metric}:{window}_{output}", "{output}", "x\"{output}\\ {metric}", "größe_{window}{output}"});
    while (below(3) > 0) out.extra_labels["label " + text()] = text();
    out.without = below(2) == 0;
    out.labels = labels(out);
    for (const std::string& selector : selectors()) {
      Input input = parse_input(selector).value();
      if (std::find(out.input_texts.begin(), out.input_texts.end(), input.text) != out.input_texts.end())
        continue;
      out.inputs.push_back(std::move(input.matchers));
      out.input_texts.push_back(std::move(input.text));
    }
    out.delay_ms = below(3'600'001);
    out.keep_raw = below(2) == 0;
    out.allowed_lateness_ms = below(out.keep_raw ? 31 * 86'400'000ll + 1 : 86'400'001ll);
    out.quantile_error = std::clamp(random_.unit() / 10, 0.001, 0.1);
    out.groups_max = static_cast<uint64_t>(1 + below(10'000'000));
    return out;
  }

 private:
  int64_t below(int64_t bound) { return static_cast<int64_t>(random_.below(static_cast<uint64_t>(bound))); }
  std::string one_of(std::initializer_list<const char*> texts) {
    return *(texts.begin() + below(static_cast<int64_t>(texts.size())));
  }
  std::string text() {
    std::string out;
    do out += kTexts[below(std::size(kTexts))];
    while (below(3) == 0);
    return out;
  }
  int64_t length_ms(int64_t max_ms) {
    return below(2) == 0 ? 1'000 + below(max_ms - 999) : 1'000 * (1 + below(max_ms / 1'000));
  }

  Window window() {
    const int64_t kind = below(3);
    if (kind == 0) return Tumbling{length_ms(86'400'000)};
    if (kind == 1) {
      const int64_t hop_ms = length_ms(3'600'000);
      return Hopping{hop_ms * (1 + below(std::min<int64_t>(1'440, 86'400'000 / hop_ms))), hop_ms};
    }
    const int64_t gap_ms = length_ms(86'000'000);
    return Session{gap_ms, gap_ms + 1 + below(86'400'000 - gap_ms)};
  }

  std::vector<Output> outputs() {
    std::vector<Output> out;
    do {
      Output output;
      output.kind = static_cast<OutputKind>(below(static_cast<int64_t>(kOutputNames.size())));
      if (output.kind == OutputKind::kDistinct && below(4) > 0) output.label = text();
      if (output.kind == OutputKind::kQuantile) output.quantile = below(5) == 0 ? 1 : random_.unit();
      if (std::find(out.begin(), out.end(), output) == out.end()) out.push_back(output);
    } while (below(5) > 0);
    return out;
  }

  // As the reader leaves them: what outputs set is among `without` and not among `by`.
  std::vector<std::string> labels(const Definition& of) {
    std::vector<std::string> out;
    while (below(3) > 0) out.push_back(text());
    for (const auto& [name, value] : of.extra_labels) {
      if (of.without) out.push_back(name);
    }
    const bool has_quantiles = std::any_of(of.outputs.begin(), of.outputs.end(), [](const Output& output) {
      return output.kind == OutputKind::kQuantile;
    });
    if (of.without && has_quantiles) out.emplace_back("quantile");
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  std::vector<std::string> selectors() {
    std::vector<std::string> out;
    do {
      std::string matchers = Matcher::equal("job", "j" + text()).to_string();
      while (below(2) == 0) {
        matchers += below(2) == 0 ? ",z!=\"" : ",b=~\"";
        matchers += fmt::format("{}\"", below(10));
      }
      out.push_back(fmt::format("{}{{{}}}", one_of({"", "up", "a:b"}), matchers));
    } while (below(3) > 0);
    return out;
  }

  os::Random random_;
};

TEST(DefinitionYaml, ReadsBackAsTheSame) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  RandomDefinition random(seed);
  for (int i = 0; i < 2'000; ++i) {
    const Definition definition = random.make();
    const std::string text = to_yaml(definition);
    const DefinitionFile file = parse_definition(text);
    ASSERT_TRUE(file.problems.empty())
        << to_text(file.problems[0].mark) << ": " << file.problems[0].message << "\n"
        << text;
    ASSERT_EQ(file.definitions.size(), 1u);
    ASSERT_TRUE(file.definitions[0] == definition) << text << "\n" << to_yaml(file.definitions[0]);
  }
}

TEST(DefinitionYaml, ReadsBackWhatIsAsLongAsItMayBe) {
  Definition definition;
  definition.name = std::string(100, 'N');
  for (int i = 0; i < 50; ++i) {
    definition.outputs.push_back({.kind = OutputKind::kDistinct, .label = fmt::format("{:\n>1000}", i)});
    definition.extra_labels[fmt::format("e{:\x7f>1000}", i)] = std::string(4'096, '"');
    definition.labels.push_back(fmt::format("{:\x01>1000}", i));
    Input input = parse_input(fmt::format("m{}", i)).value();
    definition.inputs.push_back(std::move(input.matchers));
    definition.input_texts.push_back(std::move(input.text));
  }
  definition.without = true;
  for (const auto& [name, value] : definition.extra_labels) definition.labels.push_back(name);
  std::sort(definition.labels.begin(), definition.labels.end());
  definition.window = Tumbling{86'400'000};
  const DefinitionFile file = parse_definition(to_yaml(definition), {.bytes_max = 2u << 20});
  ASSERT_TRUE(file.problems.empty()) << to_text(file.problems[0].mark) << ": " << file.problems[0].message;
  EXPECT_TRUE(file.definitions.at(0) == definition);
}

TEST(DefinitionYaml, WritesEveryField) {
  DefinitionFile file = parse_definition(
      "{name: n, match: [up, 'a{b=\"c\"}'], window: 1m, outputs: [sum, quantile(0.5)], by: [x]}");
  ASSERT_TRUE(file.problems.empty());
  EXPECT_EQ(to_yaml(file.definitions[0]),
            "name: \"n\"\n"
            "match: [\"up\", \"a{b=\\\"c\\\"}\"]\n"
            "by: [\"x\"]\n"
            "window: 1m\n"
            "outputs: [\"sum\", \"quantile(0.5)\"]\n"
            "metric: \"{metric}:{window}_{output}\"\n"
            "delay: 0s\n"
            "allowed_lateness: 1h\n"
            "keep_raw: true\n"
            "quantile_error: 0.01\n"
            "groups_max: 100000\n");
}

}  // namespace
}  // namespace weir::aggregation
