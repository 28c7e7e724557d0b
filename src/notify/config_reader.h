#pragma once

#include <map>
#include <string>
#include <vector>

#include "notify/config.h"
#include "notify/receiver_reader.h"
#include "yaml/document.h"

namespace weir::notify {

/// Makes a Config of a YAML tree; `config_reader_routes.cc` has what concerns routes. One use, by one thread.
class ConfigReader {
 public:
  /// What is given must outlive it.
  ConfigReader(const ConfigLimits& limits, ReadConfig& out)
      : limits_(limits), out_(out), reader_(out.problems) {}

  void read(const yaml::Node& root);

 private:
  void read_global(const yaml::Node& node, const std::string& path);
  void read_receivers(const yaml::Node& node);
  /// `time_intervals`, or `mute_time_intervals` as they were called before.
  void read_time_intervals(const yaml::Node& node, const std::string& path);
  void read_inhibit_rule(const yaml::Node& node, const std::string& path);
  void read_root(const yaml::Node& node);
  /// `route` has what its parent has; what the node says takes its place.
  void read_route(const yaml::Node& node, const std::string& path, const Route* parent, Route& route);
  /// Reads the route at `path` below `parent`, unless limits are reached.
  void read_child(const yaml::Node& node, const std::string& path, Route& parent);
  void check_route(const yaml::Node& node, const std::string& path, const Route& route, const Route* parent);
  void set_group_by(std::vector<std::string> names, yaml::Mark mark, const std::string& path, Route& route);
  ObjectReader::Take matchers(std::vector<Matcher>& out);
  /// `match` and `match_re`: label names with texts.
  ObjectReader::Take match_map(std::vector<Matcher>& out, MatchOp op);
  /// The intervals that a route names.
  ObjectReader::Take named_intervals(std::vector<NamedTimes>& out);
  /// A list that must be empty, as Weir has nothing for it.
  ObjectReader::Take nothing();
  bool full() const { return reader_.problem_count() >= limits_.problems_max; }

  const ConfigLimits& limits_;
  ReadConfig& out_;
  ObjectReader reader_;
  ReceiverDefaults defaults_;
  std::map<std::string, size_t> receiver_lines_;  // by name, where it is first
  std::map<std::string, NamedTimes> time_intervals_;
  size_t routes_ = 0;
  size_t inherited_bytes_ = 0;  // what routes have copied from those above
};

}  // namespace weir::notify
