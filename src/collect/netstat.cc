#include <algorithm>
#include <array>

#include "collect/parsers.h"
#include "collect/text_fields.h"

namespace weir::collect {

namespace {

/// Counters by protocol: node_exporter's default --collector.netstat.fields, spelled out.
struct Wanted {
  std::string_view protocol;
  std::array<std::string_view, 7> fields;
};
constexpr std::array<Wanted, 10> kWanted = {{
    {"Ip", {"Forwarding"}},
    {"Ip6", {"InOctets", "OutOctets"}},
    {"IpExt", {"InOctets", "OutOctets"}},
    {"Icmp", {"InMsgs", "OutMsgs"}},
    {"Icmp6", {"InMsgs", "OutMsgs"}},
    {"TcpExt",
     {"ListenDrops", "ListenOverflows", "SyncookiesFailed", "SyncookiesRecv", "SyncookiesSent",
      "TCPSynRetrans", "TCPTimeouts"}},
    {"Tcp", {"ActiveOpens", "InSegs", "OutSegs", "OutRsts", "PassiveOpens", "RetransSegs", "CurrEstab"}},
    {"Udp", {"InDatagrams", "OutDatagrams", "NoPorts", "RcvbufErrors", "SndbufErrors"}},
    {"Udp6", {"InDatagrams", "OutDatagrams", "NoPorts", "RcvbufErrors", "SndbufErrors"}},
}};

bool wanted(std::string_view protocol, std::string_view field) {
  if (field == "InErrors" || field == "InErrs") return true;
  const auto* row =
      std::find_if(kWanted.begin(), kWanted.end(), [&](const Wanted& w) { return w.protocol == protocol; });
  return row != kWanted.end() &&
         std::find(row->fields.begin(), row->fields.end(), field) != row->fields.end();
}

void add(std::string_view protocol, std::string_view field, double value, std::string& metric,
         SampleSink& sink) {
  metric.assign("node_netstat_").append(protocol).append("_").append(field);
  sink.add(metric, value);
}

/// `names` and `values`: what follows the protocol in its two lines.
bool parse_pair(std::string_view protocol, std::string_view names, std::string_view values,
                SampleSink& sink) {
  std::string metric;
  for (std::string_view name = next_field(names); !name.empty(); name = next_field(names)) {
    const std::optional<double> value = next_number(values);
    if (!value) return false;
    if (wanted(protocol, name)) add(protocol, name, *value, metric, sink);
  }
  return true;
}

}  // namespace

Status parse_netstat(std::string_view text, SampleSink& sink) {
  for (std::string_view names; next_line(text, names);) {
    std::string_view values;
    if (!next_line(text, values)) return malformed("netstat", "a line of values after the names", names);
    const std::string_view protocol = next_field(names);
    if (!protocol.ends_with(':') || next_field(values) != protocol) {
      return malformed("netstat", "names and values of one protocol", protocol);
    }
    if (!parse_pair(protocol.substr(0, protocol.size() - 1), names, values, sink)) {
      return malformed("netstat", "a value for each name", values);
    }
  }
  return ok_status();
}

Status parse_snmp6(std::string_view text, SampleSink& sink) {
  std::string metric;
  for (std::string_view line; next_line(text, line);) {
    std::string_view fields = line;
    const std::string_view name = next_field(fields);
    const std::optional<double> value = next_number(fields);
    if (!value) return malformed("snmp6", "a name and a number", line);
    const size_t six = name.find('6');  // ends the protocol: Udp6InErrors
    if (six == std::string_view::npos) continue;
    const std::string_view protocol = name.substr(0, six + 1);
    const std::string_view field = name.substr(six + 1);
    if (wanted(protocol, field)) add(protocol, field, *value, metric, sink);
  }
  return ok_status();
}

}  // namespace weir::collect
