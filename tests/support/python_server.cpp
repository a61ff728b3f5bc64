#include "tests/support/python_server.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace vigie::tests {
namespace {

struct Pipe {
    Fd read;
    Fd write;
};

Pipe make_pipe() {
    int ends[2];
    if (pipe(ends) != 0) {
        throw std::runtime_error("pipe failed");
    }
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

std::string read_line(int fd) {
    std::string line;
    char c = 0;
    while (::read(fd, &c, 1) == 1 && c != '\n') {
        line += c;
    }
    return line;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (auto& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

PythonServer::PythonServer(const std::string& script, const std::vector<std::string>& more) {
    auto input = make_pipe();
    auto output = make_pipe();
    std::vector<std::string> words{"python3", "tests/support/" + script, folder_ / "lines"};
    words.insert(words.end(), more.begin(), more.end());
    const auto arguments = pointers_to(words);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input.read.get(), 0);
    posix_spawn_file_actions_adddup2(&actions, output.write.get(), 1);
    posix_spawn_file_actions_addclose(&actions, input.write.get());
    posix_spawn_file_actions_addclose(&actions, output.read.get());
    const int error = posix_spawnp(&pid_, "python3", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        throw std::runtime_error("python3 does not start");
    }
    input_ = std::move(input.write);
    output.write.reset();
    port_ = read_line(output.read.get());
    if (port_.empty()) {
        throw std::runtime_error(script + " gives no port");
    }
}

PythonServer::~PythonServer() {
    input_.reset();
    if (pid_ > 0) {
        waitpid(pid_, nullptr, 0);
    }
}

std::vector<std::string> PythonServer::lines() const {
    std::vector<std::string> lines;
    std::ifstream file(folder_ / "lines");
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    return lines;
}

void run_program(const std::vector<std::string>& words) {
    auto copy = words;
    const auto arguments = pointers_to(copy);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1 /* O_WRONLY */, 0);
    int pid = -1;
    int status = -1;
    const int error = posix_spawnp(&pid, copy.front().c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        throw std::runtime_error(copy.front() + " fails");
    }
}

}  // namespace vigie::tests
