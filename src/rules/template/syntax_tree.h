#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A parsed template as statements, pipelines, commands and operands, as Go's text/template has them.
/// Positions are bytes from the beginning of the text.
namespace weir::rules::templates {

struct Pipe;

/// A constant number: each form that its text can stand for.
struct Number {
  std::optional<int64_t> integer;
  std::optional<uint64_t> natural;
  std::optional<double> real;
};

enum class OperandKind {
  kDot,
  kNil,
  kBool,
  kNumber,
  kString,
  kField,       ///< `.a.b`
  kVariable,    ///< `$x.a.b`; `names` begins with "$x".
  kIdentifier,  ///< A function.
  kChain,       ///< `(pipe).a.b`
  kPipe,        ///< `(pipe)`
};

struct Operand {
  OperandKind kind = OperandKind::kDot;
  size_t position = 0;
  std::string text = {};                ///< As written: of a constant, with its quotes.
  std::vector<std::string> names = {};  ///< Of a field, variable or chain.
  std::string value = {};               ///< Of a string, without quotes.
  bool truth = false;                   ///< Of a bool.
  Number number = {};
  std::shared_ptr<Pipe> pipe = {};        ///< Of a pipe.
  std::shared_ptr<Operand> operand = {};  ///< Of a chain: what the fields belong to.
};

struct Command {
  size_t position = 0;
  std::vector<Operand> operands;  ///< At least one.
};

struct Pipe {
  size_t position = 0;
  bool assigns = false;                ///< `=`, not `:=`.
  std::vector<std::string> variables;  ///< What it declares or assigns, with their `$`.
  std::vector<Command> commands;       ///< At least one.
};

enum class StatementKind { kText, kAction, kIf, kWith, kRange, kTemplate, kBreak, kContinue };

struct Statement {
  StatementKind kind = StatementKind::kText;
  size_t position = 0;
  std::string text = {};          ///< The text, or the name of the template.
  std::optional<Pipe> pipe = {};  ///< Absent where none can be or is.
  std::vector<Statement> body = {};
  std::vector<Statement> otherwise = {};  ///< Behind `else`.
};

using Statements = std::vector<Statement>;

/// The main template and those that it defines, by name.
using TemplateSet = std::map<std::string, Statements, std::less<>>;

// As Go prints them in messages.

std::string to_text(const Operand& operand);
std::string to_text(const Command& command);
std::string to_text(const Pipe& pipe);

/// Whether there is nothing but blank text.
bool is_blank(const Statements& statements);

}  // namespace weir::rules::templates
