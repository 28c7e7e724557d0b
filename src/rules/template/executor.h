#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "rules/template/functions.h"
#include "rules/template/syntax_tree.h"
#include "rules/template/value.h"

namespace weir::rules::templates {

/// Runs a parsed template; after text/template/exec.go, with its messages. One use. `executor.cc` has
/// statements, `evaluation.cc` what stands inside of them, `fields.cc` fields and methods.
class Executor {
 public:
  /// What is given must outlive it. `text` is that of the whole template, for the positions of errors.
  struct Source {
    const TemplateSet& set;
    std::string_view name;
    std::string_view text;
  };
  Executor(const Source& source, const Surroundings& surroundings, const ExpansionLimits& limits)
      : source_(source), surroundings_(surroundings), limits_(limits), running_(source.name) {}

  struct Variable {
    std::string_view name;
    Value value;
  };

  /// The output. `variables` are those that the template was parsed with, with their `$`. Errors:
  /// kInvalidArgument in Go's words, kResourceExhausted for the limits.
  Result<std::string> run(const Value& data, std::vector<Variable> variables);

 private:
  enum class Flow { kNext, kBreak, kContinue };
  /// What a message points at.
  using Place = std::variant<const Statement*, const Pipe*, const Command*, const Operand*>;

  /// Counts how deep the walk recurses, for the life of one level.
  class Nesting {
   public:
    explicit Nesting(Executor& executor) : executor_(executor) { ++executor_.depth_; }
    ~Nesting() { --executor_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Executor& executor_;
  };

  Result<Flow> walk(const Statements& statements, const Value& dot);
  Result<Flow> walk(const Statement& statement, const Value& dot);
  Status action(const Statement& statement, const Value& dot);
  Result<Flow> branch(const Statement& statement, const Value& dot);
  Result<Flow> range(const Statement& statement, const Value& dot);
  Result<Flow> range_over(const Statement& statement, const Value& items, const Value& dot);
  /// One iteration; kBreak ends the loop.
  Result<Flow> iteration(const Statement& statement, const Value& index, const Value& item);
  Status template_call(const Statement& statement, const Value& dot);
  Status write(std::string_view text);

  Result<Value> evaluate(const Pipe& pipe, const Value& dot);
  Result<Value> evaluate(const Command& command, const Value& dot, const Value* final);
  Result<Value> constant(const Operand& operand) const;
  Result<Value> call(const Operand& name, Place place, std::span<const Operand> arguments, const Value& dot,
                     const Value* final);
  Result<Value> and_or(const Operand& name, std::span<const Operand> arguments, const Value& dot,
                       const Value* final);
  Result<std::vector<Value>> arguments_of(const Function& function, std::span<const Operand> operands,
                                          const Value& dot, const Value* final);
  Status check_count(const Function& function, size_t given, bool with_final) const;
  Result<Value> argument(const Operand& operand, Parameter parameter, const Value& dot);
  /// The value of an operand where any type will do.
  Result<Value> operand_value(const Operand& operand, const Value& dot);
  Result<Value> fit(const Value& value, Parameter parameter) const;
  Status refuse_arguments(const Command& command, const Value* final) const;

  /// Arguments behind a field, which only methods take.
  struct FieldArguments {
    std::span<const Operand> operands = {};
    const Value* final = nullptr;
    const Value* dot = nullptr;

    bool any() const { return !operands.empty() || final != nullptr; }
  };
  Result<Value> fields(Value receiver, std::span<const std::string> names, const FieldArguments& arguments);
  Result<Value> field(const Value& receiver, const std::string& name, const FieldArguments& arguments);
  Result<Value> format_method(const Value& receiver, const FieldArguments& arguments);
  Result<Value> chain(const Operand& operand, const Value& dot, const FieldArguments& arguments);

  Result<Value> variable(const std::string& name) const;
  Status assign(const std::string& name, const Value& value);

  void at(Place place) { place_ = place; }
  /// So many bytes of text cost a step.
  static constexpr size_t kBytesAStep = 64;
  /// Spends steps for something and for the bytes that it made.
  Status spend(size_t bytes);
  Error error(std::string_view message, Code code = Code::kInvalidArgument) const;

  const Source& source_;
  const Surroundings& surroundings_;
  const ExpansionLimits& limits_;
  std::string_view running_;  // the template that is being executed
  std::vector<Variable> variables_;
  std::string out_;
  Place place_;
  size_t steps_ = 0;
  size_t depth_ = 0;
};

}  // namespace weir::rules::templates
