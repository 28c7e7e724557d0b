#include "rules/template/parser.h"

#include <utility>

#include <fmt/format.h>

#include "rules/template/constants.h"
#include "rules/template/go_text.h"

namespace weir::rules::templates {

Status Parser::Nesting::check() const {
  if (parser_.depth_ <= kNestingMax) return {};
  return resource_exhausted(fmt::format("nested deeper than {} levels", kNestingMax));
}

Result<TemplateSet> Parser::parse(const std::string& name) {
  Statements root;
  for (;;) {
    Token token = next_word();
    if (token.is(TokenKind::kEof)) break;
    if (token.is(TokenKind::kLeftDelimiter)) {
      Token word = next_word();
      if (word.is(TokenKind::kDefine)) {
        RETURN_IF_ERROR(definition());
        continue;
      }
      back(std::move(word));
    }
    back(std::move(token));
    Ending ending = Ending::kNone;
    RETURN_IF_ERROR(statement(root, ending));
    if (ending != Ending::kNone)
      return invalid_argument(fmt::format("unexpected {}", ending == Ending::kEnd ? "{{end}}" : "{{else}}"));
  }
  RETURN_IF_ERROR(add(name, std::move(root)));
  return std::move(set_);
}

Status Parser::definition() {
  constexpr std::string_view kContext = "define clause";
  ASSIGN_OR_RETURN(const std::string name, template_name(next_word(), kContext));
  RETURN_IF_ERROR(expect(TokenKind::kRightDelimiter, kContext));
  ASSIGN_OR_RETURN(Statements body, isolated(kContext));
  return add(name, std::move(body));
}

// The body of a template of its own: it sees no variables of the outer one.
Result<Statements> Parser::isolated(std::string_view context) {
  auto variables = std::exchange(variables_, {"$"});
  const size_t ranges = std::exchange(range_depth_, 0);
  Ending ending = Ending::kNone;
  ASSIGN_OR_RETURN(Statements body, list(ending));
  if (ending != Ending::kEnd) return invalid_argument(fmt::format("unexpected {{{{else}}}} in {}", context));
  variables_ = std::move(variables);
  range_depth_ = ranges;
  return body;
}

// A blank template may be defined again, and defines nothing again.
Status Parser::add(const std::string& name, Statements statements) {
  const auto found = set_.find(name);
  if (found == set_.end() || is_blank(found->second)) {
    set_[name] = std::move(statements);
  } else if (!is_blank(statements)) {
    return invalid_argument(fmt::format("template: multiple definition of template {}", go_quote(name)));
  }
  return {};
}

Result<Statements> Parser::list(Ending& ending) {
  const Nesting nesting(*this);
  RETURN_IF_ERROR(nesting.check());
  Statements statements;
  for (;;) {
    if (peek_is(TokenKind::kEof)) return invalid_argument("unexpected EOF");
    RETURN_IF_ERROR(statement(statements, ending));
    if (ending != Ending::kNone) return statements;
  }
}

Status Parser::statement(Statements& out, Ending& ending) {
  const Token token = next_word();
  if (token.is(TokenKind::kLeftDelimiter)) return action(out, ending);
  if (!token.is(TokenKind::kText)) return unexpected(token, "input");
  out.push_back({.kind = StatementKind::kText, .position = token.position, .text = std::string(token.text)});
  return {};
}

Status Parser::action(Statements& out, Ending& ending) {
  Token token = next_word();
  switch (token.kind) {
    case TokenKind::kIf:
      return control(StatementKind::kIf, "if", out);
    case TokenKind::kWith:
      return control(StatementKind::kWith, "with", out);
    case TokenKind::kRange:
      return control(StatementKind::kRange, "range", out);
    case TokenKind::kBreak:
      return jump(StatementKind::kBreak, "{{break}}", token, out);
    case TokenKind::kContinue:
      return jump(StatementKind::kContinue, "{{continue}}", token, out);
    case TokenKind::kBlock:
      return block(out);
    case TokenKind::kTemplate:
      return template_call(out);
    case TokenKind::kEnd:
      ending = Ending::kEnd;
      RETURN_IF_ERROR(expect(TokenKind::kRightDelimiter, "end"));
      return {};
    case TokenKind::kElse:
      ending = Ending::kElse;
      // The words of "else if" and "else with" are left to the statement that is open.
      if (peek_is(TokenKind::kIf) || peek_is(TokenKind::kWith)) return {};
      RETURN_IF_ERROR(expect(TokenKind::kRightDelimiter, "else"));
      return {};
    default:
      break;
  }
  const size_t position = token.position;
  back(std::move(token));
  ASSIGN_OR_RETURN(Pipe done, pipe("command", TokenKind::kRightDelimiter));
  out.push_back({.kind = StatementKind::kAction, .position = position, .pipe = std::move(done)});
  return {};
}

Status Parser::control(StatementKind kind, std::string_view context, Statements& out) {
  const size_t variables = variables_.size();
  const bool is_range = kind == StatementKind::kRange;
  Statement statement{.kind = kind, .position = 0};
  ASSIGN_OR_RETURN(statement.pipe, pipe(context, TokenKind::kRightDelimiter));
  statement.position = statement.pipe->position;
  range_depth_ += is_range ? 1 : 0;
  Ending ending = Ending::kNone;
  ASSIGN_OR_RETURN(statement.body, list(ending));
  range_depth_ -= is_range ? 1 : 0;
  if (ending == Ending::kElse) RETURN_IF_ERROR(otherwise(kind, context, statement));
  variables_.resize(variables);
  out.push_back(std::move(statement));
  return {};
}

Status Parser::otherwise(StatementKind kind, std::string_view context, Statement& statement) {
  const bool chains = (kind == StatementKind::kIf && peek_is(TokenKind::kIf)) ||
                      (kind == StatementKind::kWith && peek_is(TokenKind::kWith));
  if (chains) {
    next_word();
    const Nesting nesting(*this);
    RETURN_IF_ERROR(nesting.check());
    return control(kind, context, statement.otherwise);
  }
  Ending ending = Ending::kNone;
  ASSIGN_OR_RETURN(statement.otherwise, list(ending));
  if (ending != Ending::kEnd) return invalid_argument("expected end; found {{else}}");
  return {};
}

Status Parser::jump(StatementKind kind, std::string_view context, const Token& token, Statements& out) {
  if (const Token end = next_word(); !end.is(TokenKind::kRightDelimiter)) return unexpected(end, context);
  if (range_depth_ == 0) return invalid_argument(fmt::format("{} outside {{{{range}}}}", context));
  out.push_back({.kind = kind, .position = token.position});
  return {};
}

// `{{block "name" pipe}} ... {{end}}` defines a template and calls it.
Status Parser::block(Statements& out) {
  constexpr std::string_view kContext = "block clause";
  const Token token = next_word();
  ASSIGN_OR_RETURN(std::string name, template_name(token, kContext));
  ASSIGN_OR_RETURN(Pipe argument, pipe(kContext, TokenKind::kRightDelimiter));
  ASSIGN_OR_RETURN(Statements body, isolated(kContext));
  RETURN_IF_ERROR(add(name, std::move(body)));
  out.push_back({.kind = StatementKind::kTemplate,
                 .position = token.position,
                 .text = std::move(name),
                 .pipe = std::move(argument)});
  return {};
}

Status Parser::template_call(Statements& out) {
  constexpr std::string_view kContext = "template clause";
  const Token token = next_word();
  ASSIGN_OR_RETURN(std::string name, template_name(token, kContext));
  Statement statement{.kind = StatementKind::kTemplate, .position = token.position, .text = std::move(name)};
  if (Token end = next_word(); !end.is(TokenKind::kRightDelimiter)) {
    back(std::move(end));
    ASSIGN_OR_RETURN(statement.pipe, pipe(kContext, TokenKind::kRightDelimiter));
  }
  out.push_back(std::move(statement));
  return {};
}

Result<std::string> Parser::template_name(const Token& token, std::string_view context) {
  if (token.is(TokenKind::kString) || token.is(TokenKind::kRawString)) return unquote(token.text);
  return unexpected(token, context);
}

Token Parser::next() {
  if (!pushed_.empty()) {
    Token token = std::move(pushed_.back());
    pushed_.pop_back();
    return token;
  }
  Token token = lexer_.next();
  latest_ = token.position;
  return token;
}

Token Parser::next_word() {
  for (;;) {
    Token token = next();
    if (!token.is(TokenKind::kSpace)) return token;
  }
}

bool Parser::peek_is(TokenKind kind) {
  Token token = next_word();
  const bool same = token.is(kind);
  back(std::move(token));
  return same;
}

Result<Token> Parser::expect(TokenKind kind, std::string_view context) {
  Token token = next_word();
  if (!token.is(kind)) return unexpected(token, context);
  return token;
}

Error Parser::unexpected(const Token& token, std::string_view context) {
  if (token.is(TokenKind::kError)) return wrong(token, token.error);
  return wrong(token, fmt::format("unexpected {} in {}", token.describe(), context));
}

Error Parser::wrong(const Token& token, std::string message) {
  fault_at_ = token.position;
  return invalid_argument(std::move(message));
}

}  // namespace weir::rules::templates
