#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/definition_reader.h"

namespace weir::aggregation {

/// Each as `line:column: message`.
inline std::vector<std::string> lines(const DefinitionFile& file) {
  std::vector<std::string> out;
  for (const yaml::Problem& problem : file.problems)
    out.push_back(to_text(problem.mark) + ": " + problem.message);
  return out;
}

/// The problems of a definition that is good but for the fields of `text`, which take the place of the good
/// ones. Its first line is line 1.
inline std::vector<std::string> problems_with(std::string_view text, const DefinitionLimits& limits = {}) {
  std::string all = fmt::format("{}\n", text);
  const auto add = [&](std::string_view name, std::string_view value) {
    const bool is_there = all.starts_with(fmt::format("{}:", name)) ||
                          all.find(fmt::format("\n{}:", name)) != std::string::npos;
    if (!is_there) all += fmt::format("{}: {}\n", name, value);
  };
  add("name", "n");
  add("match", "up");
  add("window", "1m");
  add("outputs", "[sum]");
  return lines(parse_definition(all, limits));
}

/// The definition of a text without a problem.
inline Definition good(std::string_view text) {
  DefinitionFile file = parse_definition(text);
  EXPECT_THAT(lines(file), testing::IsEmpty()) << text;
  return file.definitions.empty() ? Definition() : file.definitions.front();
}

/// The same of a definition named "n" of the metric "up", with these further fields.
inline Definition good_with(std::string_view fields) {
  return good(fmt::format("name: n\nmatch: up\n{}\n", fields));
}

}  // namespace weir::aggregation
