// libcurl, once. The answer's body is dropped: who takes pages says with the status whether it did.
#include "agent/probes/post_main.hpp"

#include <curl/curl.h>

#include <array>

#include "agent/deadman/page_url.hpp"
#include "agent/deadman/post_status.hpp"
#include "shared/core/time.hpp"
#include "shared/os/secret_file.hpp"

namespace vigie::agent {
namespace {

constexpr std::array<std::string_view, 5> known_settings{"url-file", "body", "timeout", "ca-file", "header"};

struct Post {
    CURL* handle = curl_easy_init();
    curl_slist* headers = nullptr;

    Post() = default;
    Post(const Post&) = delete;
    Post& operator=(const Post&) = delete;
    ~Post() {
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
};

std::string value_of(const PostSettings& settings, std::string_view name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::string() : found->second.front();
}

size_t drop(const char*, size_t size, size_t count, void*) {
    return size * count;
}

// libcurl copies the URL and the file's name, but not the body and the headers.
void prepare(Post& post, const PostSettings& settings, const std::string& url, const std::string& body,
             milliseconds timeout) {
    if (const auto headers = settings.find("header"); headers != settings.end()) {
        for (const auto& line : headers->second) {
            post.add_header(line);
        }
    }
    post.add_header("Content-Type: application/json");
    post.add_header("Expect:");  // no second round trip for a small body
    post.set(CURLOPT_URL, url.c_str());
    post.set(CURLOPT_PROTOCOLS_STR, "http,https");
    post.set(CURLOPT_POSTFIELDS, body.c_str());
    post.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    post.set(CURLOPT_HTTPHEADER, post.headers);
    post.set(CURLOPT_USERAGENT, "vigie");
    post.set(CURLOPT_FOLLOWLOCATION, 0L);
    post.set(CURLOPT_NOPROXY, "*");
    post.set(CURLOPT_NOSIGNAL, 1L);
    post.set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    post.set(CURLOPT_WRITEFUNCTION, drop);
    post.set(CURLOPT_SSL_VERIFYPEER, 1L);
    post.set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (const auto file = value_of(settings, "ca-file"); !file.empty()) {
        post.set(CURLOPT_CAINFO, file.c_str());
        post.set(CURLOPT_CAPATH, nullptr);  // that file alone, not what the system trusts besides
    }
}

int tell(int status, std::string_view why) {
    fmt::print(stderr, "{}\n", why);
    return status;
}

int run(const PostSettings& settings) {
    const auto timeout = parse_duration(value_of(settings, "timeout"));
    if (!timeout) {
        return tell(post_usage, timeout.error().message);
    }
    const auto url_file = value_of(settings, "url-file");
    const auto url = read_secret_file(url_file, page_url_file_max).and_then([&](const std::string& text) {
        return page_url_of(text, url_file);
    });
    if (!url) {
        return tell(post_failed, url.error().message);
    }
    const auto body = value_of(settings, "body");
    Post post;
    if (post.handle == nullptr) {
        return tell(post_failed, "libcurl does not start");
    }
    prepare(post, settings, *url, body, *timeout);
    if (const auto code = curl_easy_perform(post.handle); code != CURLE_OK) {
        long sent_bytes = 0;
        curl_easy_getinfo(post.handle, CURLINFO_REQUEST_SIZE, &sent_bytes);
        return tell(sent_bytes > 0 ? post_unknown : post_failed, curl_easy_strerror(code));
    }
    long status = 0;
    curl_easy_getinfo(post.handle, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300 ? post_taken : tell(post_failed, fmt::format("answered HTTP {}", status));
}

}  // namespace

Result<PostSettings> read_post_words(const std::vector<std::string>& words) {
    PostSettings settings;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        const auto name = word.starts_with("--") && equals != std::string::npos ? word.substr(2, equals - 2) : "";
        if (std::find(known_settings.begin(), known_settings.end(), name) == known_settings.end()) {
            return fail(ErrorCode::malformed, "post: unknown word '{}'", word);
        }
        auto& values = settings[name];
        if (!values.empty() && name != "header") {
            return fail(ErrorCode::malformed, "post: --{} stands there twice", name);
        }
        values.push_back(word.substr(equals + 1));
    }
    for (const auto* needed : {"url-file", "body", "timeout"}) {
        if (!settings.contains(std::string_view(needed))) {
            return fail(ErrorCode::malformed, "post: --{} is missing", needed);
        }
    }
    return settings;
}

int post_main(const std::vector<std::string>& words) {
    const auto settings = read_post_words(words);
    return settings ? run(*settings) : tell(post_usage, settings.error().message);
}

}  // namespace vigie::agent
