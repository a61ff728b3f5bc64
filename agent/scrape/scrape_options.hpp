// What the configuration says of one target.
#pragma once
#include <map>
#include <string>

#include "shared/core/time.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent {

struct ScrapeOptions {
    std::string job;
    std::string url;
    milliseconds interval{10s};
    milliseconds timeout{10s};  // not above the interval
    std::map<std::string, std::string> labels;
    size_t sample_limit = 1'000;
    Bytes body_limit = 2_MiB;
    std::string token_file;  // read anew for each scrape; "" sends none
    bool honor_labels = false;
    // Of https only.
    std::string ca_file = {};        // "": the system's
    std::string server_name = {};    // in the certificate; "": the URL's address
    std::string user = {};           // with password_file, which is read anew for each scrape
    std::string password_file = {};  // "" sends none
    bool operator==(const ScrapeOptions&) const = default;
};

}  // namespace vigie::agent
