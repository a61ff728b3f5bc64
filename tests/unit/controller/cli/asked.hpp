// The command line with a controller that answers as the test says.
#pragma once
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "controller/cli/cli.hpp"

namespace vigie::tests {

struct Asked {
    std::vector<controller::Request> requests;
    std::ostringstream out;
    std::ostringstream err;
    controller::Json answer = controller::Json::array();
    int64_t now_unix_ms = 0;
    bool is_terminal = false;
    int pauses_left = 0;  // until nobody waits any more

    int run(const std::vector<std::string>& words) {
        const controller::Surroundings world{
            .ask = [this](const controller::Door&, const controller::Request& request) -> Result<controller::Json> {
                requests.push_back(request);
                return answer;
            },
            .make_key = {},
            .now_unix_ms = [this] { return now_unix_ms; },
            .pause = [this](milliseconds) { return pauses_left-- > 0; },
            .environment = {},
            .is_terminal = is_terminal,
            .out = out,
            .err = err};
        return controller::run_cli(words, world);
    }
};

}  // namespace vigie::tests
