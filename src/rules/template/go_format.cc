#include "rules/template/go_format.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "rules/template/go_text.h"
#include "rules/template/value_printer.h"

namespace weir::rules::templates {
namespace {

// A width or precision beyond it is none.
constexpr int kWidthMax = 1'000'000;

// Walks a format; after doPrintf of fmt/print.go.
class Formatter {
 public:
  Formatter(std::string_view format, std::span<const Value> values, size_t bytes_max, std::string& out)
      : format_(format), values_(values), bytes_max_(bytes_max), printer_(out, bytes_max), out_(out) {}

  Status run() {
    while (at_ < format_.size()) {
      const size_t percent = std::min(format_.find('%', at_), format_.size());
      out_ += format_.substr(at_, percent - at_);
      at_ = percent;
      if (at_ < format_.size()) verb();
      if (out_.size() > bytes_max_)
        return resource_exhausted(fmt::format("a text of more than {} bytes", bytes_max_));
    }
    if (!reordered_ && next_ < values_.size()) extra();
    return {};
  }

 private:
  bool at_end() const { return at_ >= format_.size(); }
  bool at(char c) const { return !at_end() && format_[at_] == c; }

  void verb() {
    ++at_;
    index_is_good_ = true;
    after_index_ = false;
    printer_.flags() = {};
    flags();
    index();
    width();
    precision();
    if (!after_index_) index();
    if (at_end()) {
      out_ += "%!(NOVERB)";
      return;
    }
    const Rune rune = first_rune(format_.substr(at_));
    const std::string_view text = format_.substr(at_, rune.size);
    at_ += rune.size;
    if (text == "%") {
      out_ += '%';
    } else if (!index_is_good_) {
      out_ += fmt::format("%!{}(BADINDEX)", text);
    } else if (next_ >= values_.size()) {
      out_ += fmt::format("%!{}(MISSING)", text);
    } else {
      print(text);
    }
  }

  void print(std::string_view verb) {
    const Value& value = values_[next_++];
    auto& flags = printer_.flags();
    if (verb == "v") {
      flags.go_syntax = std::exchange(flags.sharp, false);
      flags.with_names = std::exchange(flags.plus, false);
    }
    if (verb.size() == 1) return printer_.print(value, verb[0]);
    printer_.bad_verb(value, verb);
  }

  void flags() {
    auto& flags = printer_.flags();
    for (; !at_end(); ++at_) {
      switch (format_[at_]) {
        case '#':
          flags.sharp = true;
          break;
        case '0':
          flags.zero = true;
          break;
        case '+':
          flags.plus = true;
          break;
        case '-':
          flags.minus = true;
          break;
        case ' ':
          flags.space = true;
          break;
        default:
          return;
      }
    }
  }

  // `[2]`: the argument that comes next.
  void index() {
    if (!at('[')) return;
    reordered_ = true;
    const size_t close = format_.find(']', at_);
    if (close == std::string_view::npos) {
      index_is_good_ = false;
      ++at_;
      return;
    }
    ++at_;
    const auto number = digits();
    after_index_ = number.has_value() && at_ == close;
    at_ = close + 1;
    if (after_index_ && *number >= 1 && static_cast<size_t>(*number) <= values_.size()) {
      next_ = static_cast<size_t>(*number) - 1;
    } else {
      index_is_good_ = false;
    }
  }

  void width() {
    auto& flags = printer_.flags();
    if (at('*')) {
      ++at_;
      const auto number = argument();
      if (!number) out_ += "%!(BADWIDTH)";
      flags.has_width = number.has_value();
      flags.width = number.value_or(0);
      if (flags.width < 0) {
        flags.width = -flags.width;
        flags.minus = true;
        flags.zero = false;
      }
      after_index_ = false;
      return;
    }
    const auto number = digits();
    flags.has_width = number.has_value();
    flags.width = number.value_or(0);
    if (after_index_ && number) index_is_good_ = false;
  }

  void precision() {
    auto& flags = printer_.flags();
    if (!at('.') || at_ + 1 >= format_.size()) return;
    ++at_;
    if (after_index_) index_is_good_ = false;
    after_index_ = false;
    index();
    if (at('*')) {
      ++at_;
      const auto number = argument();
      flags.has_precision = number.value_or(-1) >= 0;
      flags.precision = flags.has_precision ? *number : 0;
      if (!flags.has_precision) out_ += "%!(BADPREC)";
      after_index_ = false;
      return;
    }
    flags.precision = digits().value_or(0);
    flags.has_precision = true;
  }

  std::optional<int> digits() {
    int number = 0;
    const size_t begin = at_;
    for (; !at_end() && '0' <= format_[at_] && format_[at_] <= '9'; ++at_) {
      number = number * 10 + (format_[at_] - '0');
      if (number > kWidthMax) return std::nullopt;
    }
    return at_ > begin ? std::optional<int>(number) : std::nullopt;
  }

  std::optional<int> argument() {
    if (next_ >= values_.size()) return std::nullopt;
    const auto* integer = values_[next_++].get<Integer>();
    if (integer == nullptr || integer->value > kWidthMax || integer->value < -kWidthMax) return std::nullopt;
    return static_cast<int>(integer->value);
  }

  void extra() {
    printer_.flags() = {};
    out_ += "%!(EXTRA ";
    for (size_t i = next_; i < values_.size(); ++i) {
      if (i > next_) out_ += ", ";
      printer_.typed(values_[i]);
    }
    out_ += ')';
  }

  std::string_view format_;
  std::span<const Value> values_;
  size_t bytes_max_;
  ValuePrinter printer_;
  std::string& out_;
  size_t at_ = 0;
  size_t next_ = 0;  // the argument that comes next
  bool index_is_good_ = true;
  bool after_index_ = false;
  bool reordered_ = false;
};

}  // namespace

std::string sprint(std::span<const Value> values) {
  std::string out;
  ValuePrinter printer(out);
  bool after_text = true;
  for (const Value& value : values) {
    const bool is_text = value.is<Text>();
    if (!after_text && !is_text) out += ' ';
    printer.print(value, 'v');
    after_text = is_text;
  }
  return out;
}

std::string sprintln(std::span<const Value> values) {
  std::string out;
  ValuePrinter printer(out);
  for (const Value& value : values) {
    if (!out.empty()) out += ' ';
    printer.print(value, 'v');
  }
  return out + '\n';
}

Result<std::string> sprintf(std::string_view format, std::span<const Value> values, size_t bytes_max) {
  std::string out;
  RETURN_IF_ERROR(Formatter(format, values, bytes_max, out).run());
  return out;
}

std::string printed(const Value& value) {
  if (value.is<None>()) return "<no value>";
  const auto* sample = value.get<SamplePtr>();
  if (sample == nullptr || *sample == nullptr) return sprint({&value, 1});
  // What is pointed to, without the sign of a pointer.
  std::string out;
  ValuePrinter(out).fields(**sample, 'v');
  return out;
}

}  // namespace weir::rules::templates
