// vigie rules check and vigie rules test: files of this machine, looked at without a controller.
#pragma once
#include "controller/cli/render.hpp"
#include "shared/os/files.hpp"

namespace vigie::controller {

struct RulesPage {
    std::string text;  // JSON when the look says so
    bool is_good = false;
};

RulesPage check_rules(Files& files, const std::vector<std::string>& paths, const Look& look);
RulesPage test_rules(Files& files, const std::vector<std::string>& paths, const Look& look);

}  // namespace vigie::controller
