#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/template/lexer.h"
#include "rules/template/syntax_tree.h"

namespace weir::rules::templates {

/// `if`, `range`, parentheses and so on inside one another.
inline constexpr size_t kNestingMax = 64;

/// Why a template is none, and where: a byte of its text.
struct TemplateFault {
  size_t position = 0;
  std::string message;
};

/// Recursive descent over the tokens, with the grammar and messages of Go's text/template. One use; the first
/// error ends it. `parser.cc` has statements, `parser_pipe.cc` what stands inside of them.
class Parser {
 public:
  /// `variables` are defined from the beginning, with their `$`; not inside of `define`.
  Parser(std::string_view text, std::vector<std::string> variables)
      : lexer_(text), variables_(std::move(variables)) {
    variables_.insert(variables_.begin(), "$");
  }

  /// Parses all of it; the main template is called `name`. After an error, `fault()` has it.
  Result<TemplateSet> parse(const std::string& name);
  TemplateFault fault(const Error& error) const { return {fault_at_.value_or(latest_), error.message}; }

 private:
  enum class Ending { kNone, kEnd, kElse };
  class Nesting {
   public:
    explicit Nesting(Parser& parser) : parser_(parser) { ++parser_.depth_; }
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    Status check() const;

   private:
    Parser& parser_;
  };

  Status definition();
  Status add(const std::string& name, Statements statements);
  Result<Statements> isolated(std::string_view context);
  Result<Statements> list(Ending& ending);
  /// One statement appended to `out`, or an ending.
  Status statement(Statements& out, Ending& ending);
  Status action(Statements& out, Ending& ending);
  Status control(StatementKind kind, std::string_view context, Statements& out);
  Status otherwise(StatementKind kind, std::string_view context, Statement& statement);
  Status jump(StatementKind kind, std::string_view context, const Token& token, Statements& out);
  Status block(Statements& out);
  Status template_call(Statements& out);
  Result<std::string> template_name(const Token& token, std::string_view context);

  Result<Pipe> pipe(std::string_view context, TokenKind end);
  Status declarations(Pipe& pipe, std::string_view context);
  Status check(const Pipe& pipe, std::string_view context) const;
  Result<Command> command();
  Status operand(std::vector<Operand>& out);
  Status term(std::vector<Operand>& out);
  Result<Operand> constant(const Token& token);
  Result<Operand> variable(const Token& token);
  Result<Operand> parenthesized(const Token& token);

  Token next();
  Token next_word();  // not space
  void back(Token token) { pushed_.push_back(std::move(token)); }
  bool peek_is(TokenKind kind);
  Result<Token> expect(TokenKind kind, std::string_view context);
  Error unexpected(const Token& token, std::string_view context);
  /// About a token; other errors are about the last one that was read.
  Error wrong(const Token& token, std::string message);

  Lexer lexer_;
  std::vector<Token> pushed_;  // read and given back, the next one last
  size_t latest_ = 0;          // position of the last token that the lexer gave
  std::optional<size_t> fault_at_;
  std::vector<std::string> variables_;
  TemplateSet set_;
  size_t range_depth_ = 0;
  size_t depth_ = 0;
};

}  // namespace weir::rules::templates
