// http and https by libcurl.
#include "agent/probes/probe_http.hpp"

#include <curl/curl.h>

#include <algorithm>

#include "agent/probes/certificate_date.hpp"

namespace vigie::agent {
namespace {

constexpr size_t body_bytes_max = 1024 * 1024;  // enough to find a word in; the rest is not asked for
constexpr long redirects_max = 5;

struct Transfer {
    CURL* handle = curl_easy_init();
    curl_slist* headers = nullptr;
    std::array<char, CURL_ERROR_SIZE> problem{};
    std::string body;
    bool is_cut = false;

    Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() {
        curl_slist_free_all(headers);
        curl_easy_cleanup(handle);
    }
    template <typename Value>
    void set(CURLoption option, Value value) {
        curl_easy_setopt(handle, option, value);
    }
    void add_header(const std::string& line) {
        if (auto* longer = curl_slist_append(headers, line.c_str()); longer != nullptr) {
            headers = longer;
        }
    }
    double seconds(CURLINFO which) const {
        double value = 0;
        curl_easy_getinfo(handle, which, &value);
        return value;
    }
    long number(CURLINFO which) const {
        long value = 0;
        curl_easy_getinfo(handle, which, &value);
        return value;
    }
};

size_t take_body(const char* bytes, size_t, size_t count, void* into) {
    auto& transfer = *static_cast<Transfer*>(into);
    const auto room = body_bytes_max - transfer.body.size();
    transfer.body.append(bytes, std::min(count, room));
    transfer.is_cut = count > room;
    return std::min(count, room);  // less than count ends the transfer
}

void set_target(Transfer& transfer, const ProbeContext& context) {
    transfer.set(CURLOPT_URL, context.text("url").c_str());
    transfer.set(CURLOPT_PROTOCOLS_STR, "http,https");
    transfer.set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    transfer.set(CURLOPT_NOPROXY, "*");
    transfer.set(CURLOPT_FOLLOWLOCATION, context.flag("follow_redirects", true) ? 1L : 0L);
    transfer.set(CURLOPT_MAXREDIRS, redirects_max);
    transfer.set(CURLOPT_NOBODY, context.text("method") == "HEAD" ? 1L : 0L);
    transfer.set(CURLOPT_MAXCONNECTS, 1L);
    transfer.set(CURLOPT_NOSIGNAL, 1L);
    const auto left = std::chrono::ceil<milliseconds>(context.deadline - context.clock.mono());
    transfer.set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<int64_t>(left.count(), 1)));
    transfer.set(CURLOPT_USERAGENT, "vigie/" VIGIE_VERSION);
    transfer.set(CURLOPT_ERRORBUFFER, transfer.problem.data());
    transfer.set(CURLOPT_WRITEFUNCTION, take_body);
    transfer.set(CURLOPT_WRITEDATA, &transfer);
}

void set_trust(Transfer& transfer, const ProbeContext& context) {
    const bool is_verified = context.flag("verify", true);
    transfer.set(CURLOPT_SSL_VERIFYPEER, is_verified ? 1L : 0L);
    transfer.set(CURLOPT_SSL_VERIFYHOST, is_verified ? 2L : 0L);
    transfer.set(CURLOPT_CERTINFO, 1L);
    if (const auto file = context.text("ca_file"); !file.empty()) {
        transfer.set(CURLOPT_CAINFO, file.c_str());
    }
}

// libcurl copies what it is given here.
Result<void> set_secrets(Transfer& transfer, const ProbeContext& context) {
    if (const auto headers = context.settings.find("headers"); headers != context.settings.end()) {
        for (const auto& line : headers->second) {
            transfer.add_header(line);
        }
    }
    VIGIE_TRY(const auto header, context.secret("headers_file"));
    if (!header.empty()) {
        transfer.add_header(header);
    }
    transfer.set(CURLOPT_HTTPHEADER, transfer.headers);
    VIGIE_TRY(const auto password, context.secret("password_file"));
    if (!password.empty()) {
        transfer.set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        transfer.set(CURLOPT_USERNAME, context.text("user").c_str());
        transfer.set(CURLOPT_PASSWORD, password.c_str());
    }
    return {};
}

