// exec(2) of the worker.
#include "agent/app/worker_exec.hpp"

#include <unistd.h>

#include <cerrno>

#include "shared/os/files.hpp"

namespace vigie::agent {

std::string find_worker(const std::string& own_path) {
    auto beside = join_path(parent_of(own_path), "vigie-worker");
    return access(beside.c_str(), X_OK) == 0 ? beside : "/usr/lib/vigie/vigie-worker";
}

Error become_worker(const std::string& worker, const std::vector<std::string>& arguments) {
    std::vector<std::string> words{worker};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    execv(worker.c_str(), argv.data());
    return errno_error(errno, "run " + worker);
}

}  // namespace vigie::agent
