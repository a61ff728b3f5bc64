// What `vigie-agent backup …` adds to the words before the worker gets them: the worker knows nothing of identities.
#pragma once
#include <string>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {

struct BackupWords {
    std::vector<std::string> words;
    std::string note;  // for standard error; "" when there is nothing to say
};

// `words` begin with "backup". Of `run`, --state-dir is taken out, and --host put in when it is not there and a host is
// enrolled in that folder; `default_state_dir` counts when none is named. malformed: --state-dir without a value.
Result<BackupWords> name_host(Files& files, std::vector<std::string> words, const std::string& default_state_dir);

}  // namespace vigie::agent
