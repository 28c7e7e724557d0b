#pragma once

#include <string>
#include <vector>

#include "model/labels.h"
#include "rules/evaluation/environment.h"
#include "rules/unit_test/unit_test_file.h"

/// What is expected beside what came out.
namespace weir::rules::unit_test {

TextMap text_map(LabelsView labels);

/// An answer in the form in which one is expected.
std::vector<ExpectedSample> samples_of(const std::vector<RuleSample>& answer);

/// Whether both have the same, in any order; sorts them. Numbers are equal as `==` has it, so that NaN equals
/// nothing; with `fuzzy`, also neighbours among the doubles.
bool same_samples(std::vector<ExpectedSample>& expected, std::vector<ExpectedSample>& got, bool fuzzy);
bool same_alerts(std::vector<ExpectedAlert>& expected, std::vector<ExpectedAlert>& got);

/// A line for each sample; for each alert one with its labels, and below it one for each annotation.
std::vector<std::string> lines_of(const std::vector<ExpectedSample>& samples);
std::vector<std::string> lines_of(const std::vector<ExpectedAlert>& alerts);

}  // namespace weir::rules::unit_test
