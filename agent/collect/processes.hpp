// How many processes and threads there are, by state. Reads each of them: off unless it is asked for.
#pragma once
#include <memory>
#include <string_view>

#include "agent/collect/context.hpp"

namespace vigie::agent {

struct ProcessReading {
    char state = '?';
    uint64_t threads = 0;
};
// /proc/<pid>/stat. The name in parentheses may hold anything, parentheses too.
Result<ProcessReading> parse_process_stat(std::string_view text);

std::unique_ptr<Collector> make_processes(const CollectContext& context);

}  // namespace vigie::agent
