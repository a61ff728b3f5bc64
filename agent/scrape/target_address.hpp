// Where a target is: http[s]://ADDRESS[:PORT][/PATH][?QUERY], or unix:///SOCKET[:/PATH].
#pragma once
#include <string>
#include <string_view>

#include "shared/os/socket_address.hpp"

namespace vigie::agent {

struct TargetAddress {
    SocketAddress socket;
    std::string host;        // of the request's Host
    std::string path;        // with its query; "/metrics" when the URL has none
    bool is_secure = false;  // https
    std::string instance;    // the label: ADDRESS:PORT as it stands in the URL, or the socket's path
};

// malformed: another form, a name that would have to be looked up, a user in the URL.
Result<TargetAddress> parse_target_url(std::string_view url);

}  // namespace vigie::agent
