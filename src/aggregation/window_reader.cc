#include "aggregation/window_reader.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/duration.h"
#include "base/suggest.h"

namespace weir::aggregation {
namespace {

constexpr std::string_view kTypes[] = {"tumbling", "hopping", "session"};
constexpr std::string_view kFields[] = {"type", "size", "hop", "gap", "max"};

/// Reads a window that is a map. Lives for one call.
class WindowReader {
 public:
  WindowReader(const yaml::Node& node, BoundedReader& reader) : node_(node), reader_(reader) {}

  std::optional<Window> read() {
    const size_t before = reader_.problem_count();
    fields_ = reader_.fields(node_, "window", kFields);
    const yaml::Node* type = find("type");
    const std::string_view word = type == nullptr ? std::string_view() : type->value;
    Window window;
    if (word == "tumbling") {
      window = tumbling();
    } else if (word == "hopping") {
      window = hopping();
    } else if (word == "session") {
      window = session();
    } else {
      refuse_type(type);
    }
    if (reader_.problem_count() > before) return std::nullopt;
    return window;
  }

 private:
  void refuse_type(const yaml::Node* type) {
    if (type == nullptr) {
      reader_.problem(node_.mark, fmt::format("window: it needs a \"type\": {}", fmt::join(kTypes, ", ")));
    } else {
      reader_.problem(type->mark, fmt::format("window: unknown type \"{}\"{}; allowed are {}", type->value,
                                              did_you_mean(type->value, kTypes), fmt::join(kTypes, ", ")));
    }
  }

  /// Fields that other types have are problems.
  void only(std::string_view type, std::initializer_list<std::string_view> allowed) {
    for (const yaml::Field& field : fields_) {
      if (field.name == "type" || std::find(allowed.begin(), allowed.end(), field.name) != allowed.end())
        continue;
      reader_.problem(field.key->mark, fmt::format("window: a {} window has no \"{}\"; it has {}", type,
                                                   field.name, fmt::join(allowed, ", ")));
    }
  }

  Tumbling tumbling() {
    only("tumbling", {"size"});
    return {.size_ms = required("size").value_or(0)};
  }

  Hopping hopping() {
    only("hopping", {"size", "hop"});
    const std::optional<int64_t> size_ms = required("size");
    const std::optional<int64_t> hop_ms = required("hop");
    if (size_ms && hop_ms) check_panes(*size_ms, *hop_ms);
    return {.size_ms = size_ms.value_or(0), .hop_ms = hop_ms.value_or(0)};
  }

  void check_panes(int64_t size_ms, int64_t hop_ms) {
    const yaml::Mark mark = find("hop")->mark;
    const std::string texts =
        fmt::format("window: hop {}, size {}", format_duration(hop_ms), format_duration(size_ms));
    if (size_ms % hop_ms != 0) {
      reader_.problem(mark, texts + "; the size has to be a multiple of the hop");
    } else if (size_ms / hop_ms > reader_.limits().panes_max) {
      reader_.problem(mark, fmt::format("{}: {} hops a window, limit {}", texts, size_ms / hop_ms,
                                        reader_.limits().panes_max));
    }
  }

  Session session() {
    only("session", {"gap", "max"});
    const std::optional<int64_t> gap_ms = required("gap");
    const std::optional<int64_t> max_ms = find("max") == nullptr ? Session().max_ms : length_ms("max");
    if (gap_ms && max_ms && *gap_ms >= *max_ms) {
      reader_.problem(find("gap")->mark,
                      fmt::format("window: gap {}, max {}; the gap has to be shorter than the max",
                                  format_duration(*gap_ms), format_duration(*max_ms)));
    }
    return {.gap_ms = gap_ms.value_or(0), .max_ms = max_ms.value_or(0)};
  }

  std::optional<int64_t> required(std::string_view name) {
    if (find(name) != nullptr) return length_ms(name);
    reader_.problem(node_.mark, fmt::format("window: it needs \"{}\" with a duration such as 1m", name));
    return std::nullopt;
  }

  std::optional<int64_t> length_ms(std::string_view name) {
    return reader_.duration_ms(*find(name), fmt::format("window {}", name), reader_.limits().window_ms_min,
                               reader_.limits().window_ms_max);
  }

  const yaml::Node* find(std::string_view name) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(),
                                    [&](const yaml::Field& field) { return field.name == name; });
    return found == fields_.end() ? nullptr : found->value;
  }

  const yaml::Node& node_;
  BoundedReader& reader_;
  std::vector<yaml::Field> fields_;
};

}  // namespace

std::optional<Window> read_window(const yaml::Node& node, BoundedReader& reader) {
  if (node.kind == yaml::Kind::kMap) return WindowReader(node, reader).read();
  const std::optional<int64_t> size_ms =
      reader.duration_ms(node, "window", reader.limits().window_ms_min, reader.limits().window_ms_max);
  if (!size_ms) return std::nullopt;
  return Tumbling{.size_ms = *size_ms};
}

}  // namespace weir::aggregation
