#include "app/cli/verify_report.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "app/cli/number_text.h"
#include "app/cli/table.h"
#include "wire/json_writer.h"

namespace weir::app::cli {
namespace {

/// A part of the directory as a row; what a part does not have is empty.
struct Part {
  std::string_view name;
  uint64_t files = 0;
  uint64_t bytes = 0;
  std::optional<uint64_t> series = {};
  std::optional<uint64_t> samples = {};
  std::optional<uint64_t> records = {};
  uint64_t damage = 0;
};

uint64_t manifest_damage(const offline::DataReport& report) {
  const auto& kept = report.store.damage.kept();
  const auto of_manifest = [](const Damage& damage) { return damage.path.ends_with("/MANIFEST"); };
  return static_cast<uint64_t>(std::count_if(kept.begin(), kept.end(), of_manifest));
}

std::vector<Part> parts_of(const offline::DataReport& report) {
  const auto& store = report.store;
  const uint64_t of_manifest = manifest_damage(report);
  return {
      {.name = "manifest",
       .files = store.manifest ? 1u : 0u,
       .bytes = store.manifest_bytes,
       .damage = of_manifest + report.between.count()},
      {.name = "blocks",
       .files = store.blocks,
       .bytes = store.block_bytes,
       .series = store.series,
       .samples = store.samples,
       .damage = store.damage.count() - of_manifest},
      {.name = "journal",
       .files = report.journal.segments,
       .bytes = report.journal.file_bytes,
       .series = report.journal_series,
       .samples = report.journal_samples,
       .records = report.journal.records,
       .damage = report.journal.damage.count()},
      {.name = "dead letters",
       .files = report.dead_letters.segments,
       .bytes = report.dead_letters.file_bytes,
       .records = report.dead_letters.records,
       .damage = report.dead_letters.damage.count()},
      {.name = "catalogue",
       .files = report.catalogue_bytes > 0 ? 1u : 0u,
       .bytes = report.catalogue_bytes,
       .damage = report.catalogue_damage.count()},
  };
}

std::vector<const DamageList*> lists_of(const offline::DataReport& report) {
  return {&report.store.damage, &report.journal.damage, &report.dead_letters.damage, &report.catalogue_damage,
          &report.between};
}

std::vector<std::string> notes_of(const offline::DataReport& report) {
  std::vector<std::string> notes = report.store.notes;
  for (const auto* journal : {&report.journal, &report.dead_letters}) {
    if (journal->torn_bytes == 0) continue;
    notes.push_back(
        fmt::format("{}: the end is torn from byte {} on ({} bytes): normal after a crash, nothing in it "
                    "was acknowledged, and the server cuts it at its next start",
                    journal->torn_path, journal->torn_position, journal->torn_bytes));
  }
  return notes;
}

std::string table_of(const offline::DataReport& report, const Terminal& terminal) {
  Table table({{"PART"},
               {"FILES", Align::kRight},
               {"BYTES", Align::kRight},
               {"SERIES", Align::kRight},
               {"SAMPLES", Align::kRight},
               {"RECORDS", Align::kRight},
               {"DAMAGE", Align::kRight}});
  const auto count = [](const std::optional<uint64_t>& number) {
    return number ? readable_count(static_cast<double>(*number)) : std::string();
  };
  for (const Part& part : parts_of(report)) {
    table.add_row({std::string(part.name), count(part.files), readable_bytes(static_cast<double>(part.bytes)),
                   count(part.series), count(part.samples), count(part.records),
                   part.damage == 0 ? "none" : count(part.damage)});
  }
  return table.to_string(terminal);
}

std::string damage_text(const Damage& damage, const Terminal& terminal) {
  std::string place = printable(damage.path);
  if (damage.bytes > 0) place += fmt::format(", byte {}, {} bytes", damage.position, damage.bytes);
  return fmt::format("\n{}\n  {}\n  What to do: {}.\n", styled(terminal, Style::kRed, place),
                     printable(damage.what), damage.remedy);
}

}  // namespace

std::string verify_text(const offline::DataReport& report, std::string_view data, const Terminal& terminal) {
  std::string out = table_of(report, terminal);
  for (const std::string& note : notes_of(report)) out += fmt::format("\nNote: {}.\n", printable(note));
  uint64_t shown = 0;
  for (const DamageList* list : lists_of(report)) {
    for (const Damage& damage : list->kept()) out += damage_text(damage, terminal);
    shown += list->kept().size();
  }
  const uint64_t count = report.damage_count();
  if (count == 0) return out + "\nAll is good.\n";
  if (count > shown) out += fmt::format("\n{} more are not shown.\n", count - shown);
  return out + fmt::format("\n{} {} found. Try: weir repair --data {} --dry-run\n", count,
                           count == 1 ? "damage" : "damages", data);
}

std::string verify_json(const offline::DataReport& report) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.boolean("good", report.damage_count() == 0);
  json.count("damage_count", report.damage_count());
  json.key("parts");
  json.begin_array();
  for (const Part& part : parts_of(report)) {
    json.begin_object();
    json.text("part", part.name);
    json.count("files", part.files);
    json.count("bytes", part.bytes);
    if (part.series) json.count("series", *part.series);
    if (part.samples) json.count("samples", *part.samples);
    if (part.records) json.count("records", *part.records);
    json.count("damage", part.damage);
    json.end_object();
  }
  json.end_array();
  json.key("damage");
  json.begin_array();
  for (const DamageList* list : lists_of(report)) {
    for (const Damage& damage : list->kept()) {
      json.begin_object();
      json.text("file", damage.path);
      json.count("position", damage.position);
      json.count("bytes", damage.bytes);
      json.text("what", damage.what);
      json.text("remedy", damage.remedy);
      json.end_object();
    }
  }
  json.end_array();
  json.count("torn_bytes", report.journal.torn_bytes + report.dead_letters.torn_bytes);
  json.key("notes");
  json.begin_array();
  for (const std::string& note : notes_of(report)) json.text(note);
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace weir::app::cli
