// Protocol counters.
#include "agent/collect/net_counters.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

template <size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 7> tcp_fields{"ActiveOpens",  "InSegs",      "OutSegs",  "OutRsts",
                                                     "PassiveOpens", "RetransSegs", "CurrEstab"};
constexpr std::array<std::string_view, 5> udp_fields{"InDatagrams", "OutDatagrams", "NoPorts", "RcvbufErrors",
                                                     "SndbufErrors"};

}  // namespace

// node_exporter's default of --collector.netstat.fields.
bool is_wanted_counter(std::string_view protocol, std::string_view name) {
    if (name == "InErrors" || name == "InErrs") {
        return true;
    }
    if (protocol == "Ip") {
        return name == "Forwarding";
    }
    if (protocol == "Ip6" || protocol == "IpExt") {
        return name == "InOctets" || name == "OutOctets";
    }
    if (protocol == "Icmp" || protocol == "Icmp6") {
        return name == "InMsgs" || name == "OutMsgs";
    }
    if (protocol == "TcpExt") {
        return name.starts_with("Listen") || name.starts_with("Syncookies") || name == "TCPSynRetrans" ||
               name == "TCPTimeouts";
    }
    return (protocol == "Tcp" && is_one_of(name, tcp_fields)) ||
           ((protocol == "Udp" || protocol == "Udp6") && is_one_of(name, udp_fields));
}

Result<std::vector<NetCounter>> parse_net_pairs(std::string_view text) {
    std::vector<NetCounter> counters;
    while (!text.empty()) {
        auto names = next_line(text);
        auto values = next_line(text);
        const auto protocol = cut(names, ':');
        if (cut(values, ':') != protocol) {
            return fail(ErrorCode::malformed, "net counters: no line of values for '{}'", protocol.substr(0, 32));
        }
        for (auto name = next_field(names); !name.empty(); name = next_field(names)) {
            const auto value = next_field(values);
            if (!is_wanted_counter(protocol, name)) {
                continue;
            }
            const auto number = number_in<double>(value);
            if (!number) {
                return fail(ErrorCode::malformed, "net counters: {} {}: bad number", protocol, name);
            }
            counters.push_back({protocol, name, *number});
        }
    }
    return counters;
}

Result<std::vector<NetCounter>> parse_snmp6(std::string_view text) {
    std::vector<NetCounter> counters;
    while (!text.empty()) {
        auto line = next_line(text);
        const auto key = next_field(line);
        // "Ip6InOctets": the protocol is all up to the 6.
        const auto six = key.find('6');
        if (six == std::string_view::npos) {
            continue;
        }
        const auto protocol = key.substr(0, six + 1);
        const auto name = key.substr(six + 1);
        if (!is_wanted_counter(protocol, name)) {
            continue;
        }
        const auto number = number_in<double>(next_field(line));
        if (!number) {
            return fail(ErrorCode::malformed, "snmp6: {}: bad number", key.substr(0, 32));
        }
        counters.push_back({protocol, name, *number});
    }
    return counters;
}

void emit(const std::vector<NetCounter>& counters, SeriesWriter& out) {
    std::string name;
    for (const auto& counter : counters) {
        name.assign(counter.protocol).append("_").append(counter.name);
        out.add({"node_netstat_", name}, counter.value);
    }
}

Result<std::vector<NetCounter>> parse_sockstat(std::string_view text) {
    std::vector<NetCounter> counters;
    while (!text.empty()) {
        auto line = next_line(text);
        const auto protocol = cut(line, ':');
        for (auto name = next_field(line); !name.empty(); name = next_field(line)) {
            const auto number = number_in<double>(next_field(line));
            if (!number) {
                return fail(ErrorCode::malformed, "sockstat: {} {}: bad number", protocol.substr(0, 32),
                            name.substr(0, 32));
            }
            counters.push_back({protocol, name, *number});
        }
    }
    return counters;
}

