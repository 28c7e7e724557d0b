#include <algorithm>

#include <fmt/format.h>

#include "notify/config_reader.h"
#include "notify/matcher_syntax.h"

// The routing tree of a configuration.
namespace weir::notify {
namespace {

constexpr std::string_view kRouteMissing[] = {"labels"};

// What a route has before it says anything itself.
Route heir(const Route& parent) {
  Route route;
  route.receiver = parent.receiver;
  route.group_by = parent.group_by;
  route.group_by_all = parent.group_by_all;
  route.group_wait_ms = parent.group_wait_ms;
  route.group_interval_ms = parent.group_interval_ms;
  route.repeat_interval_ms = parent.repeat_interval_ms;
  return route;
}

}  // namespace

void ConfigReader::read_root(const yaml::Node& node) {
  Route& root = out_.config.root;
  read_route(node, "route", nullptr, root);
  if (!root.matchers.empty())
    reader_.problem(node.mark, "route", "the root matches every alert; matchers belong below");
  if (root.receiver.empty()) reader_.problem(node.mark, "route", "the root needs a receiver");
}

void ConfigReader::read_route(const yaml::Node& node, const std::string& path, const Route* parent,
                              Route& route) {
  if (++routes_ > limits_.routes_max) {
    reader_.problem(node.mark, path, fmt::format("more than {} routes", limits_.routes_max));
    return;
  }
  const yaml::Node* routes = nullptr;
  const yaml::Node* grouping = nullptr;
  std::vector<std::string> group_by;
  const auto active = [&](const yaml::Node& value, const std::string& below) {
    if (value.kind == yaml::Kind::kList && value.items.empty()) return;
    named_intervals(route.active_times.emplace())(value, below);
  };
  reader_.object(node, path,
                 {{"receiver", reader_.text(route.receiver)},
                  {"group_by", reader_.node(grouping)},
                  {"matchers", matchers(route.matchers)},
                  {"match", match_map(route.matchers, MatchOp::kEqual)},
                  {"match_re", match_map(route.matchers, MatchOp::kRegex)},
                  {"continue", reader_.flag(route.continues)},
                  {"group_wait", reader_.duration(route.group_wait_ms)},
                  {"group_interval", reader_.duration(route.group_interval_ms)},
                  {"repeat_interval", reader_.duration(route.repeat_interval_ms)},
                  {"mute_time_intervals", named_intervals(route.mute_times)},
                  {"active_time_intervals", active},
                  {"routes", reader_.node(routes)}},
                 kRouteMissing);
  if (grouping != nullptr) reader_.texts(group_by)(*grouping, path + ".group_by");
  if (!group_by.empty()) set_group_by(std::move(group_by), grouping->mark, path + ".group_by", route);
  sort_matchers(route.matchers);
  route.key =
      parent == nullptr ? matchers_text(route.matchers) : parent->key + "/" + matchers_text(route.matchers);
  check_route(node, path, route, parent);
  if (routes == nullptr) return;
  reader_.list(*routes, path + ".routes",
               [&](const yaml::Node& item, const std::string& below) { read_child(item, below, route); });
}

void ConfigReader::read_child(const yaml::Node& node, const std::string& path, Route& parent) {
  const bool had_room = inherited_bytes_ <= limits_.inherited_bytes_max;
  if (full() || routes_ > limits_.routes_max || !had_room) return;
  inherited_bytes_ += parent.key.size() + parent.receiver.size();
  for (const std::string& name : parent.group_by) inherited_bytes_ += name.size();
  if (inherited_bytes_ > limits_.inherited_bytes_max) {
    reader_.problem(node.mark, path,
                    fmt::format("receivers, group_by and matchers that routes have from those "
                                "above have more than {} bytes",
                                limits_.inherited_bytes_max));
    return;
  }
  Route child = heir(parent);
  read_route(node, path, &parent, child);
  parent.routes.push_back(std::move(child));
}

// What was wrong with the parent has been said there.
void ConfigReader::check_route(const yaml::Node& node, const std::string& path, const Route& route,
                               const Route* parent) {
  if (parent == nullptr && route.continues)
    reader_.problem(node.mark, path + ".continue", "the root has no siblings");
  if (parent == nullptr && (!route.mute_times.empty() || route.active_times))
    reader_.problem(node.mark, path, "the root is told at all times; time intervals belong below");
  if (route.group_interval_ms == 0 && (parent == nullptr || parent->group_interval_ms != 0))
    reader_.problem(node.mark, path + ".group_interval", "it cannot be zero");
  if (route.repeat_interval_ms == 0 && (parent == nullptr || parent->repeat_interval_ms != 0))
    reader_.problem(node.mark, path + ".repeat_interval", "it cannot be zero");
  const bool is_own = parent == nullptr || parent->receiver != route.receiver;
  if (is_own && !route.receiver.empty() && !receiver_lines_.contains(route.receiver)) {
    reader_.problem(node.mark, path + ".receiver",
                    fmt::format("there is no receiver \"{}\"", route.receiver));
  }
}

void ConfigReader::set_group_by(std::vector<std::string> names, yaml::Mark mark, const std::string& path,
                                Route& route) {
  std::sort(names.begin(), names.end());
  const bool all = std::find(names.begin(), names.end(), "...") != names.end();
  if (all && names.size() > 1) reader_.problem(mark, path, "\"...\" means all labels, and stands alone");
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) reader_.problem(mark, path, fmt::format("\"{}\" is there twice", *twice));
  route.group_by_all = all;
  route.group_by = all ? std::vector<std::string>() : std::move(names);
}

}  // namespace weir::notify