std::optional<WallTime> earliest_end(const Transfer& transfer) {
    constexpr std::string_view field = "Expire date:";
    curl_certinfo* chain = nullptr;
    std::optional<WallTime> earliest;
    if (curl_easy_getinfo(transfer.handle, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr) {
        return earliest;
    }
    for (int i = 0; i < chain->num_of_certs; ++i) {
        for (const auto* line = chain->certinfo[i]; line != nullptr; line = line->next) {
            const std::string_view text(line->data);
            const auto ends =
                text.starts_with(field) ? parse_certificate_date(text.substr(field.size())) : std::nullopt;
            if (ends && (!earliest || *ends < *earliest)) {
                earliest = ends;
            }
        }
    }
    return earliest;
}

double http_version(long number) {
    return number == CURL_HTTP_VERSION_1_0 ? 1.0 : number == CURL_HTTP_VERSION_2_0 ? 2.0 : 1.1;
}

// blackbox_exporter's names. libcurl's times count from the start of the transfer, its phases are their differences.
void add_values(const Transfer& transfer, const HttpAnswer& answer, ProbeAnswer& verdict) {
    const auto add = [&verdict](std::string label, double value) {
        verdict.values.push_back({.label = std::move(label), .value = value, .unit = {}});
    };
    const auto resolved = transfer.seconds(CURLINFO_NAMELOOKUP_TIME);
    const auto connected = std::max(transfer.seconds(CURLINFO_CONNECT_TIME), resolved);
    const auto secured = std::max(transfer.seconds(CURLINFO_APPCONNECT_TIME), connected);
    const auto begun = std::max(transfer.seconds(CURLINFO_STARTTRANSFER_TIME), secured);
    const auto ended = std::max(transfer.seconds(CURLINFO_TOTAL_TIME), begun);
    const bool is_secure = transfer.seconds(CURLINFO_APPCONNECT_TIME) > 0;
    add("probe_dns_lookup_time_seconds", resolved);
    add("probe_http_status_code", static_cast<double>(answer.status));
    add("probe_http_redirects", static_cast<double>(transfer.number(CURLINFO_REDIRECT_COUNT)));
    add("probe_http_ssl", is_secure ? 1 : 0);
    add("probe_http_version", http_version(transfer.number(CURLINFO_HTTP_VERSION)));
    add("probe_http_uncompressed_body_length", static_cast<double>(answer.body.size()));
    add("probe_http_duration_seconds/phase/resolve", resolved);
    add("probe_http_duration_seconds/phase/connect", connected - resolved);
    add("probe_http_duration_seconds/phase/tls", secured - connected);
    add("probe_http_duration_seconds/phase/processing", begun - secured);
    add("probe_http_duration_seconds/phase/transfer", ended - begun);
    if (answer.certificate_ends) {
        add("probe_ssl_earliest_cert_expiry", static_cast<double>(unix_ms(*answer.certificate_ends)) / 1000);
    }
}

}  // namespace

Result<ProbeAnswer> probe_http(const ProbeContext& context) {
    Transfer transfer;
    if (transfer.handle == nullptr) {
        return unknown({ErrorCode::io, "libcurl does not start"});
    }
    set_target(transfer, context);
    set_trust(transfer, context);
    if (const auto set = set_secrets(transfer, context); !set) {
        return unknown(set.error());
    }
    const auto code = curl_easy_perform(transfer.handle);
    if (code != CURLE_OK && !transfer.is_cut) {
        const std::string_view problem(transfer.problem.data());
        return fail(code == CURLE_OPERATION_TIMEDOUT ? ErrorCode::timed_out : ErrorCode::unavailable, "{}: {}",
                    context.text("url"), problem.empty() ? std::string_view(curl_easy_strerror(code)) : problem);
    }
    const char* last = nullptr;
    curl_easy_getinfo(transfer.handle, CURLINFO_EFFECTIVE_URL, &last);
    HttpAnswer answer{.status = transfer.number(CURLINFO_RESPONSE_CODE),
                      .url = last != nullptr ? last : context.text("url"),
                      .body = std::move(transfer.body),
                      .certificate_ends = earliest_end(transfer)};
    auto verdict = judge_http(context, answer);
    add_values(transfer, answer, verdict);
    return verdict;
}

}  // namespace vigie::agent
