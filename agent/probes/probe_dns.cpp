// dns: one question over UDP, and what is answered.
#include <algorithm>

#include "agent/probes/dns_message.hpp"
#include "agent/probes/probe.hpp"

namespace vigie::agent {
namespace {

constexpr int64_t dns_port = 53;

// Names are compared without case and without the last dot.
std::string plain(std::string_view text) {
    text.remove_suffix(text.ends_with('.') ? 1 : 0);
    std::string lower(text);
    for (auto& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return lower;
}

// Anything else that comes to the port, such as a late answer to somebody before, is passed over.
Result<DnsAnswer> ask(Connection& connection, std::string_view query, uint16_t id) {
    VIGIE_CHECK(connection.send(query));
    for (;;) {
        VIGIE_TRY(const auto bytes, connection.receive());
        VIGIE_TRY(auto answer, decode_dns_answer(bytes));
        if (answer.id == id) {
            return answer;
        }
    }
}

std::string list_of(const std::vector<DnsRecord>& records) {
    std::vector<std::string> shown;
    for (const auto& record : records) {
        if (shown.size() == 10) {
            shown.emplace_back("…");
            break;
        }
        shown.push_back(record.type + " " + record.value.substr(0, 100));
    }
    return shown.empty() ? "nothing" : fmt::format("{}", fmt::join(shown, ", "));
}

ProbeAnswer judge(const ProbeContext& context, const DnsAnswer& answer, const std::string& asked) {
    if (answer.rcode != 0) {
        return critical(fmt::format("{} is answered with {}", asked, dns_rcode_name(answer.rcode)));
    }
    const auto type = context.text("type", "A");
    const auto has = [&](const std::string& wanted) {
        return std::any_of(answer.answers.begin(), answer.answers.end(), [&](const DnsRecord& record) {
            return record.type == type && (wanted.empty() || plain(record.value) == plain(wanted));
        });
    };
    if (!has("")) {
        return critical(fmt::format("{} is answered with {}", asked, list_of(answer.answers)));
    }
    if (const auto expected = context.settings.find("expect"); expected != context.settings.end()) {
        for (const auto& one : expected->second) {
            if (!has(one)) {
                return critical(fmt::format("{}: no {} in {}", asked, one, list_of(answer.answers)));
            }
        }
    }
    return good(fmt::format("{}: {}", asked, list_of(answer.answers)));
}

}  // namespace

Result<ProbeAnswer> probe_dns(const ProbeContext& context) {
    const auto name = context.text("query");
    const auto type = context.text("type", "A");
    // Enough to tell an answer from a late one; whoever forges answers to a check gains a check.
    const auto id = static_cast<uint16_t>(context.deadline.time_since_epoch().count() / 1000);
    const auto query = encode_dns_query(id, name, type);
    if (!query) {
        return unknown(query.error());
    }
    VIGIE_TRY(auto connection, Connection::open_udp(context.text("server"), context.number("port", dns_port),
                                                    context.clock, context.deadline));
    VIGIE_TRY(const auto answer, ask(connection, *query, id));
    auto verdict = judge(context, answer, fmt::format("{}: {} {}", connection.peer(), type, name));
    const auto add = [&verdict](const char* label, double value) {
        verdict.values.push_back({.label = label, .value = value, .unit = {}});
    };
    add("probe_dns_query_succeeded", answer.rcode == 0 ? 1 : 0);
    add("probe_dns_answer_rrs", static_cast<double>(answer.answers.size()));
    add("probe_dns_authority_rrs", static_cast<double>(answer.authorities));
    add("probe_dns_additional_rrs", static_cast<double>(answer.additionals));
    return verdict;
}

}  // namespace vigie::agent
