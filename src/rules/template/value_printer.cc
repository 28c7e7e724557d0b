#include "rules/template/value_printer.h"

#include <optional>

#include <fmt/format.h>

#include "query/histogram_text.h"
#include "rules/template/go_time.h"

namespace weir::rules::templates {
namespace {

// The text of values that have one of their own in Go (fmt.Stringer).
std::optional<std::string> own_text(const Value& value) {
  if (const auto* time = value.get<Time>()) return time_text(*time);
  if (const auto* duration = value.get<Duration>()) return duration_text(*duration);
  if (const auto* histogram = value.get<HistogramPtr>()) return query::histogram_text(**histogram);
  const auto* integer = value.get<Integer>();
  if (integer == nullptr) return std::nullopt;
  if (integer->type == Integer::Type::kMonth) return std::string(month_name(integer->value));
  if (integer->type == Integer::Type::kWeekday) return std::string(weekday_name(integer->value));
  return std::nullopt;
}

const Value& as_value(const Value& value) {
  return value;
}
Value as_value(const std::string& text) {
  return text_value(text);
}

}  // namespace

void ValuePrinter::print(const Value& value, char verb, bool is_inner) {
  if (writer_.out().size() > bytes_max_) return;
  if (verb == 'T' && !is_inner) return writer_.padded(value.is<Nil>() ? "<nil>" : type_name(value));
  if (!known(value, verb, is_inner)) bad_verb(value, {&verb, 1});
}

void ValuePrinter::bad_verb(const Value& value, std::string_view verb) {
  writer_.out() += fmt::format("%!{}(", verb);
  typed(value);
  writer_.out() += ')';
}

void ValuePrinter::typed(const Value& value) {
  if (value.is<Nil>() || value.is<None>()) {
    writer_.out() += "<nil>";
    return;
  }
  writer_.out() += fmt::format("{}=", type_name(value));
  print(value, 'v');
}

bool ValuePrinter::known(const Value& value, char verb, bool is_inner) {
  if (std::string_view("vsxXq").find(verb) != std::string_view::npos) {
    if (const auto text = own_text(value)) return writer_.text(*text, verb);
  }
  if (const auto* truth = value.get<bool>()) return writer_.boolean(*truth, verb);
  if (const auto* number = value.get<double>()) return writer_.real(*number, verb);
  if (const auto* text = value.get<Text>()) return writer_.text(text->str(), verb);
  if (const auto* integer = value.get<Integer>())
    return writer_.integer(integer->value, integer->type != Integer::Type::kByte, verb);
  return composite(value, verb, is_inner);
}

bool ValuePrinter::composite(const Value& value, char verb, bool is_inner) {
  std::string& out = writer_.out();
  if (const auto* map = value.get<LabelMapPtr>()) {
    entries(**map, verb);
  } else if (const auto* arguments = value.get<ArgumentMapPtr>()) {
    entries((*arguments)->values, verb);
  } else if (const auto* sample = value.get<SamplePtr>()) {
    if (is_inner || *sample == nullptr) return pointer(*sample == nullptr, verb);
    out += '&';
    fields(**sample, verb);
  } else if (const auto* vector = value.get<VectorPtr>()) {
    out += '[';
    for (size_t i = 0; i < size_of(value); ++i) {
      if (i > 0) out += ' ';
      print({(**vector)[i]}, verb, true);
    }
    out += ']';
  } else if (const auto* data = value.get<DataPtr>()) {
    fields(**data, verb);
  } else if (verb == 'v') {
    writer_.padded("<nil>");
  } else {
    return false;
  }
  return true;
}

bool ValuePrinter::pointer(bool is_null, char verb) {
  if (verb != 'v') return false;
  writer_.padded(is_null ? "<nil>" : "0xc000000000");
  return true;
}

// `map[a:b c:d]`
template <typename Map>
void ValuePrinter::entries(const Map& map, char verb) {
  std::string_view separator = "map[";
  if (map.empty()) writer_.out() += separator;
  for (const auto& [name, value] : map) {
    writer_.out() += separator;
    separator = " ";
    print(text_value(name), verb, true);
    writer_.out() += ':';
    print(as_value(value), verb, true);
  }
  writer_.out() += ']';
}

void ValuePrinter::field(std::string_view name, bool is_first) {
  writer_.out() += is_first ? '{' : ' ';
  if (flags().with_names) writer_.out() += fmt::format("{}:", name);
}

void ValuePrinter::fields(const QueriedSample& sample, char verb) {
  field("Labels", true);
  entries(sample.labels, verb);
  field("Value", false);
  print(sample_value(sample.value), verb, true);
  writer_.out() += '}';
}

void ValuePrinter::fields(const Data& data, char verb) {
  field("Labels", true);
  entries(*data.labels, verb);
  field("ExternalLabels", false);
  entries(*data.external_labels, verb);
  field("ExternalURL", false);
  print(text_value(data.external_url), verb, true);
  field("Value", false);
  print(sample_value(data.value), verb, true);
  writer_.out() += '}';
}

}  // namespace weir::rules::templates
