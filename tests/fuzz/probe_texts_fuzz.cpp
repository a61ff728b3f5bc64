// fuzz: vigie_agent_probes
// What name servers, certificates, the kernel and systemctl tell.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/probes/certificate_date.hpp"
#include "agent/probes/dns_message.hpp"
#include "agent/probes/process_match.hpp"
#include "agent/probes/unit_state.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie::agent;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto answer = decode_dns_answer(text)) {
        for (const auto& record : answer->answers) {
            // A name has at most 253 bytes; numbers of MX and SRV stand before it, a text has what its record has.
            if (record.name.size() > 253 || record.value.size() > std::max<size_t>(size, 253 + 24)) {
                __builtin_trap();
            }
        }
    }
    static_cast<void>(parse_certificate_date(text));
    static_cast<void>(parse_unit_state(text));
    if (const auto stat = parse_process_stat(text)) {
        static_cast<void>(is_process_named(*stat, text, "nginx"));
    }
    static_cast<void>(shown_command_line(text));
    return 0;
}
