// Sums over all sockets.
#include "agent/collect/udp_queues.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {

Result<UdpQueuesReading> parse_udp_queues(std::string_view text) {
    UdpQueuesReading reading;
    next_line(text);  // headings
    while (!text.empty()) {
        auto line = next_line(text);
        for (int passed = 0; passed < 4; ++passed) {  // number, local and remote address, state
            next_field(line);
        }
        auto queues = next_field(line);
        const auto transmit = hex_in(cut(queues, ':'));
        const auto receive = hex_in(queues);
        if (!transmit || !receive) {
            return fail(ErrorCode::malformed, "udp: no queues in the fifth column");
        }
        reading.transmit_bytes += static_cast<double>(*transmit);
        reading.receive_bytes += static_cast<double>(*receive);
    }
    return reading;
}

namespace {

class UdpQueuesCollector final : public Collector {
  public:
    explicit UdpQueuesCollector(const CollectContext& context)
        : Collector("udp_queues"),
          v4_(context.proc("/net/udp")),
          v6_(context.proc("/net/udp6")),
          buffer_(context.sources.buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        const auto v4 = add(v4_, "v4", out);
        const auto v6 = add(v6_, "v6", out);
        // A kernel may lack either protocol.
        for (const auto* outcome : {&v4, &v6}) {
            if (!*outcome && outcome->error().code != ErrorCode::not_found) {
                return *outcome;
            }
        }
        return v4 ? v4 : v6;
    }

  private:
    Result<void> add(ProcFile& file, const char* version, SeriesWriter& out) {
        VIGIE_TRY(const auto text, file.read(buffer_));
        VIGIE_TRY(const auto reading, parse_udp_queues(text));
        out.add("node_udp_queues", {{"ip", version}, {"queue", "rx"}}, reading.receive_bytes);
        out.add("node_udp_queues", {{"ip", version}, {"queue", "tx"}}, reading.transmit_bytes);
        return {};
    }

    ProcFile v4_;
    ProcFile v6_;
    ReadBuffer& buffer_;
};

}  // namespace

std::unique_ptr<Collector> make_udp_queues(const CollectContext& context) {
    return std::make_unique<UdpQueuesCollector>(context);
}

}  // namespace vigie::agent
