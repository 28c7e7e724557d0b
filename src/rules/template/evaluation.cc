#include <utility>

#include <fmt/format.h>

#include "rules/template/executor.h"

// Pipelines, commands, calls and their arguments.
namespace weir::rules::templates {
namespace {

// The number that a constant stands for where nothing says its type.
bool is_written_as_real(const std::string& text) {
  const bool hex = text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == 'x' &&
                   text.find_first_of("pP") == std::string::npos;
  return !hex && text[0] != '\'' && text.find_first_of(".eEpP") != std::string::npos;
}

}  // namespace

Result<Value> Executor::evaluate(const Pipe& pipe, const Value& dot) {
  const Nesting nesting(*this);
  at(&pipe);
  if (depth_ > 2 * limits_.depth_max)
    return error(fmt::format("exceeded maximum depth ({})", 2 * limits_.depth_max), Code::kResourceExhausted);
  Value value{None()};
  bool is_first = true;
  for (const Command& command : pipe.commands) {
    ASSIGN_OR_RETURN(value, evaluate(command, dot, is_first ? nullptr : &value));
    is_first = false;
    if (value.is<Nil>()) value = {None()};
  }
  for (const std::string& name : pipe.variables) {
    if (pipe.assigns) {
      RETURN_IF_ERROR(assign(name, value));
    } else {
      variables_.push_back({name, value});
    }
  }
  return value;
}

Result<Value> Executor::evaluate(const Command& command, const Value& dot, const Value* final) {
  RETURN_IF_ERROR(spend(0));
  const Operand& first = command.operands[0];
  const std::span<const Operand> rest = std::span(command.operands).subspan(1);
  const FieldArguments arguments{rest, final, &dot};
  switch (first.kind) {
    case OperandKind::kField:
      at(&first);
      return fields(dot, first.names, arguments);
    case OperandKind::kChain:
      return chain(first, dot, arguments);
    case OperandKind::kIdentifier:
      return call(first, &command, rest, dot, final);
    case OperandKind::kPipe:
      RETURN_IF_ERROR(refuse_arguments(command, final));
      return evaluate(*first.pipe, dot);
    case OperandKind::kVariable: {
      at(&first);
      ASSIGN_OR_RETURN(Value value, variable(first.names[0]));
      if (first.names.size() > 1)
        return fields(std::move(value), std::span(first.names).subspan(1), arguments);
      RETURN_IF_ERROR(refuse_arguments(command, final));
      return value;
    }
    default:
      break;
  }
  at(&first);
  RETURN_IF_ERROR(refuse_arguments(command, final));
  if (first.kind == OperandKind::kDot) return dot;
  if (first.kind == OperandKind::kNil) return error("nil is not a command");
  return constant(first);
}

Status Executor::refuse_arguments(const Command& command, const Value* final) const {
  if (command.operands.size() == 1 && final == nullptr) return {};
  return error(fmt::format("can't give argument to non-function {}", to_text(command.operands[0])));
}

Result<Value> Executor::constant(const Operand& operand) const {
  if (operand.kind == OperandKind::kBool) return Value{operand.truth};
  if (operand.kind == OperandKind::kString) return text_value(operand.value);
  if (operand.number.real && is_written_as_real(operand.text)) return Value{*operand.number.real};
  if (operand.number.integer) return Value{Integer{*operand.number.integer}};
  return error(fmt::format("{} overflows int", operand.text));
}

Result<Value> Executor::call(const Operand& name, Place place, std::span<const Operand> arguments,
                             const Value& dot, const Value* final) {
  const Nesting nesting(*this);
  at(&name);
  const Function& function = *find_function(name.text);
  RETURN_IF_ERROR(check_count(function, arguments.size(), final != nullptr));
  if (function.run == nullptr) return and_or(name, arguments, dot, final);
  ASSIGN_OR_RETURN(const std::vector<Value> values, arguments_of(function, arguments, dot, final));
  size_t bytes = function.steps * kBytesAStep;
  for (const Value& value : values) bytes += weight_of(value);
  RETURN_IF_ERROR(spend(bytes));
  auto result = function.run({values, surroundings_, limits_});
  if (!result.ok()) {
    at(place);
    return error(fmt::format("error calling {}: {}", name.text, result.error().message), result.error().code);
  }
  if (size_of(*result) > limits_.output_bytes_max)
    return error(fmt::format("{} makes more than {} bytes", name.text, limits_.output_bytes_max),
                 Code::kResourceExhausted);
  RETURN_IF_ERROR(spend(weight_of(*result)));
  return result;
}

Status Executor::check_count(const Function& function, size_t given, bool with_final) const {
  const size_t all = given + (with_final ? 1 : 0);
  const size_t fixed = function.parameters.size();
  if (function.more && all < fixed) {
    return error(
        fmt::format("wrong number of args for {}: want at least {} got {}", function.name, fixed, given));
  }
  if (!function.more && all != fixed)
    return error(fmt::format("wrong number of args for {}: want {} got {}", function.name, fixed, all));
  return {};
}

// The first argument that decides, or the last one. What comes behind it is not evaluated.
Result<Value> Executor::and_or(const Operand& name, std::span<const Operand> arguments, const Value& dot,
                               const Value* final) {
  Value value{None()};
  for (const Operand& operand : arguments) {
    ASSIGN_OR_RETURN(value, argument(operand, Parameter::kReflected, dot));
    if (is_true(value) == (name.text == "or")) return value;
  }
  return final != nullptr ? *final : value;
}

Result<std::vector<Value>> Executor::arguments_of(const Function& function, std::span<const Operand> operands,
                                                  const Value& dot, const Value* final) {
  std::vector<Value> values;
  values.reserve(operands.size() + 1);
  const auto parameter = [&] {
    const bool fixed = values.size() < function.parameters.size();
    return fixed ? function.parameters[values.size()] : *function.more;
  };
  for (const Operand& operand : operands) {
    ASSIGN_OR_RETURN(Value value, argument(operand, parameter(), dot));
    values.push_back(std::move(value));
  }
  if (final != nullptr) {
    ASSIGN_OR_RETURN(Value value, fit(*final, parameter()));
    values.push_back(std::move(value));
  }
  return values;
}

Result<Value> Executor::argument(const Operand& operand, Parameter parameter, const Value& dot) {
  at(&operand);
  const bool any = parameter == Parameter::kAny || parameter == Parameter::kReflected;
  switch (operand.kind) {
    case OperandKind::kNil:
      if (parameter == Parameter::kString) return error("cannot assign nil to string");
      if (parameter == Parameter::kSample) return Value{SamplePtr()};
      if (parameter == Parameter::kVector) return Value{VectorPtr()};
      return Value{Nil()};
    case OperandKind::kBool:
    case OperandKind::kNumber:
    case OperandKind::kString:
      if (any || (parameter == Parameter::kString && operand.kind == OperandKind::kString))
        return constant(operand);
      if (parameter == Parameter::kString)
        return error(fmt::format("expected string; found {}", operand.text));
      return error(fmt::format("can't handle {} for arg of type {}", operand.text, type_name(parameter)));
    default:
      break;
  }
  ASSIGN_OR_RETURN(const Value value, operand_value(operand, dot));
  return fit(value, parameter);
}

Result<Value> Executor::operand_value(const Operand& operand, const Value& dot) {
  switch (operand.kind) {
    case OperandKind::kDot:
      return dot;
    case OperandKind::kField:
      return fields(dot, operand.names, {});
    case OperandKind::kVariable: {
      ASSIGN_OR_RETURN(Value value, variable(operand.names[0]));
      return fields(std::move(value), std::span(operand.names).subspan(1), {});
    }
    case OperandKind::kPipe:
      return evaluate(*operand.pipe, dot);
    case OperandKind::kIdentifier:
      return call(operand, &operand, {}, dot, nullptr);
    case OperandKind::kChain:
      return chain(operand, dot, {});
    default:
      return constant(operand);
  }
}

Result<Value> Executor::fit(const Value& value, Parameter parameter) const {
  if (parameter == Parameter::kReflected) return value;
  if (value.is<None>() || value.is<Nil>()) {
    if (parameter == Parameter::kAny) return Value{Nil()};
    if (parameter == Parameter::kSample) return Value{SamplePtr()};
    if (parameter == Parameter::kVector) return Value{VectorPtr()};
    return error("invalid value; expected string");
  }
  const auto* text = value.get<Text>();
  const bool fits = parameter == Parameter::kAny ||
                    (parameter == Parameter::kString && text != nullptr && !text->is_html) ||
                    (parameter == Parameter::kSample && value.is<SamplePtr>()) ||
                    (parameter == Parameter::kVector && value.is<VectorPtr>());
  if (fits) return value;
  return error(
      fmt::format("wrong type for value; expected {}; got {}", type_name(parameter), type_name(value)));
}

Result<Value> Executor::chain(const Operand& operand, const Value& dot, const FieldArguments& arguments) {
  at(&operand);
  if (operand.operand->kind == OperandKind::kNil)
    return error(fmt::format("indirection through explicit nil in {}", to_text(operand)));
  at(operand.operand.get());
  ASSIGN_OR_RETURN(Value value, operand_value(*operand.operand, dot));
  return fields(std::move(value), operand.names, arguments);
}

Result<Value> Executor::variable(const std::string& name) const {
  for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
    if (it->name == name) return it->value;
  }
  return error(fmt::format("undefined variable: {}", name));
}

Status Executor::assign(const std::string& name, const Value& value) {
  for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
    if (it->name != name) continue;
    it->value = value;
    return {};
  }
  return error(fmt::format("undefined variable: {}", name));
}

}  // namespace weir::rules::templates
