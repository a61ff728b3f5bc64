// With a name of its own the server is still connected to at the URL's address, and Host stays the URL's, as Prometheus
// has it.
#include "agent/scrape/fetch_words.hpp"

namespace vigie::agent {

std::vector<std::string> fetch_words(const ScrapeOptions& options, const TargetAddress& address,
                                     const std::vector<std::string>& headers) {
    std::vector<std::string> words{"--die-with-parent", "--progress-fd", "3", "fetch"};
    const auto add = [&words](std::string_view name, std::string_view value) {
        if (!value.empty()) {
            words.push_back(fmt::format("--{}={}", name, value));
        }
    };
    const auto port = address.host.substr(address.host.rfind(':'));
    const auto named = options.server_name.empty() ? address.host : options.server_name + port;
    add("url", fmt::format("https://{}{}", named, address.path));
    add("connect_to", options.server_name.empty() ? "" : "::" + address.host);
    add("timeout", format_duration(options.timeout));
    add("ca_file", options.ca_file);
    add("token_file", options.token_file);
    add("user", options.user);
    add("password_file", options.password_file);
    add("header", "Host: " + address.host);
    for (const auto& header : headers) {
        add("header", header);
    }
    return words;
}

}  // namespace vigie::agent
