#include "config/yaml_reader.h"

#include <optional>
#include <sstream>
#include <utility>

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "config/loader.h"
#include "config/text_check.h"

namespace weir::config {
namespace {

std::string position(const YAML::Mark& mark) {
  return fmt::format("{}:{}", mark.line + 1, mark.column + 1);
}

// Turns the parser's events into entries. Events, not the library's tree: they carry every position, show
// repeated keys, and an alias is refused before anything is copied. The parser cannot be stopped, so after
// the first error events are ignored.
class Collector : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) fail(mark, "a second document, or text that belongs to none");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!check_plain(mark, "", anchor) || levels_.empty())
      return;  // a file of comments is an empty configuration
    const Level& level = levels_.back();
    fail(mark, level.key ? fmt::format("{}: no value; write \"\" for empty text", full_key()) : "no key");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark, "an alias; repeat the value instead");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!check_plain(mark, tag, anchor)) return;
    if (levels_.empty()) return fail(mark, "expected keys such as \"server.listen: 127.0.0.1:8080\"");
    if (levels_.back().is_list) return add_item(value);
    if (!levels_.back().key) return begin_key(mark, value);
    add_entry(mark, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    if (!check_plain(mark, tag, anchor)) return;
    if (levels_.empty() || !levels_.back().key) return fail(mark, "a list where a key is expected");
    push(mark, {.is_list = true, .prefix = full_key(), .key = {}, .items = {}});
  }
  void OnSequenceEnd() override {
    if (failed()) return;
    const std::string items = std::move(levels_.back().items);
    levels_.pop_back();
    add_entry(list_mark_, items);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (!check_plain(mark, tag, anchor)) return;
    if (levels_.empty()) return push(mark, {});
    if (!levels_.back().key) return fail(mark, "keys inside a list or a key");
    push(mark, {.is_list = false, .prefix = full_key() + ".", .key = {}, .items = {}});
  }
  void OnMapEnd() override {
    if (failed()) return;
    levels_.pop_back();
    if (!levels_.empty()) levels_.back().key.reset();
  }

  Result<std::vector<FileEntry>> take() && {
    if (error_) return *std::move(error_);
    return std::move(entries_);
  }

 private:
  // An open map, or an open list of values.
  struct Level {
    bool is_list = false;
    std::string prefix;              // of a map: what its keys are appended to; of a list: its own key
    std::optional<std::string> key;  // of a map: the key whose value comes next
    std::string items;               // of a list: what has been seen, with commas between
  };

  bool failed() const { return error_.has_value(); }
  void fail(const YAML::Mark& mark, std::string_view what) {
    if (!failed()) error_ = invalid_argument(fmt::format("{}: {}", position(mark), what));
  }
  std::string full_key() const { return levels_.back().prefix + *levels_.back().key; }

  // False when events are being ignored, or must be from here on.
  bool check_plain(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) fail(mark, "an anchor; a configuration has none");
    // The parser says "?" for plain and "!" for quoted text that has no tag.
    if (!tag.empty() && tag != "?" && tag != "!")
      fail(mark, fmt::format("a tag ({}); a configuration has none", tag));
    return !failed();
  }
  void push(const YAML::Mark& mark, Level level) {
    if (levels_.size() >= kFileDepthMax) {
      if (!failed())
        error_ = resource_exhausted(fmt::format("{}: deeper than {} levels", position(mark), kFileDepthMax));
      return;
    }
    if (level.is_list) list_mark_ = mark;
    levels_.push_back(std::move(level));
  }
  void begin_key(const YAML::Mark& mark, const std::string& name) {
    levels_.back().key = name;
    if (const std::string key = full_key(); !seen_.insert(key).second) fail(mark, key + ": set twice");
  }
  void add_item(const std::string& value) {
    std::string& items = levels_.back().items;
    if (!items.empty()) items += ',';
    items += value;
  }
  void add_entry(const YAML::Mark& mark, const std::string& value) {
    entries_.push_back(
        {full_key(), value, static_cast<size_t>(mark.line) + 1, static_cast<size_t>(mark.column) + 1});
    levels_.back().key.reset();
  }

  int documents_ = 0;
  std::vector<Level> levels_;
  YAML::Mark list_mark_;
  absl::flat_hash_set<std::string> seen_;
  std::vector<FileEntry> entries_;
  std::optional<Error> error_;
};

}  // namespace

Result<std::vector<FileEntry>> read_yaml(std::string_view text) {
  RETURN_IF_ERROR(check_text(text));
  Collector collector;
  try {
    // Without an end mark the parser would take a quoted text that the end of the file cuts off for a whole
    // one.
    std::istringstream in(std::string(text) + "\n...\n");
    YAML::Parser parser(in);
    // Twice and no more: a second document is an error already, and on some broken input the parser yields
    // empty ones for ever.
    if (parser.HandleNextDocument(collector)) parser.HandleNextDocument(collector);
  } catch (const YAML::Exception& e) {
    return invalid_argument(fmt::format("{}: {}", position(e.mark), e.msg));
  } catch (const std::exception& e) {
    return invalid_argument(fmt::format("1:1: cannot be read as YAML: {}", e.what()));
  }
  return std::move(collector).take();
}

}  // namespace weir::config
