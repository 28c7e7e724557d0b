#include "base/result.h"

#include <memory>
#include <set>

#include <gtest/gtest.h>

namespace weir {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return invalid_argument("odd");
  return number / 2;
}

Result<int> quarter(int number) {
  ASSIGN_OR_RETURN(const int once, half(number));
  ASSIGN_OR_RETURN(const int twice, half(once));
  return twice;
}

Status check_even(int number) {
  RETURN_IF_ERROR(half(number));
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(half(4).value(), 2);
  EXPECT_TRUE(half(4).ok());
  EXPECT_FALSE(half(3).ok());
  EXPECT_EQ(half(3).error(), (Error{Code::kInvalidArgument, "odd"}));
}

TEST(Result, MacrosPassErrorsUp) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_TRUE(check_even(2).ok());
  EXPECT_EQ(check_even(1).error().code, Code::kInvalidArgument);
}

TEST(Result, ContextGoesInFront) {
  EXPECT_EQ(half(1).context("halving 1").error().message, "halving 1: odd");
  EXPECT_EQ(half(2).context("halving 2").value(), 1);
  EXPECT_EQ(check_even(1).context("checking").error().message, "checking: odd");
  EXPECT_TRUE(check_even(2).context("checking").ok());
}

TEST(Result, MovesValuesThatCannotBeCopied) {
  const auto make = [](int number) -> Result<std::unique_ptr<int>> {
    if (number < 0) return invalid_argument("negative");
    return std::make_unique<int>(number);
  };
  const std::unique_ptr<int> taken = make(7).value();
  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, TakingWhatIsNotThereStopsTheProcess) {
  EXPECT_DEATH((void)half(3).value(), "odd");
  EXPECT_DEATH((void)half(4).error(), "error\\(\\) of a result that holds a value");
  EXPECT_DEATH(check_even(1).value(), "odd");
  EXPECT_DEATH((void)check_even(2).error(), "error\\(\\) of a success");
}

TEST(Error, SomeAreWorthAnotherTry) {
  EXPECT_TRUE(resource_exhausted("").retryable());
  EXPECT_TRUE(unavailable("").retryable());
  EXPECT_TRUE(deadline_exceeded("").retryable());
  EXPECT_FALSE(invalid_argument("").retryable());
  EXPECT_FALSE(io_error("").retryable());
}

TEST(Error, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code) {
    names.insert(code_name(static_cast<Code>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(Code::kInternal) + 1);
  EXPECT_EQ(code_name(Code::kResourceExhausted), "resource_exhausted");
}

}  // namespace
}  // namespace weir