void emit_sockstat(const std::vector<NetCounter>& counters, double page_bytes, SeriesWriter& out) {
    std::string name;
    for (const auto& counter : counters) {
        name.assign(counter.protocol).append("_").append(counter.name);
        out.add({"node_sockstat_", name}, counter.value);
        if (counter.name == "mem") {
            out.add({"node_sockstat_", name, "_bytes"}, counter.value * page_bytes);
        }
    }
}

Result<std::vector<SoftnetReading>> parse_softnet(std::string_view text) {
    constexpr size_t cpu_column = 12;  // Linux 5.14 and later; before, lines stand in the order of CPUs
    std::vector<SoftnetReading> cpus;
    while (!text.empty()) {
        auto line = next_line(text);
        std::array<uint64_t, cpu_column + 1> columns{};
        size_t count = 0;
        for (auto field = next_field(line); !field.empty() && count < columns.size(); field = next_field(line)) {
            const auto number = hex_in(field);
            if (!number) {
                return fail(ErrorCode::malformed, "softnet_stat: bad number '{}'", field.substr(0, 32));
            }
            columns[count++] = *number;
        }
        if (count < 3) {
            return fail(ErrorCode::malformed, "softnet_stat: a line of {} columns", count);
        }
        cpus.push_back({count > cpu_column ? columns[cpu_column] : cpus.size(), columns[0], columns[1], columns[2]});
    }
    return cpus;
}

void emit(const std::vector<SoftnetReading>& cpus, SeriesWriter& out) {
    for (const auto& one : cpus) {
        std::array<char, 24> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), one.cpu).ptr;
        const std::string_view cpu(digits.data(), static_cast<size_t>(end - digits.data()));
        out.add("node_softnet_processed_total", {{"cpu", cpu}}, static_cast<double>(one.processed));
        out.add("node_softnet_dropped_total", {{"cpu", cpu}}, static_cast<double>(one.dropped));
        out.add("node_softnet_times_squeezed_total", {{"cpu", cpu}}, static_cast<double>(one.times_squeezed));
    }
}

namespace {

struct ConntrackField {
    std::string_view column;
    const char* series;
    uint64_t ConntrackReading::*member;
};
constexpr std::array<ConntrackField, 8> conntrack_fields{{
    {"found", "node_nf_conntrack_stat_found", &ConntrackReading::found},
    {"invalid", "node_nf_conntrack_stat_invalid", &ConntrackReading::invalid},
    {"ignore", "node_nf_conntrack_stat_ignore", &ConntrackReading::ignore},
    {"insert", "node_nf_conntrack_stat_insert", &ConntrackReading::insert},
    {"insert_failed", "node_nf_conntrack_stat_insert_failed", &ConntrackReading::insert_failed},
    {"drop", "node_nf_conntrack_stat_drop", &ConntrackReading::drop},
    {"early_drop", "node_nf_conntrack_stat_early_drop", &ConntrackReading::early_drop},
    {"search_restart", "node_nf_conntrack_stat_search_restart", &ConntrackReading::search_restart},
}};

}  // namespace

Result<ConntrackReading> parse_conntrack(std::string_view text) {
    ConntrackReading reading;
    const auto headings = next_line(text);
    while (!text.empty()) {
        auto line = next_line(text);
        auto names = headings;
        for (auto name = next_field(names); !name.empty(); name = next_field(names)) {
            const auto number = hex_in(next_field(line));
            if (!number) {
                return fail(ErrorCode::malformed, "nf_conntrack: {}: bad number", name.substr(0, 32));
            }
            for (const auto& field : conntrack_fields) {
                if (field.column == name) {
                    reading.*field.member += *number;
                }
            }
        }
    }
    return reading;
}

void emit(const ConntrackReading& reading, SeriesWriter& out) {
    for (const auto& field : conntrack_fields) {
        out.add(field.series, static_cast<double>(reading.*field.member));
    }
}

}  // namespace vigie::agent
