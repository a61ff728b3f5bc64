// /proc/net/udp and udp6: bytes that wait in the sockets' queues.
#pragma once
#include <memory>

#include "agent/collect/context.hpp"

namespace vigie::agent {

struct UdpQueuesReading {
    double transmit_bytes = 0;
    double receive_bytes = 0;
};
Result<UdpQueuesReading> parse_udp_queues(std::string_view text);

std::unique_ptr<Collector> make_udp_queues(const CollectContext& context);

}  // namespace vigie::agent
