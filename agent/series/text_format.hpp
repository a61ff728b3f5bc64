// A collection in Prometheus' text format, for people and for scrapers of files.
#pragma once
#include <string>

#include "protocol/messages/messages.hpp"

namespace vigie::agent {

// Series sorted by name, each name after a line of its type: names that end in _total are counters, what others put
// into text files and the kernel's mixed lists (netstat, vmstat) are untyped, all else are gauges.
std::string text_format(const protocol::SampleBatch& batch);

}  // namespace vigie::agent
