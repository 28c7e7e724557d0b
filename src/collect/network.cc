#include <algorithm>
#include <array>

#include "collect/parsers.h"
#include "collect/text_fields.h"

namespace weir::collect {

namespace {

/// The columns of /proc/net/dev.
constexpr std::array<std::string_view, 16> kColumns = {
    "node_network_receive_bytes_total",      "node_network_receive_packets_total",
    "node_network_receive_errs_total",       "node_network_receive_drop_total",
    "node_network_receive_fifo_total",       "node_network_receive_frame_total",
    "node_network_receive_compressed_total", "node_network_receive_multicast_total",
    "node_network_transmit_bytes_total",     "node_network_transmit_packets_total",
    "node_network_transmit_errs_total",      "node_network_transmit_drop_total",
    "node_network_transmit_fifo_total",      "node_network_transmit_colls_total",
    "node_network_transmit_carrier_total",   "node_network_transmit_compressed_total"};

std::string_view trim_left(std::string_view text) {
  return text.substr(std::min(text.size(), text.find_first_not_of(' ')));
}

}  // namespace

Status parse_net_dev(std::string_view text, SampleSink& sink) {
  std::string_view line;
  for (int i = 0; i < 2; ++i) {
    if (!next_line(text, line) || line.find('|') == std::string_view::npos) {
      return malformed("net/dev", "two lines of headings", line);
    }
  }
  while (next_line(text, line)) {
    // An alias such as eth0:1 has a colon in its name; the last one ends it.
    const size_t colon = line.rfind(':');
    if (colon == std::string_view::npos) return malformed("net/dev", "a device and a colon", line);
    const std::string_view device = trim_left(line.substr(0, colon));
    std::string_view fields = line.substr(colon + 1);
    for (const std::string_view metric : kColumns) {
      const std::optional<double> value = next_number(fields);
      if (!value) return malformed("net/dev", "16 counters", line);
      sink.add(metric, {{"device", device}}, *value);
    }
  }
  return ok_status();
}

}  // namespace weir::collect
