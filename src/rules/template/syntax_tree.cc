#include "rules/template/syntax_tree.h"

#include <algorithm>

namespace weir::rules::templates {
namespace {

std::string dotted(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += "." + name;
  return out;
}

}  // namespace

std::string to_text(const Operand& operand) {
  switch (operand.kind) {
    case OperandKind::kField:
      return dotted(operand.names);
    case OperandKind::kVariable: {
      const auto& names = operand.names;
      return names[0] + dotted(std::vector<std::string>(names.begin() + 1, names.end()));
    }
    case OperandKind::kChain: {
      const std::string base = to_text(*operand.operand);
      const bool is_pipe = operand.operand->kind == OperandKind::kPipe;
      return (is_pipe ? "(" + base + ")" : base) + dotted(operand.names);
    }
    case OperandKind::kPipe:
      return to_text(*operand.pipe);
    default:
      return operand.text;
  }
}

std::string to_text(const Command& command) {
  std::string out;
  for (const Operand& operand : command.operands) {
    if (!out.empty()) out += ' ';
    const std::string text = to_text(operand);
    out += operand.kind == OperandKind::kPipe ? "(" + text + ")" : text;
  }
  return out;
}

std::string to_text(const Pipe& pipe) {
  std::string out;
  for (const std::string& variable : pipe.variables) out += (out.empty() ? "" : ", ") + variable;
  if (!out.empty()) out += pipe.assigns ? " = " : " := ";
  for (size_t i = 0; i < pipe.commands.size(); ++i) {
    if (i > 0) out += " | ";
    out += to_text(pipe.commands[i]);
  }
  return out;
}

bool is_blank(const Statements& statements) {
  return std::all_of(statements.begin(), statements.end(), [](const Statement& statement) {
    return statement.kind == StatementKind::kText &&
           statement.text.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
  });
}

}  // namespace weir::rules::templates
