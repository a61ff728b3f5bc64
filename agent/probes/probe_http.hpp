// What of an HTTP answer counts. Pure; the transfer itself is in probe_http.cpp.
#pragma once
#include "agent/probes/probe.hpp"

namespace vigie::agent {

struct HttpAnswer {
    long status = 0;
    std::string url;                           // the last one, after redirects
    std::string body;                          // as far as it was read
    std::optional<WallTime> certificate_ends;  // the earliest of the chain
};

ProbeAnswer judge_http(const ProbeContext& context, const HttpAnswer& answer);

}  // namespace vigie::agent
