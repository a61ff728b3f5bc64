// WriteRequest by hand: https://prometheus.io/docs/concepts/remote_write_spec/. Snappy with literals only, which costs
// the peer less to read than what a compressor makes.
#include "tests/bench/ingest/remote_write.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <utility>

#include "controller/blocks/bytes.hpp"
#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"
#include "tests/bench/ingest/fleet_samples.hpp"

namespace vigie::bench {

namespace {

using controller::blocks::ByteWriter;

constexpr uint64_t hosts_per_request = 20;
constexpr uint64_t tag_text(uint64_t field) {
    return field << 3 | 2;
}

void add_field(ByteWriter& out, uint64_t field, std::string_view content) {
    out.varint(tag_text(field));
    out.varint(content.size());
    out.bytes(content);
}

void add_label(ByteWriter& out, std::string_view name, std::string_view value) {
    ByteWriter label;
    add_field(label, 1, name);
    add_field(label, 2, value);
    add_field(out, 1, label.text());
}

// The labels of each of a host's series, as fields of a TimeSeries.
std::vector<std::string> labels_of(const std::string& host) {
    std::vector<std::string> all;
    for (const auto& kind : kinds()) {
        std::vector<std::pair<std::string, std::string>> labels{
            {"__name__", kind.metric}, {kind.label, kind.value}, {"instance", host}, {"job", "node"}};
        std::sort(labels.begin(), labels.end());
        ByteWriter out;
        for (const auto& [name, value] : labels) {
            add_label(out, name, value);
        }
        all.push_back(out.take());
    }
    return all;
}

void add_sample(ByteWriter& out, const std::string& labels, double value, int64_t unix_ms) {
    ByteWriter sample;
    sample.varint(1 << 3 | 1);
    sample.fixed(std::bit_cast<uint64_t>(value));
    sample.varint(2 << 3);
    sample.varint(static_cast<uint64_t>(unix_ms));
    out.varint(tag_text(1));
    out.varint(labels.size() + 2 + sample.size());
    out.bytes(labels);
    add_field(out, 2, sample.text());
}

std::string snappy(std::string_view content) {
    constexpr size_t literal_max = 1 << 16;
    ByteWriter out;
    out.varint(content.size());
    for (; !content.empty(); content.remove_prefix(std::min(content.size(), literal_max))) {
        const auto part = content.substr(0, literal_max);
        out.u8(61 << 2);  // a literal whose length less one takes two bytes
        out.fixed(part.size() - 1, 2);
        out.bytes(part);
    }
    return out.take();
}

Result<Fd> connect_to(uint16_t port) {
    Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return fail(errno_error(errno, "connect to the peer"));
    }
    return socket;
}

Result<void> post(const Fd& socket, const std::string& path, const std::string& body) {
    VIGIE_CHECK(write_all(socket.get(),
                          fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
                                      "Content-Encoding: snappy\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n"
                                      "Content-Length: {}\r\n\r\n",
                                      path, body.size()) +
                              body,
                          "the peer"));
    std::array<char, 4096> answer{};
    const auto size = ::read(socket.get(), answer.data(), answer.size());
    const std::string_view text(answer.data(), size > 0 ? static_cast<size_t>(size) : 0);
    if (!text.starts_with("HTTP/1.1 204") && !text.starts_with("HTTP/1.1 200")) {
        return fail(ErrorCode::io, "the peer answered \"{}\"", text.substr(0, 200));
    }
    return {};
}

}  // namespace

Result<void> write_remote(uint16_t port, const std::string& path, const Load& load) {
    std::vector<HostSamples> samples;
    std::vector<std::vector<std::string>> labels;
    for (uint64_t host = 0; host < load.hosts; ++host) {
        samples.emplace_back(host);
        labels.push_back(labels_of(host_name(host)));
    }
    for (uint64_t step = 0; step < load.steps; ++step) {
        const auto at = load.at_ms(step);
        VIGIE_TRY(const auto socket, connect_to(port));  // victoria-metrics ends connections after two minutes
        ByteWriter request;
        for (uint64_t host = 0; host < load.hosts; ++host) {
            const auto& values = samples[host].next();
            for (size_t i = 0; i < values.size(); ++i) {
                add_sample(request, labels[host][i], values[i], at);
            }
            if ((host + 1) % hosts_per_request == 0 || host + 1 == load.hosts) {
                VIGIE_CHECK(post(socket, path, snappy(std::exchange(request, {}).text())));
            }
        }
    }
    return {};
}

}  // namespace vigie::bench
