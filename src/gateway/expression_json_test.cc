#include "gateway/expression_json.h"

#include <gtest/gtest.h>

#include "query/parser.h"

namespace weir::gateway {
namespace {

std::string tree(std::string_view text) {
  return expression_json(*query::parse(text, {}).value());
}

const std::string kX =
    R"({"type":"vectorSelector","name":"x","matchers":[{"name":"__name__","value":"x","type":"="}],)"
    R"("offset":0,"timestamp":null,"startOrEnd":null,"anchored":false,"smoothed":false})";

TEST(ExpressionJson, Literals) {
  EXPECT_EQ(tree("1e3"), R"({"type":"numberLiteral","val":"1000"})");
  EXPECT_EQ(tree("'a\"b'"), R"({"type":"stringLiteral","val":"a\"b"})");
}

TEST(ExpressionJson, Selectors) {
  EXPECT_EQ(tree("x"), kX);
  EXPECT_EQ(tree("x{a!~'b'}[5m] @ 1.5 offset -1s"),
            R"({"type":"matrixSelector","range":300000,"name":"x","matchers":[)"
            R"({"name":"a","value":"b","type":"!~"},{"name":"__name__","value":"x","type":"="}],)"
            R"("offset":-1000,"timestamp":1500,"startOrEnd":null,"anchored":false,"smoothed":false})");
  EXPECT_EQ(tree("x[1h:] @ end()"), R"({"type":"subquery","expr":)" + kX +
                                        R"(,"range":3600000,"step":0,"offset":0,"timestamp":null,)"
                                        R"("startOrEnd":"end"})");
}

TEST(ExpressionJson, Operations) {
  EXPECT_EQ(tree("-(x)"), R"({"type":"unaryExpr","op":"-","expr":{"type":"parenExpr","expr":)" + kX + "}}");
  EXPECT_EQ(tree("x > bool on (a) group_left (b) x"),
            R"({"type":"binaryExpr","op":">","lhs":)" + kX + R"(,"rhs":)" + kX +
                R"(,"bool":true,"matching":{"card":"many-to-one","labels":["a"],"on":true,"include":["b"],)"
                R"("fillValues":{"lhs":null,"rhs":null}}})");
  EXPECT_EQ(tree("x and x"), R"({"type":"binaryExpr","op":"and","lhs":)" + kX + R"(,"rhs":)" + kX +
                                 R"(,"bool":false,"matching":{"card":"many-to-many","labels":[],"on":false,)"
                                 R"("include":[],"fillValues":{"lhs":null,"rhs":null}}})");
  EXPECT_EQ(tree("x + 1"), R"({"type":"binaryExpr","op":"+","lhs":)" + kX +
                               R"(,"rhs":{"type":"numberLiteral","val":"1"},"bool":false,"matching":null})");
}

TEST(ExpressionJson, WhatIsNewInPrometheus) {
  EXPECT_NE(tree("rate(x[5m] smoothed)").find("\"anchored\":false,\"smoothed\":true"), std::string::npos);
  EXPECT_NE(tree("x + fill_left(0.5) x").find("\"fillValues\":{\"lhs\":0.5,\"rhs\":null}"),
            std::string::npos);
  EXPECT_NE(tree("x[1m + 30s]").find("\"range\":90000"), std::string::npos);
}

TEST(ExpressionJson, CallsAndAggregations) {
  EXPECT_EQ(tree("round(x)"), R"({"type":"call","func":{"name":"round","argTypes":["vector","scalar"],)"
                              R"("variadic":1,"returnType":"vector"},"args":[)" +
                                  kX + "]}");
  EXPECT_EQ(tree("sum by (a) (x)"), R"({"type":"aggregation","op":"sum","expr":)" + kX +
                                        R"(,"param":null,"grouping":["a"],"without":false})");
  EXPECT_EQ(tree("topk without () (2, x)"),
            R"({"type":"aggregation","op":"topk","expr":)" + kX +
                R"(,"param":{"type":"numberLiteral","val":"2"},"grouping":[],"without":true})");
}

}  // namespace
}  // namespace weir::gateway
