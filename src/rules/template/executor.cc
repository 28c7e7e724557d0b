#include "rules/template/executor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rules/template/go_format.h"
#include "rules/template/go_text.h"

namespace weir::rules::templates {
namespace {

// What a message shows of a place, and where that is.
struct Shown {
  size_t position = 0;
  std::string text;
};

std::string statement_text(const Statement& statement) {
  const std::string pipe = statement.pipe ? " " + to_text(*statement.pipe) : "";
  switch (statement.kind) {
    case StatementKind::kTemplate:
      return fmt::format("{{{{template {}{}}}}}", go_quote(statement.text), pipe);
    case StatementKind::kRange:
      return fmt::format("{{{{range{}}}}}", pipe);
    default:
      return fmt::format("{{{{{}}}}}", statement.pipe ? to_text(*statement.pipe) : "");
  }
}

Shown show(const Statement* statement) {
  return {statement->position, statement_text(*statement)};
}
template <typename Node>
Shown show(const Node* node) {
  return {node->position, to_text(*node)};
}

}  // namespace

Result<std::string> Executor::run(const Value& data, std::vector<Variable> variables) {
  variables_ = std::move(variables);
  variables_.insert(variables_.begin(), Variable{"$", data});
  const auto root = source_.set.find(source_.name);
  RETURN_IF_ERROR(walk(root->second, data));
  return std::move(out_);
}

Result<Executor::Flow> Executor::walk(const Statements& statements, const Value& dot) {
  const Nesting nesting(*this);
  for (const Statement& statement : statements) {
    ASSIGN_OR_RETURN(const Flow flow, walk(statement, dot));
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Result<Executor::Flow> Executor::walk(const Statement& statement, const Value& dot) {
  at(&statement);
  RETURN_IF_ERROR(spend(0));
  switch (statement.kind) {
    case StatementKind::kText:
      RETURN_IF_ERROR(write(statement.text));
      return Flow::kNext;
    case StatementKind::kAction:
      RETURN_IF_ERROR(action(statement, dot));
      return Flow::kNext;
    case StatementKind::kIf:
    case StatementKind::kWith:
      return branch(statement, dot);
    case StatementKind::kRange:
      return range(statement, dot);
    case StatementKind::kTemplate:
      RETURN_IF_ERROR(template_call(statement, dot));
      return Flow::kNext;
    case StatementKind::kBreak:
      return Flow::kBreak;
    case StatementKind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kNext;
}

// An action that declares or assigns prints nothing.
Status Executor::action(const Statement& statement, const Value& dot) {
  ASSIGN_OR_RETURN(const Value value, evaluate(*statement.pipe, dot));
  if (!statement.pipe->variables.empty()) return {};
  at(&statement);
  return write(printed(value));
}

Result<Executor::Flow> Executor::branch(const Statement& statement, const Value& dot) {
  const size_t mark = variables_.size();
  ASSIGN_OR_RETURN(const Value value, evaluate(*statement.pipe, dot));
  const bool holds = is_true(value);
  const Value& inner = holds && statement.kind == StatementKind::kWith ? value : dot;
  auto flow = walk(holds ? statement.body : statement.otherwise, inner);
  variables_.resize(mark);
  return flow;
}

Result<Executor::Flow> Executor::range(const Statement& statement, const Value& dot) {
  const size_t mark = variables_.size();
  ASSIGN_OR_RETURN(const Value items, evaluate(*statement.pipe, dot));
  auto flow = range_over(statement, items, dot);
  variables_.resize(mark);
  return flow;
}

Result<Executor::Flow> Executor::range_over(const Statement& statement, const Value& items,
                                            const Value& dot) {
  const auto loop = [&](const Value& index, const Value& item) { return iteration(statement, index, item); };
  const auto* count = items.get<Integer>();
  if (count != nullptr && statement.pipe->variables.size() > 1) {
    return error(fmt::format("can't use {} to iterate over more than one variable", printed(items)));
  }
  if (count != nullptr && count->value > 0) {
    for (int64_t i = 0; i < count->value; ++i) {
      ASSIGN_OR_RETURN(const Flow flow, loop({None()}, {Integer{i, count->type}}));
      if (flow == Flow::kBreak) break;
    }
    return Flow::kNext;
  }
  if (const auto* vector = items.get<VectorPtr>(); vector != nullptr && size_of(items) > 0) {
    for (size_t i = 0; i < size_of(items); ++i) {
      ASSIGN_OR_RETURN(const Flow flow, loop({Integer{static_cast<int64_t>(i)}}, {(**vector)[i]}));
      if (flow == Flow::kBreak) break;
    }
    return Flow::kNext;
  }
  if (const auto* labels = items.get<LabelMapPtr>(); labels != nullptr && size_of(items) > 0) {
    for (const auto& [name, value] : **labels) {
      ASSIGN_OR_RETURN(const Flow flow, loop(text_value(name), text_value(value)));
      if (flow == Flow::kBreak) break;
    }
    return Flow::kNext;
  }
  if (const auto* arguments = items.get<ArgumentMapPtr>(); arguments != nullptr && size_of(items) > 0) {
    for (const auto& [name, value] : (*arguments)->values) {
      ASSIGN_OR_RETURN(const Flow flow, loop(text_value(name), value));
      if (flow == Flow::kBreak) break;
    }
    return Flow::kNext;
  }
  const bool iterable = count != nullptr || items.is<None>() || items.is<VectorPtr>() ||
                        items.is<LabelMapPtr>() || items.is<ArgumentMapPtr>();
  if (!iterable) return error(fmt::format("range can't iterate over {}", printed(items)));
  return walk(statement.otherwise, dot);
}

Result<Executor::Flow> Executor::iteration(const Statement& statement, const Value& index,
                                           const Value& item) {
  const Pipe& pipe = *statement.pipe;
  const size_t mark = variables_.size();
  RETURN_IF_ERROR(spend(0));
  const std::vector<std::string>& names = pipe.variables;
  for (size_t i = 0; i < names.size(); ++i) {
    const Value& value = i + 1 == names.size() ? item : index;
    if (pipe.assigns) {
      RETURN_IF_ERROR(assign(names[i], value));
    } else {
      // The pipeline has declared them, the last one on top.
      variables_[mark - names.size() + i].value = value;
    }
  }
  ASSIGN_OR_RETURN(const Flow flow, walk(statement.body, item));
  variables_.resize(mark);
  return flow == Flow::kBreak ? Flow::kBreak : Flow::kNext;
}

Status Executor::template_call(const Statement& statement, const Value& dot) {
  const auto found = source_.set.find(statement.text);
  if (found == source_.set.end())
    return error(fmt::format("template {} not defined", go_quote(statement.text)));
  if (depth_ > limits_.depth_max)
    return error(fmt::format("exceeded maximum template depth ({})", limits_.depth_max),
                 Code::kResourceExhausted);
  Value argument{None()};
  if (statement.pipe) {
    ASSIGN_OR_RETURN(argument, evaluate(*statement.pipe, dot));
  }
  // A template sees no variables of the one that calls it.
  auto variables = std::exchange(variables_, {{"$", argument}});
  const std::string_view running = std::exchange(running_, found->first);
  auto flow = walk(found->second, argument);
  if (!flow.ok()) return std::move(flow).error();
  running_ = running;
  variables_ = std::move(variables);
  return {};
}

Status Executor::write(std::string_view text) {
  if (out_.size() + text.size() > limits_.output_bytes_max) {
    return error(fmt::format("the output has more than {} bytes", limits_.output_bytes_max),
                 Code::kResourceExhausted);
  }
  out_ += text;
  return {};
}

Status Executor::spend(size_t bytes) {
  steps_ += 1 + bytes / kBytesAStep;
  if (steps_ <= limits_.steps_max) return {};
  return error(fmt::format("more than {} steps", limits_.steps_max), Code::kResourceExhausted);
}

Error Executor::error(std::string_view message, Code code) const {
  const Shown shown = std::visit([](const auto* node) { return show(node); }, place_);
  const std::string_view before = source_.text.substr(0, shown.position);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return {code, fmt::format("template: {}:{}:{}: executing {} at <{}>: {}", source_.name, line,
                            before.size() - line_begin, go_quote(running_), shown.text, message)};
}

}  // namespace weir::rules::templates
