// A question to a name server and its answer: RFC 1035, section 4; AAAA RFC 3596, SRV RFC 2782. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent {

// malformed: a label over 63 bytes, an empty one, a name over 253, or a type that is not known.
Result<std::string> encode_dns_query(uint16_t id, std::string_view name, std::string_view type);

struct DnsRecord {
    std::string name;
    std::string type;   // "A", or "TYPE65" for those that are not known
    std::string value;  // as dig prints it: "192.0.2.1", "10 mail.example.org", names without the last dot
};

struct DnsAnswer {
    uint16_t id = 0;
    int rcode = 0;
    bool is_truncated = false;
    std::vector<DnsRecord> answers;
    size_t authorities = 0;  // how many its head tells of
    size_t additionals = 0;
};

// One datagram. malformed: no answer, cut short, or with names that point to themselves.
Result<DnsAnswer> decode_dns_answer(std::string_view bytes);

std::string dns_rcode_name(int rcode);  // "NXDOMAIN", or "RCODE 11"

}  // namespace vigie::agent
