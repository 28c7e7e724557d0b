#include "notify/object_reader.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::notify {

void ObjectReader::object(const yaml::Node& node, const std::string& path, const std::vector<Known>& known,
                          std::span<const std::string_view> missing) {
  std::vector<std::string_view> names;
  for (const Known& each : known) names.push_back(each.name);
  names.insert(names.end(), missing.begin(), missing.end());
  const std::string what = path.empty() ? "configuration" : path;
  for (const yaml::Field& field : fields_.fields(node, what, names)) {
    const std::string below = path.empty() ? field.name : path + "." + field.name;
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const Known& each) { return each.name == field.name; });
    if (found == known.end()) {
      problem(field.key->mark, below, "Alertmanager has this, Weir has not");
    } else if (field.value->kind != yaml::Kind::kNull) {
      found->take(*field.value, below);
    }
  }
}

void ObjectReader::list(const yaml::Node& node, const std::string& path, const Take& each) {
  size_t index = 0;
  for (const yaml::Node* item : fields_.items(node, path)) {
    const std::string below = fmt::format("{}[{}]", path, index++);
    if (item->kind == yaml::Kind::kNull) {
      problem(item->mark, below, "there is nothing in it");
    } else {
      each(*item, below);
    }
  }
}

std::string ObjectReader::text_of(const yaml::Node& value, const std::string& path) {
  std::string text = fields_.text(value, path);
  if (text.size() <= kTextBytesMax) return text;
  problem(value.mark, path, fmt::format("{} bytes, limit {}", text.size(), kTextBytesMax));
  return {};
}

ObjectReader::Take ObjectReader::text(std::string& out) {
  return [this, &out](const yaml::Node& value, const std::string& path) { out = text_of(value, path); };
}

ObjectReader::Take ObjectReader::texts(std::vector<std::string>& out) {
  return [this, &out](const yaml::Node& value, const std::string& path) {
    list(value, path,
         [&](const yaml::Node& item, const std::string& below) { out.push_back(text_of(item, below)); });
  };
}

ObjectReader::Take ObjectReader::text_map(TextMap& out) {
  return [this, &out](const yaml::Node& value, const std::string& path) {
    for (const yaml::Field& field : fields_.fields(value, path, {}))
      out[field.name] = text_of(*field.value, path + "." + field.name);
  };
}

ObjectReader::Take ObjectReader::flag(bool& out) {
  return
      [this, &out](const yaml::Node& value, const std::string& path) { out = fields_.boolean(value, path); };
}

ObjectReader::Take ObjectReader::integer(int64_t& out) {
  return
      [this, &out](const yaml::Node& value, const std::string& path) { out = fields_.integer(value, path); };
}

ObjectReader::Take ObjectReader::duration(int64_t& out_ms) {
  return [this, &out_ms](const yaml::Node& value, const std::string& path) {
    out_ms = fields_.duration_ms(value, path);
  };
}

ObjectReader::Take ObjectReader::plain_text(std::string& out, std::string_view default_template) {
  return [this, &out, default_template](const yaml::Node& value, const std::string& path) {
    out = text_of(value, path);
    if (out == default_template) out.clear();
    if (out.find("{{") != std::string::npos)
      problem(value.mark, path,
              "templates are not supported here; plain text is, and the default without it");
  };
}

ObjectReader::Take ObjectReader::node(const yaml::Node*& out) {
  return [&out](const yaml::Node& value, const std::string&) { out = &value; };
}

void ObjectReader::problem(yaml::Mark mark, const std::string& path, std::string_view message) {
  fields_.problem(mark, fmt::format("{}: {}", path, message));
}

}  // namespace weir::notify
