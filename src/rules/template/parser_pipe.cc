#include <algorithm>

#include <fmt/format.h>

#include "rules/template/constants.h"
#include "rules/template/functions.h"
#include "rules/template/go_text.h"
#include "rules/template/parser.h"

// Pipelines, commands and operands.
namespace weir::rules::templates {
namespace {

// ".a" without its dot.
std::string field_name(const Token& token) {
  return std::string(token.text.substr(1));
}

}  // namespace

Result<Pipe> Parser::pipe(std::string_view context, TokenKind end) {
  Token first = next_word();
  Pipe pipe{.position = first.position, .assigns = false, .variables = {}, .commands = {}};
  back(std::move(first));
  RETURN_IF_ERROR(declarations(pipe, context));
  for (;;) {
    Token token = next_word();
    if (token.is(end)) break;
    switch (token.kind) {
      case TokenKind::kBool:
      case TokenKind::kCharConstant:
      case TokenKind::kDot:
      case TokenKind::kField:
      case TokenKind::kIdentifier:
      case TokenKind::kNumber:
      case TokenKind::kNil:
      case TokenKind::kRawString:
      case TokenKind::kString:
      case TokenKind::kVariable:
      case TokenKind::kLeftParen:
        break;
      default:
        return unexpected(token, context);
    }
    back(std::move(token));
    ASSIGN_OR_RETURN(Command done, command());
    pipe.commands.push_back(std::move(done));
  }
  RETURN_IF_ERROR(check(pipe, context));
  return pipe;
}

// `$x :=`, `$x =`, and in a range `$i, $x :=`. A variable that neither follows is a command's.
Status Parser::declarations(Pipe& pipe, std::string_view context) {
  for (;;) {
    Token variable = next_word();
    if (!variable.is(TokenKind::kVariable)) {
      back(std::move(variable));
      return {};
    }
    Token after = next();
    const bool spaced = after.is(TokenKind::kSpace);
    Token sign = spaced ? next_word() : after;
    const bool ends = sign.is(TokenKind::kAssign) || sign.is(TokenKind::kDeclare);
    const bool more = sign.is(TokenKind::kChar) && sign.text == ",";
    if (!ends && !more) {
      back(std::move(sign));
      if (spaced) back(std::move(after));
      back(std::move(variable));
      return {};
    }
    pipe.variables.emplace_back(variable.text);
    variables_.emplace_back(variable.text);
    if (ends) {
      pipe.assigns = sign.is(TokenKind::kAssign);
      return {};
    }
    if (context != "range" || pipe.variables.size() >= 2)
      return invalid_argument(fmt::format("too many declarations in {}", context));
    const bool goes_on = peek_is(TokenKind::kVariable) || peek_is(TokenKind::kRightDelimiter) ||
                         peek_is(TokenKind::kRightParen);
    if (!goes_on) return invalid_argument("range can only initialize variables");
  }
}

Status Parser::check(const Pipe& pipe, std::string_view context) const {
  if (pipe.commands.empty()) return invalid_argument(fmt::format("missing value for {}", context));
  for (size_t i = 1; i < pipe.commands.size(); ++i) {
    switch (pipe.commands[i].operands[0].kind) {
      case OperandKind::kBool:
      case OperandKind::kDot:
      case OperandKind::kNil:
      case OperandKind::kNumber:
      case OperandKind::kString:
        return invalid_argument(fmt::format("non executable command in pipeline stage {}", i + 1));
      default:
        break;
    }
  }
  return {};
}

Result<Command> Parser::command() {
  Command command;
  for (bool first = true;; first = false) {
    Token token = next_word();
    if (first) command.position = token.position;
    back(std::move(token));
    RETURN_IF_ERROR(operand(command.operands));
    Token end = next();
    if (end.is(TokenKind::kSpace)) continue;
    if (end.is(TokenKind::kRightDelimiter) || end.is(TokenKind::kRightParen)) {
      back(std::move(end));
    } else if (!end.is(TokenKind::kPipe)) {
      return unexpected(end, "operand");
    }
    break;
  }
  if (command.operands.empty()) return invalid_argument("empty command");
  return command;
}

// A term and the fields behind it; nothing when the next token begins none.
Status Parser::operand(std::vector<Operand>& out) {
  const size_t before = out.size();
  RETURN_IF_ERROR(term(out));
  if (out.size() == before) return {};
  std::vector<std::string> fields;
  Token token = next();
  const size_t position = token.position;
  for (; token.is(TokenKind::kField); token = next()) fields.push_back(field_name(token));
  back(std::move(token));
  if (fields.empty()) return {};
  Operand& last = out.back();
  switch (last.kind) {
    case OperandKind::kField:
    case OperandKind::kVariable:
      last.position = position;
      last.names.insert(last.names.end(), fields.begin(), fields.end());
      return {};
    case OperandKind::kBool:
    case OperandKind::kString:
    case OperandKind::kNumber:
    case OperandKind::kNil:
    case OperandKind::kDot:
      return invalid_argument(fmt::format("unexpected . after term {}", go_quote(last.text)));
    default:
      break;
  }
  Operand chain{.kind = OperandKind::kChain, .position = position};
  chain.names = std::move(fields);
  chain.operand = std::make_shared<Operand>(std::move(last));
  last = std::move(chain);
  return {};
}

Status Parser::term(std::vector<Operand>& out) {
  Token token = next_word();
  Operand operand{.kind = OperandKind::kDot, .position = token.position, .text = std::string(token.text)};
  switch (token.kind) {
    case TokenKind::kIdentifier:
      if (find_function(token.text) == nullptr)
        return wrong(token, fmt::format("function {} not defined{}", go_quote(token.text),
                                        similar_function(token.text)));
      operand.kind = OperandKind::kIdentifier;
      break;
    case TokenKind::kDot:
      break;
    case TokenKind::kNil:
      operand.kind = OperandKind::kNil;
      break;
    case TokenKind::kField:
      operand.kind = OperandKind::kField;
      operand.names.push_back(field_name(token));
      break;
    case TokenKind::kVariable: {
      ASSIGN_OR_RETURN(operand, variable(token));
      break;
    }
    case TokenKind::kLeftParen: {
      ASSIGN_OR_RETURN(operand, parenthesized(token));
      break;
    }
    case TokenKind::kBool:
    case TokenKind::kCharConstant:
    case TokenKind::kNumber:
    case TokenKind::kString:
    case TokenKind::kRawString: {
      ASSIGN_OR_RETURN(operand, constant(token));
      break;
    }
    default:
      back(std::move(token));
      return {};
  }
  out.push_back(std::move(operand));
  return {};
}

Result<Operand> Parser::constant(const Token& token) {
  Operand operand{.kind = OperandKind::kNumber, .position = token.position, .text = std::string(token.text)};
  if (token.is(TokenKind::kBool)) {
    operand.kind = OperandKind::kBool;
    operand.truth = token.text == "true";
  } else if (token.is(TokenKind::kNumber)) {
    ASSIGN_OR_RETURN(operand.number, number_constant(token.text));
  } else if (token.is(TokenKind::kCharConstant)) {
    ASSIGN_OR_RETURN(operand.number, character_constant(token.text));
  } else {
    operand.kind = OperandKind::kString;
    ASSIGN_OR_RETURN(operand.value, unquote(token.text));
  }
  return operand;
}

Result<Operand> Parser::variable(const Token& token) {
  const std::string name(token.text);
  if (std::find(variables_.begin(), variables_.end(), name) == variables_.end())
    return wrong(token, fmt::format("undefined variable {}", go_quote(name)));
  Operand operand{.kind = OperandKind::kVariable, .position = token.position, .text = name};
  operand.names.push_back(name);
  return operand;
}

Result<Operand> Parser::parenthesized(const Token& token) {
  const Nesting nesting(*this);
  RETURN_IF_ERROR(nesting.check());
  ASSIGN_OR_RETURN(Pipe inner, pipe("parenthesized pipeline", TokenKind::kRightParen));
  Operand operand{.kind = OperandKind::kPipe, .position = token.position};
  operand.pipe = std::make_shared<Pipe>(std::move(inner));
  return operand;
}

}  // namespace weir::rules::templates
