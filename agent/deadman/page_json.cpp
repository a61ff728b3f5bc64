// Written by hand: a library for JSON would be in the daemon's memory for a text of one shape.
#include "agent/deadman/page_json.hpp"

#include <fmt/format.h>

namespace vigie::agent {
namespace {

constexpr std::string_view alertname = "VigieControllerSilent";
constexpr const char* no_time = "0001-01-01T00:00:00Z";  // Go's, as Alertmanager sends it for what has not ended

// Bytes over 0x7F are left as they are: names of hosts and addresses have none.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

// Alertmanager's: FNV-1a, 64 bit, over sorted names and values, each followed by 0xFF.
std::string fingerprint(std::initializer_list<std::string_view> names_and_values) {
    uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
    for (const auto part : names_and_values) {
        for (const char c : part) {
            add(static_cast<unsigned char>(c));
        }
        add(0xFF);
    }
    return fmt::format("{:016x}", hash);
}

std::string summary_of(const DeadmanPage& page, const DeadmanFacts& facts) {
    if (page.is_resolved) {
        return fmt::format("{} hears the controller at {} again", facts.host, facts.controller);
    }
    return fmt::format(
        "{} has not heard the controller at {} since {}{}", facts.host, facts.controller, to_rfc3339(page.silent_since),
        page.attempts_before == 0 ? "" : ", and could not say so at first: its own network may be at fault");
}

}  // namespace

std::string page_json(const DeadmanPage& page, const DeadmanFacts& facts, WallTime now) {
    const std::string_view status = page.is_resolved ? "resolved" : "firing";
    const auto labels = fmt::format(R"({{"alertname":"{}","controller":{},"severity":"critical"}})", alertname,
                                    quoted(facts.controller));
    const auto annotations =
        fmt::format(R"({{"summary":{},"told_by":{}}})", quoted(summary_of(page, facts)), quoted(facts.host));
    const auto alert = fmt::format(
        R"({{"status":"{}","labels":{},"annotations":{},"startsAt":"{}","endsAt":"{}","generatorURL":"","fingerprint":"{}"}})",
        status, labels, annotations, to_rfc3339(page.silent_since), page.is_resolved ? to_rfc3339(now) : no_time,
        fingerprint({"alertname", alertname, "controller", facts.controller, "severity", "critical"}));
    const auto group = fmt::format(R"({{"alertname":"{}"}})", alertname);
    return fmt::format(
        R"({{"receiver":"deadman","status":"{}","alerts":[{}],"groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"","version":"4","groupKey":{},"truncatedAlerts":0}})",
        status, alert, group, labels, annotations, quoted(fmt::format(R"({{}}:{{alertname="{}"}})", alertname)));
}

std::string page_key(const DeadmanPage& page) {
    return fmt::format("vigie-controller-silent-{:016x}-{}", page.watch, page.is_resolved ? "resolved" : "firing");
}

}  // namespace vigie::agent
