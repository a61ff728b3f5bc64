// fuzz: vigie_agent_collect
// The kernel's texts: the first byte chooses the parser, the rest is the file. What is read must be emitted without
// fault, and a second time with the same schema.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/collect/cpu.hpp"
#include "agent/collect/diskstats.hpp"
#include "agent/collect/meminfo.hpp"
#include "agent/collect/mounts.hpp"
#include "agent/collect/net_counters.hpp"
#include "agent/collect/netdev.hpp"
#include "agent/collect/small_files.hpp"
#include "tests/fuzz/emit_twice.hpp"

namespace {

using namespace vigie::agent;

void feed_cpu(std::string_view text) {
    const auto reading = parse_stat(text);
    emit_twice(reading);
    if (reading) {
        CpuCounters counters;
        counters.update(reading->cpus);
        counters.update(reading->cpus);
        SeriesWriter writer;
        writer.begin();
        emit(counters, writer);
    }
}

void feed(char kind, std::string_view text) {
    const std::vector<std::string> exclude{"lo", "veth*"};
    switch (kind) {
        case 'a':
            return emit_twice(parse_meminfo(text));
        case 'b':
            return static_cast<void>(parse_arcstats(text));
        case 'c':
            return feed_cpu(text);
        case 'd':
            return emit_twice(parse_diskstats(text));
        case 'e':
            return emit_twice(parse_netdev(text, exclude));
        case 'f':
            return emit_twice(parse_net_pairs(text));
        case 'g':
            return emit_twice(parse_snmp6(text));
        case 'h':
            return static_cast<void>(parse_sockstat(text));
        case 'i':
            return emit_twice(parse_softnet(text));
        case 'j':
            return emit_twice(parse_conntrack(text));
        case 'k':
            return emit_twice(parse_loadavg(text));
        case 'l':
            return emit_twice(parse_vmstat(text));
        case 'm':
            return emit_twice(parse_file_nr(text));
        case 'n':
            return static_cast<void>(parse_pressure(text));
        default:
            return static_cast<void>(parse_mounts(text));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (!input.empty()) {
        feed(input.front(), input.substr(1));
    }
    return 0;
}
