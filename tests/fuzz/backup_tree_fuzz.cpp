// fuzz: vigie_agent_backup
// Trees: what is read can be written and read again, and from then on stays the same to the byte. (Text that is not
// UTF-8 becomes U+FFFD the first time, as in Go.)
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/backup/node.hpp"

using namespace vigie::agent::backup;

namespace {
std::string written(const std::vector<Node>& nodes) {
    TreeWriter writer;
    for (const auto& node : nodes) {
        writer.add(node);
    }
    return writer.finish();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto nodes = parse_tree(text, "fuzz");
    if (!nodes) {
        return 0;
    }
    const auto once = written(*nodes);
    const auto again = parse_tree(once, "again");
    if (!again || again->size() != nodes->size()) {
        __builtin_trap();
    }
    const auto twice = written(*again);
    const auto last = parse_tree(twice, "last");
    if (!last || written(*last) != twice) {
        __builtin_trap();
    }
    return 0;
}
