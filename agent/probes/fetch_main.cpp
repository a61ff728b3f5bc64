// libcurl as a pipe with TLS in it: nothing of the answer is looked at.
#include "agent/probes/fetch_main.hpp"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "agent/series/text.hpp"
#include "shared/core/time.hpp"
#include "shared/os/secret_file.hpp"

namespace vigie::agent {
namespace {

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr Bytes secret_max = 16_KiB;
constexpr std::array<std::string_view, 8> known_settings{"url",        "connect_to", "timeout",       "ca_file",
                                                         "token_file", "user",       "password_file", "header"};

// A long-lived pair of libcurl's lists and handle.
struct Fetch {
    CURL* handle = curl_easy_init();
    curl_slist* headers = nullptr;
    curl_slist* connect_to = nullptr;
    std::array<char, CURL_ERROR_SIZE> problem{};

    Fetch() = default;
    Fetch(const Fetch&) = delete;
    Fetch& operator=(const Fetch&) = delete;
    ~Fetch() {
        curl_slist_free_all(headers);
        curl_slist_free_all(connect_to);
        curl_easy_cleanup(handle);
    }
    template <typename Value>
    void set(CURLoption option, Value value) {
        curl_easy_setopt(handle, option, value);
    }
    static void append(curl_slist*& list, const std::string& line) {
        if (auto* longer = curl_slist_append(list, line.c_str()); longer != nullptr) {
            list = longer;
        }
    }
};

std::string value_of(const FetchSettings& settings, std::string_view name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::string() : found->second.front();
}

// A header ends at the first line feed, so a secret has none.
Result<std::string> one_line(const std::string& path) {
    VIGIE_TRY(const auto text, read_secret_file(path, secret_max));
    const auto line = trimmed(text);
    const bool is_plain =
        std::all_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; });
    if (line.empty() || !is_plain) {
        return fail(ErrorCode::malformed, "{}: expected one line", path);
    }
    return std::string(line);
}

// Less than all ends the transfer.
size_t pass_on(const char* bytes, size_t, size_t count, void* into) {
    size_t written = 0;
    while (written < count) {
        const auto done = write(*static_cast<int*>(into), bytes + written, count - written);
        if (done < 0 && errno != EINTR) {
            break;
        }
        written += done < 0 ? 0 : static_cast<size_t>(done);
    }
    return written;
}

void set_target(Fetch& fetch, const FetchSettings& settings, milliseconds timeout, int& into) {
    fetch.set(CURLOPT_URL, value_of(settings, "url").c_str());
    fetch.set(CURLOPT_PROTOCOLS_STR, "https");
    fetch.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    fetch.set(CURLOPT_HTTP_TRANSFER_DECODING, 0L);
    fetch.set(CURLOPT_FOLLOWLOCATION, 0L);
    fetch.set(CURLOPT_NOPROXY, "*");
    fetch.set(CURLOPT_NOSIGNAL, 1L);
    fetch.set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    fetch.set(CURLOPT_ERRORBUFFER, fetch.problem.data());
    fetch.set(CURLOPT_HEADERFUNCTION, pass_on);
    fetch.set(CURLOPT_HEADERDATA, &into);
    fetch.set(CURLOPT_WRITEFUNCTION, pass_on);
    fetch.set(CURLOPT_WRITEDATA, &into);
    fetch.set(CURLOPT_SSL_VERIFYPEER, 1L);
    fetch.set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (const auto file = value_of(settings, "ca_file"); !file.empty()) {
        fetch.set(CURLOPT_CAINFO, file.c_str());
        fetch.set(CURLOPT_CAPATH, nullptr);  // that file alone, not what the system trusts besides
    }
    if (const auto to = value_of(settings, "connect_to"); !to.empty()) {
        Fetch::append(fetch.connect_to, to);
        fetch.set(CURLOPT_CONNECT_TO, fetch.connect_to);
    }
}

// libcurl copies what it is given here.
Result<void> set_headers(Fetch& fetch, const FetchSettings& settings) {
    if (const auto headers = settings.find("header"); headers != settings.end()) {
        for (const auto& line : headers->second) {
            Fetch::append(fetch.headers, line);
        }
    }
    if (const auto path = value_of(settings, "token_file"); !path.empty()) {
        VIGIE_TRY(const auto token, one_line(path));
        Fetch::append(fetch.headers, "Authorization: Bearer " + token);
    }
    fetch.set(CURLOPT_HTTPHEADER, fetch.headers);
    if (const auto path = value_of(settings, "password_file"); !path.empty()) {
        VIGIE_TRY(const auto password, one_line(path));
        fetch.set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        fetch.set(CURLOPT_USERNAME, value_of(settings, "user").c_str());
        fetch.set(CURLOPT_PASSWORD, password.c_str());
    }
    return {};
}

Result<void> run(const FetchSettings& settings, int into) {
    VIGIE_TRY(const auto timeout, parse_duration(value_of(settings, "timeout")));
    Fetch fetch;
    if (fetch.handle == nullptr) {
        return fail(ErrorCode::io, "libcurl does not start");
    }
    set_target(fetch, settings, timeout, into);
    VIGIE_CHECK(set_headers(fetch, settings));
    if (const auto code = curl_easy_perform(fetch.handle); code != CURLE_OK) {
        const std::string_view problem(fetch.problem.data());
        return fail(ErrorCode::unavailable, "{}",
                    problem.empty() ? std::string_view(curl_easy_strerror(code)) : problem);
    }
    return {};
}

}  // namespace

Result<FetchSettings> read_fetch_words(const std::vector<std::string>& words) {
    FetchSettings settings;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        const auto name = word.starts_with("--") && equals != std::string::npos ? word.substr(2, equals - 2) : "";
        if (std::find(known_settings.begin(), known_settings.end(), name) == known_settings.end()) {
            return fail(ErrorCode::malformed, "fetch: unknown word '{}'", word);
        }
        auto& values = settings[name];
        if (!values.empty() && name != "header") {
            return fail(ErrorCode::malformed, "fetch: --{} stands there twice", name);
        }
        values.push_back(word.substr(equals + 1));
    }
    for (const auto* needed : {"url", "timeout"}) {
        if (!settings.contains(std::string_view(needed))) {
            return fail(ErrorCode::malformed, "fetch: --{} is missing", needed);
        }
    }
    return settings;
}

int fetch_main(const std::vector<std::string>& words, int into) {
    const auto settings = read_fetch_words(words);
    const auto done = settings ? run(*settings, into) : fail(settings.error());
    if (!done) {
        fmt::print(stderr, "{}\n", done.error().message);
    }
    return done ? 0 : settings ? exit_failure : exit_usage;
}

}  // namespace vigie::agent
