// /proc/net/rpc/nfs and nfsd: calls of the NFS client and server.
#pragma once
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

// One line: its name and its numbers. Of proc2, proc3 and proc4 the first number, their count, is checked and dropped.
struct RpcLine {
    std::string_view name;  // a view of the text
    std::vector<double> numbers;
};
struct NfsReading {
    std::vector<RpcLine> lines;
};
struct NfsdReading {
    std::vector<RpcLine> lines;
};
// Lines that they do not know are kept and not emitted. A known line with too few numbers is an error; NFSv4's may be
// shorter, as kernels before 5.6 know fewer operations.
Result<NfsReading> parse_nfs(std::string_view text);
Result<NfsdReading> parse_nfsd(std::string_view text);
void emit(const NfsReading& reading, SeriesWriter& out);
void emit(const NfsdReading& reading, SeriesWriter& out);

}  // namespace vigie::agent
