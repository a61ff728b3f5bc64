// What `tickets` of the controller's configuration says. Matchers are texts here; controller/app reads them.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/config/node.hpp"
#include "shared/os/files.hpp"

namespace vigie::controller {

struct TicketsConfig {
    struct Text {
        std::string text;
        std::string place;  // "controller.yaml:7: tickets: alerts"
    };
    struct Priority {
        std::string name;
        Text alerts;              // matchers; "": no alert has it
        milliseconds respond{0};  // 0: nothing is promised
        milliseconds resolve{0};
        std::string place;
    };
    struct Level {
        milliseconds after{0};
        Text receiver;
    };
    std::vector<Text> alerts;
    std::vector<Priority> priorities;
    Text default_priority;
    std::vector<Level> escalate;
    Text support;
    Text requester;
    std::map<std::string, Text> requesters;
    Text tracker;             // the receiver; "": none
    Text tracker_token_file;  // "": nobody posts from there
    Text tracker_listen;      // where; "": as is usual
    milliseconds reopen_for{std::chrono::hours{72}};
    milliseconds retention{std::chrono::hours{24 * 800}};
};

// Of one file, or of a folder of them; nullopt when none says anything of tickets. Single values of later files win,
// lists add up. Errors name file, line and key. What else stands there is load_controller_config's.
Result<std::optional<TicketsConfig>> load_tickets_config(Files& files, const std::string& path);

}  // namespace vigie::controller
