#include "tests/support/webhook_receiver.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
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

}  // namespace

WebhookReceiver::WebhookReceiver(const std::vector<std::string>& answers) {
    auto input = make_pipe();
    auto output = make_pipe();
    std::vector<std::string> words{"python3", "tests/support/webhook_receiver.py", folder_ / "posts"};
    for (const auto& answer : answers) {
        words.insert(words.end(), {"--answer", answer});
    }
    std::vector<char*> arguments;
    for (auto& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
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
        throw std::runtime_error("the webhook receiver gives no port");
    }
}

WebhookReceiver::~WebhookReceiver() {
    input_.reset();
    if (pid_ > 0) {
        waitpid(pid_, nullptr, 0);
    }
}

std::string WebhookReceiver::url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

std::vector<std::string> WebhookReceiver::posts() const {
    std::vector<std::string> lines;
    std::ifstream file(folder_ / "posts");
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    return lines;
}

}  // namespace vigie::tests
