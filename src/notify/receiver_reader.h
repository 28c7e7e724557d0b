#pragma once

#include <string>
#include <string_view>

#include "notify/object_reader.h"
#include "notify/receiver.h"

namespace weir::notify {

/// What receivers have where they say nothing themselves: `global` of the configuration.
struct ReceiverDefaults {
  HttpConfig http;
  Secret slack_api_url;
  EmailConfig email;  ///< Without `to` and `headers`.
};

/// Says that a secret is both in the configuration and in a file, if it is.
void check_one_of(ObjectReader& reader, const Secret& secret, yaml::Mark mark, const std::string& path,
                  std::string_view name);

/// Reads `http_config`. Absent parts of it are none.
HttpConfig read_http_config(ObjectReader& reader, const yaml::Node& node, const std::string& path);

/// Reads items of `receivers`, with up to 10,000 integrations together. What is wrong with it is a problem of
/// `reader`.
class ReceiverReader {
 public:
  /// What is given must outlive it.
  ReceiverReader(ObjectReader& reader, const ReceiverDefaults& defaults)
      : reader_(reader), defaults_(defaults) {}

  Receiver read(const yaml::Node& node, const std::string& path);

 private:
  Integration webhook(const yaml::Node& node, const std::string& path);
  Integration slack(const yaml::Node& node, const std::string& path);
  Integration email(const yaml::Node& node, const std::string& path);
  void check_email(const EmailConfig& config, yaml::Mark mark, const std::string& path);
  /// Exactly one of text and file, and a URL if it is text.
  void check_url(const Secret& url, yaml::Mark mark, const std::string& path, std::string_view name);
  ObjectReader::Take http(HttpConfig& out);

  ObjectReader& reader_;
  const ReceiverDefaults& defaults_;
  size_t integrations_ = 0;
};

}  // namespace weir::notify
