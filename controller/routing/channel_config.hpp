// One entry of a receiver's email_configs, slack_configs, …: its keys as channel_schema knows them, read and checked.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "controller/rules/template.hpp"

namespace vigie::controller::routing {

// How the connection is made, beside whom it believes.
struct Transport {
    std::string cert_file{};  // PEM: what is shown to the server; "": nothing
    std::string key_file{};   // of cert_file; "": it stands there too
    // http, https or socks5, with its user and password; "": none, whatever the environment says.
    std::string proxy_url{};
    bool is_redirected = false;  // follow_redirects
};

// How an HTTP exchange is authorised and verified: http_config. A member with _file in its name is the path of a file
// whose first line counts; "" when there is none.
struct HttpSettings {
    std::string user;  // of basic authentication
    std::string password;
    std::string password_file;
    std::string authorization_type = "Bearer";
    std::string credentials;
    std::string credentials_file;
    std::string ca_file;
    Transport transport;
};

using Templates = std::map<std::string, rules::Template>;

struct ChannelConfig {
    std::string kind;  // "slack"; "": a webhook
    bool is_resolved_sent = true;
    std::map<std::string, std::string> texts;         // with the defaults; flags are "true" or "false"
    std::map<std::string, std::string> secret_files;  // of a secret that is not in `texts`: where it stands
    Templates templates;
    std::map<std::string, std::vector<std::string>> lists;
    std::map<std::string, Templates> maps;               // such as headers, details
    std::map<std::string, std::vector<Templates>> rows;  // such as fields
    HttpSettings http;
    std::string place;  // "alertmanager.yml:12: slack_configs", for messages

    // "" when the file says nothing and there is no default.
    const std::string& text(const std::string& key) const {
        static const std::string none;
        const auto found = texts.find(key);
        return found == texts.end() ? none : found->second;
    }
    bool is_set(const std::string& flag) const { return text(flag) == "true"; }
};

}  // namespace vigie::controller::routing
