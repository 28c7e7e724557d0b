#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "notify/receiver.h"
#include "yaml/field_reader.h"

namespace weir::notify {

/// Reads maps whose keys are known, each into a place of its own. Owned by one thread.
class ObjectReader {
 public:
  /// Takes a value, which is never null, and its path.
  using Take = std::function<void(const yaml::Node& value, const std::string& path)>;
  struct Known {
    std::string_view name;
    Take take;
  };

  /// Of one text: many of them are copied to wherever they are inherited.
  static constexpr size_t kTextBytesMax = 8 * 1024;

  explicit ObjectReader(std::vector<yaml::Problem>& problems) : fields_(problems), problems_(problems) {}

  /// Keys other than `known` are problems; those of `missing` by the words that Alertmanager has them and
  /// Weir has not. A value that is null counts as absent.
  void object(const yaml::Node& node, const std::string& path, const std::vector<Known>& known,
              std::span<const std::string_view> missing = {});
  /// The items of a list, with their paths.
  void list(const yaml::Node& node, const std::string& path, const Take& each);

  Take text(std::string& out);
  Take texts(std::vector<std::string>& out);
  Take text_map(TextMap& out);
  Take flag(bool& out);
  Take integer(int64_t& out);
  Take duration(int64_t& out_ms);
  /// Text that is a template in Alertmanager: only such without `{{` is taken, or the default one.
  Take plain_text(std::string& out, std::string_view default_template);
  Take node(const yaml::Node*& out);

  void problem(yaml::Mark mark, const std::string& path, std::string_view message);
  size_t problem_count() const { return problems_.size(); }

 private:
  std::string text_of(const yaml::Node& value, const std::string& path);

  yaml::FieldReader fields_;
  std::vector<yaml::Problem>& problems_;
};

}  // namespace weir::notify
