#include "yaml/document.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "yaml/text_check.h"

namespace weir::yaml {
namespace {

Mark mark_of(const YAML::Mark& mark) {
  return {static_cast<size_t>(mark.line) + 1, static_cast<size_t>(mark.column) + 1};
}

// What is missing at the end is found behind the mark that is added there.
Mark within(Mark mark, std::string_view text) {
  const auto lines = 1 + static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  if (mark.line <= lines) return mark;
  return {lines, text.size() - (text.rfind('\n') + 1) + 1};  // npos + 1 is 0
}

// Turns the parser's events into a tree. Events, not the library's tree: they carry every position and show
// repeated keys, and what aliases stand for is counted before anything follows them. The parser cannot be
// stopped, so after the first error events are ignored.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    const std::string_view rest = text_.substr(std::min(static_cast<size_t>(mark.pos), text_.size()));
    const bool is_document = rest.starts_with("---");
    if (!limits_.first_only || !is_document)
      return fail(mark, "a second document, or text that belongs to none");
    document_.second = mark_of(mark);
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (make(mark, Kind::kNull, "", anchor) != nullptr) finish({});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node* node = make(mark, Kind::kScalar, tag, anchor);
    if (node == nullptr) return;
    node->value = value;
    finish({});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    make(mark, Kind::kList, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    make(mark, Kind::kMap, tag, anchor);
  }
  void OnMapEnd() override { end(); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (ignores()) return;
    if (!limits_.aliases) return fail(mark, "an alias; repeat the value instead");
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) return fail(mark, "an alias inside what it stands for");
    if (open_.size() + found->second.extent.depth > limits_.depth_max) return too_deep(mark);
    attach(found->second.node, found->second.extent, mark);
  }

  bool has_second() const { return document_.second.has_value(); }
  Result<Document> take() && {
    if (error_) return *std::move(error_);
    return std::move(document_);
  }

 private:
  // How much a node holds, aliases followed.
  struct Extent {
    size_t nodes = 1;
    size_t depth = 0;
  };
  struct Anchored {
    const Node* node = nullptr;
    Extent extent;
  };
  // A node that is not complete yet.
  struct Open {
    Node* node = nullptr;
    YAML::anchor_t anchor = YAML::NullAnchor;
    YAML::Mark mark;
    Extent extent = {};
    const Node* key = nullptr;  // of a map: the key whose value comes next
  };

  bool failed() const { return error_.has_value(); }
  // Events of a second document come to nothing.
  bool ignores() const { return failed() || document_.second.has_value(); }
  void fail(const YAML::Mark& mark, std::string_view what) {
    if (!failed()) error_ = invalid_argument(fmt::format("{}: {}", to_text(mark_of(mark)), what));
  }
  void too_deep(const YAML::Mark& mark) {
    error_ = resource_exhausted(
        fmt::format("{}: deeper than {} levels", to_text(mark_of(mark)), limits_.depth_max));
  }

  // Opens a node; null when events are being ignored, or must be from here on.
  Node* make(const YAML::Mark& mark, Kind kind, const std::string& tag, YAML::anchor_t anchor) {
    if (ignores()) return nullptr;
    const bool holds = kind == Kind::kList || kind == Kind::kMap;
    if (anchor != YAML::NullAnchor && !limits_.aliases) {
      fail(mark, "an anchor, which has no place here");
    } else if (holds && depth() >= limits_.depth_max) {
      too_deep(mark);
    }
    if (failed()) return nullptr;
    Node& node = document_.nodes.emplace_back();
    node.kind = kind;
    node.mark = mark_of(mark);
    node.tag = tag;
    open_.push_back({&node, anchor, mark, {.nodes = 1, .depth = holds ? 1u : 0u}});
    return &node;
  }
  // Maps and lists that are open; `open_` holds nothing else between events.
  size_t depth() const { return open_.size(); }
  void end() {
    if (!ignores()) finish(open_.back().extent);
  }
  void finish(Extent extent) {
    const Open done = open_.back();
    open_.pop_back();
    if (done.anchor != YAML::NullAnchor) anchored_[done.anchor] = {done.node, extent};
    attach(done.node, extent, done.mark);
  }
  void attach(const Node* node, Extent extent, const YAML::Mark& mark) {
    if (open_.empty()) {
      document_.root = node;
      return;
    }
    Open& parent = open_.back();
    parent.extent.nodes += extent.nodes;
    parent.extent.depth = std::max(parent.extent.depth, extent.depth + 1);
    if (parent.extent.nodes > limits_.nodes_max) {
      error_ = resource_exhausted(fmt::format("{}: more than {} values, aliases followed",
                                              to_text(mark_of(mark)), limits_.nodes_max));
    } else if (parent.node->kind == Kind::kList) {
      parent.node->items.push_back(node);
    } else if (parent.key == nullptr) {
      parent.key = node;
    } else {
      parent.node->entries.emplace_back(std::exchange(parent.key, nullptr), node);
    }
  }

  std::string_view text_;
  const Limits& limits_;
  int documents_ = 0;
  Document document_;
  std::vector<Open> open_;
  absl::flat_hash_map<YAML::anchor_t, Anchored> anchored_;
  std::optional<Error> error_;
};

}  // namespace

std::string to_text(Mark mark) {
  return fmt::format("{}:{}", mark.line, mark.column);
}

Result<Document> parse(std::string_view text, const Limits& limits) {
  RETURN_IF_ERROR(check_text(text));
  Builder builder(text, limits);
  try {
    // Without an end mark the parser would take a quoted text that the end of the file cuts off for a whole
    // one.
    std::istringstream in(std::string(text) + "\n...\n");
    YAML::Parser parser(in);
    // Twice and no more: a second document is an error already, and on some broken input the parser yields
    // empty ones for ever.
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
  } catch (const YAML::Exception& e) {
    if (!builder.has_second())
      return invalid_argument(fmt::format("{}: {}", to_text(within(mark_of(e.mark), text)), e.msg));
  } catch (const std::exception& e) {
    return invalid_argument(fmt::format("1:1: cannot be read as YAML: {}", e.what()));
  }
  return std::move(builder).take();
}

}  // namespace weir::yaml
