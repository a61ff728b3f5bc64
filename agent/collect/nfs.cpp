// NFS. The order of the numbers is the kernel's: nfs_procedures of nfs2xdr.c, nfs3xdr.c and nfs4xdr.c for calls, the
// operations of RFC 7530 for the server's version 4. Names are node_exporter's.
#include "agent/collect/nfs.hpp"

#include <algorithm>
#include <array>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr std::array<const char*, 18> v2_calls{"Null", "GetAttr", "SetAttr", "Root",   "Lookup",  "ReadLink",
                                               "Read", "WrCache", "Write",   "Create", "Remove",  "Rename",
                                               "Link", "SymLink", "MkDir",   "RmDir",  "ReadDir", "FsStat"};
constexpr std::array<const char*, 22> v3_calls{"Null",   "GetAttr", "SetAttr",  "Lookup", "Access",  "ReadLink",
                                               "Read",   "Write",   "Create",   "MkDir",  "SymLink", "MkNod",
                                               "Remove", "RmDir",   "Rename",   "Link",   "ReadDir", "ReadDirPlus",
                                               "FsStat", "FsInfo",  "PathConf", "Commit"};
constexpr std::array<const char*, 59> client_v4_calls{"Null",
                                                      "Read",
                                                      "Write",
                                                      "Commit",
                                                      "Open",
                                                      "OpenConfirm",
                                                      "OpenNoattr",
                                                      "OpenDowngrade",
                                                      "Close",
                                                      "Setattr",
                                                      "FsInfo",
                                                      "Renew",
                                                      "SetClientID",
                                                      "SetClientIDConfirm",
                                                      "Lock",
                                                      "Lockt",
                                                      "Locku",
                                                      "Access",
                                                      "Getattr",
                                                      "Lookup",
                                                      "LookupRoot",
                                                      "Remove",
                                                      "Rename",
                                                      "Link",
                                                      "Symlink",
                                                      "Create",
                                                      "Pathconf",
                                                      "StatFs",
                                                      "ReadLink",
                                                      "ReadDir",
                                                      "ServerCaps",
                                                      "DelegReturn",
                                                      "GetACL",
                                                      "SetACL",
                                                      "FsLocations",
                                                      "ReleaseLockowner",
                                                      "Secinfo",
                                                      "FsidPresent",
                                                      "ExchangeID",
                                                      "CreateSession",
                                                      "DestroySession",
                                                      "Sequence",
                                                      "GetLeaseTime",
                                                      "ReclaimComplete",
                                                      "LayoutGet",
                                                      "GetDeviceInfo",
                                                      "LayoutCommit",
                                                      "LayoutReturn",
                                                      "SecinfoNoName",
                                                      "TestStateID",
                                                      "FreeStateID",
                                                      "GetDeviceList",
                                                      "BindConnToSession",
                                                      "DestroyClientID",
                                                      "Seek",
                                                      "Allocate",
                                                      "DeAllocate",
                                                      "LayoutStats",
                                                      "Clone"};
// Without a name: operations that are not counted, or that node_exporter leaves out.
constexpr std::array<const char*, 38> server_v4_operations{
    nullptr,       nullptr,   nullptr,   "Access",   "Close",       "Commit",      "Create", "DelegPurge",
    "DelegReturn", "GetAttr", "GetFH",   "Link",     "Lock",        "Lockt",       "Locku",  "Lookup",
    "LookupRoot",  "Nverify", "Open",    "OpenAttr", "OpenConfirm", "OpenDgrd",    "PutFH",  nullptr,
    nullptr,       "Read",    "ReadDir", "ReadLink", "Remove",      "Rename",      "Renew",  "RestoreFH",
    "SaveFH",      "SecInfo", "SetAttr", "Verify",   "Write",       "RelLockOwner"};

struct Shape {
    std::string_view line;
    size_t numbers_min;
    bool is_counted = false;  // its first number says how many follow
};
constexpr std::array<Shape, 5> client_shapes{
    {{"net", 4}, {"rpc", 3}, {"proc2", 18, true}, {"proc3", 22, true}, {"proc4", 0, true}}};
constexpr std::array<Shape, 11> server_shapes{{{"rc", 3},
                                               {"fh", 1},
                                               {"io", 2},
                                               {"th", 1},
                                               {"ra", 12},
                                               {"net", 4},
                                               {"rpc", 5},
                                               {"proc2", 18, true},
                                               {"proc3", 22, true},
                                               {"proc4", 2, true},
                                               {"proc4ops", 38, true}}};

Result<RpcLine> parse_rpc_line(std::string_view line, std::span<const Shape> shapes, std::string_view file) {
    RpcLine read;
    read.name = next_field(line);
    const auto shape =
        std::find_if(shapes.begin(), shapes.end(), [&](const Shape& one) { return one.line == read.name; });
    if (shape == shapes.end()) {
        return read;
    }
    for (auto field = next_field(line); !field.empty(); field = next_field(line)) {
        const auto number = number_in<double>(field);
        if (!number) {
            return fail(ErrorCode::malformed, "{}: {}: bad number '{}'", file, read.name, field.substr(0, 32));
        }
        read.numbers.push_back(*number);
    }
    if (shape->is_counted && !read.numbers.empty()) {
        if (read.numbers.front() != static_cast<double>(read.numbers.size() - 1)) {
            return fail(ErrorCode::malformed, "{}: {}: {} numbers instead of {}", file, read.name,
                        read.numbers.size() - 1, read.numbers.front());
        }
        read.numbers.erase(read.numbers.begin());
    }
    if (read.numbers.size() < shape->numbers_min) {
        return fail(ErrorCode::malformed, "{}: {}: {} numbers, at least {} are needed", file, read.name,
                    read.numbers.size(), shape->numbers_min);
    }
    return read;
}

