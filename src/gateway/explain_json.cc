#include "gateway/explain_json.h"

#include "base/duration.h"
#include "wire/json_writer.h"

namespace weir::gateway {
namespace {

using query::NodeCost;
using query::ProfileNode;

int64_t microseconds(os::SteadyTime::duration time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

struct Size {
  uint64_t series = 0;
  uint64_t points = 0;
};

Size size_of(const query::QueryResult& result) {
  const auto of = [](const std::vector<query::ResultSeries>& all) {
    Size size{all.size(), 0};
    for (const query::ResultSeries& series : all) size.points += series.points.size();
    return size;
  };
  if (const auto* matrix = std::get_if<query::MatrixValue>(&result.value)) return of(matrix->series);
  if (const auto* vector = std::get_if<query::VectorValue>(&result.value)) return of(vector->series);
  return {0, 1};
}

/// Writes one explanation. Lives for one call.
class Writer {
 public:
  Writer(const Explanation& explanation, std::string& out) : told_(explanation), json_(out) {}

  void write() {
    json_.begin_object();
    asked();
    if (told_.result != nullptr) totals(*told_.result);
    json_.key("tree");
    node(told_.profile.nodes().front());
    if (told_.result != nullptr) {
      notes("warnings", told_.result->warnings);
      notes("infos", told_.result->infos);
    }
    json_.end_object();
  }

 private:
  void asked() {
    json_.text("query", told_.asked.text);
    json_.text("start", format_time(told_.asked.range.start_ms));
    json_.text("end", format_time(told_.asked.range.end_ms));
    if (!told_.asked.instant()) json_.integer("step_ms", told_.asked.range.step_ms);
    json_.boolean("analyzed", told_.result != nullptr);
  }

  void totals(const query::QueryResult& result) {
    const Size size = size_of(result);
    json_.key("totals");
    json_.begin_object();
    json_.integer("parse_us", result.stats.parse.count());
    json_.integer("evaluate_us", result.stats.evaluate.count());
    json_.integer("queued_us", result.stats.queued.count());
    json_.count("peak_bytes", result.stats.peak_bytes);
    json_.count("read_series", result.stats.series_read);
    json_.count("read_samples", result.stats.samples_read);
    json_.count("result_series", size.series);
    json_.count("result_points", size.points);
    json_.end_object();
  }

  void node(const ProfileNode& node) {
    json_.begin_object();
    json_.text("node", node.name);
    json_.text("text", node.text);
    json_.key("position");
    json_.begin_object();
    json_.count("start", node.position.begin);
    json_.count("end", node.position.end);
    json_.end_object();
    json_.text("type", query::api_name(node.type));
    if (told_.result != nullptr) cost(node);
    if (node.matching) {
      json_.count("matching_series", node.matching->series);
      json_.boolean("matching_cut", node.matching->cut);
    }
    json_.key("children");
    json_.begin_array();
    for (const size_t child : node.children) this->node(told_.profile.nodes()[child]);
    json_.end_array();
    json_.end_object();
  }

  void cost(const ProfileNode& node) {
    const NodeCost own = told_.profile.own_cost(node);
    json_.count("evaluations", node.evaluations);
    json_.count("steps", node.steps);
    json_.count("series", node.series);
    json_.count("read_series", own.series_read);
    json_.count("read_samples", own.samples_read);
    json_.integer("time_us", microseconds(node.cost.time));
    json_.integer("self_us", microseconds(own.time));
  }

  void notes(std::string_view name, const std::vector<std::string>& list) {
    json_.key(name);
    json_.begin_array();
    for (const std::string& note : list) json_.text(note);
    json_.end_array();
  }

  const Explanation& told_;
  wire::JsonWriter json_;
};

}  // namespace

std::string explain_json(const Explanation& explanation) {
  std::string out;
  Writer(explanation, out).write();
  return out;
}

}  // namespace weir::gateway
