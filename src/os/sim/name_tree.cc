#include "os/sim/name_tree.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::os::sim {
namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  return parts;
}

void set_name(Names& names, const std::string& name, const NodePtr& target) {
  if (target == nullptr) {
    names.erase(name);
  } else {
    names[name] = target;
  }
}

}  // namespace

Result<NameTree::Place> NameTree::find(std::string_view path) const {
  std::vector<std::string> parts = split_path(path);
  if (parts.empty()) return Place{nullptr, "", root_};
  Place place{root_, parts.back(), nullptr};
  parts.pop_back();
  for (const std::string& part : parts) {
    auto child = place.directory->live.find(part);
    if (child == place.directory->live.end() || !child->second->is_directory) {
      return not_found(fmt::format("{}: no such directory: {}", path, part));
    }
    place.directory = child->second;
  }
  auto found = place.directory->live.find(place.name);
  if (found != place.directory->live.end()) place.node = found->second;
  return place;
}

Result<NodePtr> NameTree::find_existing(std::string_view path, bool is_directory) const {
  ASSIGN_OR_RETURN(Place place, find(path));
  if (place.node == nullptr) return not_found(fmt::format("{}: no such file or directory", path));
  if (place.node->is_directory != is_directory) {
    return io_error(fmt::format("{}: {}", path, is_directory ? "not a directory" : "is a directory"));
  }
  return place.node;
}

void NameTree::link(const Place& place, const NodePtr& node) {
  apply({{{place.directory, place.name, node}}});
}

void NameTree::move(const Place& from, const Place& to) {
  apply({{{from.directory, from.name, nullptr}, {to.directory, to.name, from.node}}});
}

void NameTree::remove(const Place& place) {
  const Names children = place.node->live;
  for (const auto& [name, child] : children) remove({place.node, name, child});
  apply({{{place.directory, place.name, nullptr}}});
}

Status NameTree::create_directories(std::string_view path) {
  NodePtr at = root_;
  for (const std::string& part : split_path(path)) {
    auto found = at->live.find(part);
    NodePtr child = found == at->live.end() ? nullptr : found->second;
    if (child != nullptr && !child->is_directory)
      return io_error(fmt::format("{}: {} is a file", path, part));
    if (child == nullptr) {
      child = std::make_shared<Node>();
      child->is_directory = true;
      link({at, part, nullptr}, child);
      sync(at);
    }
    at = child;
  }
  return {};
}

void NameTree::sync(const NodePtr& directory) {
  std::erase_if(unsynced_, [&](const Change& change) {
    const bool here = std::any_of(change.edits.begin(), change.edits.end(),
                                  [&](const Change::Edit& edit) { return edit.directory == directory; });
    if (here) make_durable(change);
    return here;
  });
}

void NameTree::crash(Random& random) {
  for (const Change& change : unsynced_) {
    if (random.below(2) == 1) make_durable(change);
  }
  unsynced_.clear();
  settle(*root_, random);
}

uint64_t NameTree::size_bytes(const Node& node) {
  std::set<const Node*> counted;
  return size_bytes(node, counted);
}

uint64_t NameTree::size_bytes(const Node& node, std::set<const Node*>& counted) {
  if (!counted.insert(&node).second) return 0;
  uint64_t sum = node.file.live().size();
  for (const auto& [name, child] : node.live) sum += size_bytes(*child, counted);
  return sum;
}

void NameTree::apply(Change change) {
  for (const Change::Edit& edit : change.edits) set_name(edit.directory->live, edit.name, edit.target);
  unsynced_.push_back(std::move(change));
}

void NameTree::make_durable(const Change& change) {
  for (const Change::Edit& edit : change.edits) set_name(edit.directory->durable, edit.name, edit.target);
}

void NameTree::settle(Node& node, Random& random) {
  node.live = node.durable;
  node.file.crash(random);
  for (const auto& [name, child] : node.live) settle(*child, random);
}

}  // namespace weir::os::sim