Result<std::vector<RpcLine>> parse_rpc(std::string_view text, std::span<const Shape> shapes, std::string_view file) {
    std::vector<RpcLine> lines;
    while (!text.empty()) {
        VIGIE_TRY(auto line, parse_rpc_line(next_line(text), shapes, file));
        lines.push_back(std::move(line));
    }
    return lines;
}

// The numbers of a line that may be missing altogether: a kernel without NFSv2 has no proc2.
std::span<const double> numbers_of(const std::vector<RpcLine>& lines, std::string_view name) {
    const auto found = std::find_if(lines.begin(), lines.end(), [&](const RpcLine& one) { return one.name == name; });
    return found == lines.end() ? std::span<const double>{} : found->numbers;
}

template <size_t N>
void emit_calls(const char* series, const char* version, const std::array<const char*, N>& names, size_t first,
                std::span<const double> numbers, SeriesWriter& out) {
    for (size_t i = first; i < names.size(); ++i) {
        if (names[i] != nullptr) {
            out.add(series, {{"method", names[i]}, {"proto", version}}, i < numbers.size() ? numbers[i] : 0);
        }
    }
}

}  // namespace

Result<NfsReading> parse_nfs(std::string_view text) {
    VIGIE_TRY(auto lines, parse_rpc(text, client_shapes, "nfs"));
    return NfsReading{std::move(lines)};
}

Result<NfsdReading> parse_nfsd(std::string_view text) {
    VIGIE_TRY(auto lines, parse_rpc(text, server_shapes, "nfsd"));
    return NfsdReading{std::move(lines)};
}

// A line that the kernel lacks has zeros, as node_exporter has it.
void emit(const NfsReading& reading, SeriesWriter& out) {
    const auto number = [&](std::string_view line, size_t at) {
        const auto numbers = numbers_of(reading.lines, line);
        return at < numbers.size() ? numbers[at] : 0;
    };
    out.add("node_nfs_packets_total", {{"protocol", "tcp"}}, number("net", 2));
    out.add("node_nfs_packets_total", {{"protocol", "udp"}}, number("net", 1));
    out.add("node_nfs_connections_total", number("net", 3));
    out.add("node_nfs_rpcs_total", number("rpc", 0));
    out.add("node_nfs_rpc_retransmissions_total", number("rpc", 1));
    out.add("node_nfs_rpc_authentication_refreshes_total", number("rpc", 2));
    emit_calls("node_nfs_requests_total", "2", v2_calls, 0, numbers_of(reading.lines, "proc2"), out);
    emit_calls("node_nfs_requests_total", "3", v3_calls, 0, numbers_of(reading.lines, "proc3"), out);
    emit_calls("node_nfs_requests_total", "4", client_v4_calls, 0, numbers_of(reading.lines, "proc4"), out);
}

void emit(const NfsdReading& reading, SeriesWriter& out) {
    const auto number = [&](std::string_view line, size_t at) {
        const auto numbers = numbers_of(reading.lines, line);
        return at < numbers.size() ? numbers[at] : 0;
    };
    out.add("node_nfsd_reply_cache_hits_total", number("rc", 0));
    out.add("node_nfsd_reply_cache_misses_total", number("rc", 1));
    out.add("node_nfsd_reply_cache_nocache_total", number("rc", 2));
    out.add("node_nfsd_file_handles_stale_total", number("fh", 0));
    out.add("node_nfsd_disk_bytes_read_total", number("io", 0));
    out.add("node_nfsd_disk_bytes_written_total", number("io", 1));
    out.add("node_nfsd_server_threads", number("th", 0));
    out.add("node_nfsd_read_ahead_cache_size_blocks", number("ra", 0));
    out.add("node_nfsd_read_ahead_cache_not_found_total", number("ra", 11));
    out.add("node_nfsd_packets_total", {{"proto", "tcp"}}, number("net", 2));
    out.add("node_nfsd_packets_total", {{"proto", "udp"}}, number("net", 1));
    out.add("node_nfsd_connections_total", number("net", 3));
    out.add("node_nfsd_server_rpcs_total", number("rpc", 0));
    out.add("node_nfsd_rpc_errors_total", {{"error", "auth"}}, number("rpc", 3));
    out.add("node_nfsd_rpc_errors_total", {{"error", "cInt"}}, number("rpc", 4));
    out.add("node_nfsd_rpc_errors_total", {{"error", "fmt"}}, number("rpc", 2));
    constexpr size_t after_null = 1;  // the server does not count it
    emit_calls("node_nfsd_requests_total", "2", v2_calls, after_null, numbers_of(reading.lines, "proc2"), out);
    emit_calls("node_nfsd_requests_total", "3", v3_calls, after_null, numbers_of(reading.lines, "proc3"), out);
    emit_calls("node_nfsd_requests_total", "4", server_v4_operations, 0, numbers_of(reading.lines, "proc4ops"), out);
}

}  // namespace vigie::agent
