#include "query/profile.h"

#include "query/functions.h"
#include "query/printer.h"

namespace weir::query {
namespace {

std::string trimmed(std::string text) {
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

struct NameOf {
  std::string operator()(const NumberLiteral&) const { return "number"; }
  std::string operator()(const StringLiteral&) const { return "string"; }
  std::string operator()(const VectorSelector&) const { return "selector"; }
  std::string operator()(const MatrixSelector&) const { return "selector"; }
  std::string operator()(const Subquery&) const { return "subquery"; }
  std::string operator()(const Call& call) const { return std::string(call.function->name); }
  std::string operator()(const Aggregate& aggregate) const { return trimmed(print_head(aggregate)); }
  std::string operator()(const Binary& binary) const { return print_operator(binary); }
  std::string operator()(const Unary& unary) const { return unary.negative ? "-" : "+"; }
  std::string operator()(const Paren& paren) const { return std::visit(*this, paren.expr->node); }
};

// In the order of the text.
struct OperandsOf {
  using Operands = std::vector<const Expr*>;

  Operands operator()(const NumberLiteral&) const { return {}; }
  Operands operator()(const StringLiteral&) const { return {}; }
  Operands operator()(const VectorSelector&) const { return {}; }
  Operands operator()(const MatrixSelector&) const { return {}; }
  Operands operator()(const Subquery& subquery) const { return {subquery.expr.get()}; }
  Operands operator()(const Call& call) const {
    Operands operands;
    for (const ExprPtr& arg : call.args) operands.push_back(arg.get());
    if (call.function->name == "info") operands.resize(1);
    return operands;
  }
  Operands operator()(const Aggregate& aggregate) const {
    if (aggregate.param == nullptr) return {aggregate.expr.get()};
    return {aggregate.param.get(), aggregate.expr.get()};
  }
  Operands operator()(const Binary& binary) const { return {binary.lhs.get(), binary.rhs.get()}; }
  Operands operator()(const Unary& unary) const { return {unary.expr.get()}; }
  Operands operator()(const Paren& paren) const { return std::visit(*this, paren.expr->node); }
};

}  // namespace

void Profile::begin(const Expr& expr) {
  nodes_.clear();
  index_.clear();
  add(expr);
}

size_t Profile::add(const Expr& outer) {
  const Expr& expr = unwrap(outer);
  const size_t place = nodes_.size();
  index_.emplace(&expr, place);
  ProfileNode& node = nodes_.emplace_back();
  node.name = std::visit(NameOf(), expr.node);
  node.text = print(expr);
  node.position = expr.range;
  node.type = expr.type();
  std::vector<size_t> children;  // adding them moves the node
  for (const Expr* operand : std::visit(OperandsOf(), expr.node)) children.push_back(add(*operand));
  nodes_[place].children = std::move(children);
  return place;
}

NodeCost Profile::own_cost(const ProfileNode& node) const {
  NodeCost own = node.cost;
  for (const size_t child : node.children) {
    const NodeCost& below = nodes_[child].cost;
    own.time -= below.time;
    own.series_read -= below.series_read;
    own.samples_read -= below.samples_read;
  }
  return own;
}

void Profile::matches(const Expr& selector, MatchCount count) {
  ProfileNode* node = find(selector);
  CHECK(node != nullptr, "the selector is a node");
  node->matching = count;
}

ProfileNode* Profile::find(const Expr& expr) {
  const auto at = index_.find(&expr);
  return at == index_.end() ? nullptr : &nodes_[at->second];
}

Profile::Visit::Visit(Profile& profile, const Expr& expr, const Budget& budget)
    : node_(profile.find(expr)),
      clock_(profile.clock_),
      budget_(budget),
      series_before_(budget.series_read()),
      samples_before_(budget.samples_read()),
      began_(clock_.steady()) {}

Profile::Visit::~Visit() {
  if (node_ == nullptr) return;
  ++node_->evaluations;
  node_->cost.time += clock_.steady() - began_;
  node_->cost.series_read += budget_.series_read() - series_before_;
  node_->cost.samples_read += budget_.samples_read() - samples_before_;
}

void Profile::Visit::yields(size_t series, size_t steps) {
  if (node_ == nullptr) return;
  node_->series += series;
  node_->steps += steps;
}

}  // namespace weir::query
