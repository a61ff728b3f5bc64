// The protocol counters of /proc/net: snmp, netstat, snmp6, sockstat, softnet_stat and the connection tracker's.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

struct NetCounter {
    std::string_view protocol;  // "Tcp"; views of the text
    std::string_view name;      // "InSegs"
    double value = 0;
};
// Pairs of lines, names and then values, of /proc/net/snmp and /proc/net/netstat. Only node_exporter's default fields.
Result<std::vector<NetCounter>> parse_net_pairs(std::string_view text);
// /proc/net/snmp6: "Ip6InOctets 128".
Result<std::vector<NetCounter>> parse_snmp6(std::string_view text);
bool is_wanted_counter(std::string_view protocol, std::string_view name);
void emit(const std::vector<NetCounter>& counters, SeriesWriter& out);

// /proc/net/sockstat and sockstat6: "TCP: inuse 4 orphan 0 …".
Result<std::vector<NetCounter>> parse_sockstat(std::string_view text);
void emit_sockstat(const std::vector<NetCounter>& counters, double page_bytes, SeriesWriter& out);

struct SoftnetReading {
    uint64_t cpu = 0;
    uint64_t processed = 0;
    uint64_t dropped = 0;
    uint64_t times_squeezed = 0;
};
Result<std::vector<SoftnetReading>> parse_softnet(std::string_view text);
void emit(const std::vector<SoftnetReading>& cpus, SeriesWriter& out);

struct ConntrackReading {  // summed over CPUs
    uint64_t found = 0, invalid = 0, ignore = 0, insert = 0, insert_failed = 0, drop = 0, early_drop = 0,
             search_restart = 0;
};
// /proc/net/stat/nf_conntrack: a line of names, then one of hexadecimal numbers for each CPU.
Result<ConntrackReading> parse_conntrack(std::string_view text);
void emit(const ConntrackReading& reading, SeriesWriter& out);

}  // namespace vigie::agent
