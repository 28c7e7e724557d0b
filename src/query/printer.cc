#include "query/printer.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/duration.h"
#include "query/functions.h"
#include "query/literals.h"

namespace weir::query {
namespace {

class Printer {
 public:
  std::string take() { return std::move(out_); }

  void print(const Expr& expr) {
    std::visit([&](const auto& node) { visit(node); }, expr.node);
  }

  void head(const Aggregate& aggregate) {
    out_ += text(aggregate.op);
    if (!aggregate.without && aggregate.grouping.empty()) return;
    out_ += aggregate.without ? " without (" : " by (";
    labels(aggregate.grouping);
    out_ += ") ";
  }

  void operation(const Binary& binary) {
    out_ += fmt::format("{}{}", text(binary.op), binary.return_bool ? " bool" : "");
    matching(binary.matching);
  }

  void suffix(const Subquery& subquery) {
    const bool has_step = subquery.step_ms != 0 || !subquery.step_text.empty();
    out_ += fmt::format("[{}:{}]", duration(subquery.range_ms, subquery.range_text),
                        has_step ? duration(subquery.step_ms, subquery.step_text) : "");
    shift(subquery.shift);
  }

 private:
  // Infinity goes without its sign: `Inf ^ 2` is a power, `+Inf ^ 2` the sign of one.
  void visit(const NumberLiteral& number) {
    if (number.duration) {
      out_ += format_duration(std::llround(number.value * 1000));
    } else {
      out_ += number.value == HUGE_VAL ? "Inf" : format_number(number.value);
    }
  }

  void visit(const StringLiteral& literal) { out_ += quote(literal.value); }

  void visit(const VectorSelector& selector) {
    matchers(selector);
    edges(selector);
    shift(selector.shift);
  }

  void visit(const MatrixSelector& matrix) {
    matchers(matrix.selector);
    out_ += fmt::format("[{}]", duration(matrix.range_ms, matrix.range_text));
    edges(matrix.selector);
    shift(matrix.selector.shift);
  }

  void visit(const Subquery& subquery) {
    print(*subquery.expr);
    suffix(subquery);
  }

  void visit(const Call& call) {
    out_ += call.function->name;
    out_ += '(';
    for (size_t i = 0; i < call.args.size(); ++i) {
      if (i > 0) out_ += ", ";
      print(*call.args[i]);
    }
    out_ += ')';
  }

  void visit(const Aggregate& aggregate) {
    head(aggregate);
    out_ += '(';
    if (aggregate.param != nullptr) {
      print(*aggregate.param);
      out_ += ", ";
    }
    print(*aggregate.expr);
    out_ += ')';
  }

  void visit(const Binary& binary) {
    print(*binary.lhs);
    out_ += ' ';
    operation(binary);
    out_ += ' ';
    print(*binary.rhs);
  }

  void visit(const Unary& unary) {
    out_ += unary.negative ? '-' : '+';
    print(*unary.expr);
  }

  void visit(const Paren& paren) {
    out_ += '(';
    print(*paren.expr);
    out_ += ')';
  }

  void matching(const VectorMatching& matching) {
    match_labels(matching);
    if (matching.fill_left && matching.fill_right && *matching.fill_left == *matching.fill_right) {
      out_ += fmt::format(" fill ({})", format_number(*matching.fill_left));
      return;
    }
    if (matching.fill_left) out_ += fmt::format(" fill_left ({})", format_number(*matching.fill_left));
    if (matching.fill_right) out_ += fmt::format(" fill_right ({})", format_number(*matching.fill_right));
  }

  void match_labels(const VectorMatching& matching) {
    using Card = VectorMatching::Card;
    const bool grouped = matching.card == Card::kManyToOne || matching.card == Card::kOneToMany;
    if (matching.labels.empty() && !matching.on && !grouped) return;
    out_ += matching.on ? " on (" : " ignoring (";
    labels(matching.labels);
    out_ += ')';
    if (!grouped) return;
    out_ += matching.card == Card::kManyToOne ? " group_left (" : " group_right (";
    labels(matching.include);
    out_ += ')';
  }

  void labels(const std::vector<std::string>& names) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (i > 0) out_ += ", ";
      out_ += is_plain_name(names[i]) ? names[i] : quote(names[i]);
    }
  }

  void matchers(const VectorSelector& selector) {
    const size_t named = selector.name.empty() ? 0 : 1;  // the last matcher is the name
    std::vector<std::string> texts;
    for (size_t i = 0; i + named < selector.matchers.size(); ++i) {
      const Matcher& matcher = selector.matchers[i];
      texts.push_back(fmt::format("{}{}{}",
                                  is_plain_name(matcher.name()) ? matcher.name() : quote(matcher.name()),
                                  op_text(matcher.op()), quote(matcher.value())));
    }
    std::sort(texts.begin(), texts.end());
    out_ += selector.name;
    if (!texts.empty()) out_ += fmt::format("{{{}}}", fmt::join(texts, ","));
  }

  static std::string duration(int64_t duration_ms, const std::string& text) {
    return text.empty() ? format_duration(duration_ms) : text;
  }

  void edges(const VectorSelector& selector) {
    if (selector.edges != Edges::kPlain) out_.append(" ").append(text(selector.edges));
  }

  void shift(const TimeShift& shift) {
    switch (shift.at) {
      case TimeShift::At::kNone:
        break;
      case TimeShift::At::kTime:
        out_ += fmt::format(" @ {:.3f}", static_cast<double>(shift.at_ms) / 1000);
        break;
      case TimeShift::At::kStart:
        out_ += " @ start()";
        break;
      case TimeShift::At::kEnd:
        out_ += " @ end()";
        break;
    }
    if (shift.offset_ms == 0 && shift.offset_text.empty()) return;
    out_ += " offset " + duration(shift.offset_ms, shift.offset_text);
  }

  std::string out_;
};

}  // namespace

std::string print(const Expr& expr) {
  Printer printer;
  printer.print(expr);
  return printer.take();
}

std::string print_head(const Aggregate& aggregate) {
  Printer printer;
  printer.head(aggregate);
  return printer.take();
}

std::string print_operator(const Binary& binary) {
  Printer printer;
  printer.operation(binary);
  return printer.take();
}

std::string print_suffix(const Subquery& subquery) {
  Printer printer;
  printer.suffix(subquery);
  return printer.take();
}

}  // namespace weir::query
