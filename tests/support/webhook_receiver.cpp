#include "tests/support/webhook_receiver.hpp"

#include <fmt/format.h>

namespace vigie::tests {
namespace {

std::vector<std::string> words_of(const std::vector<std::string>& answers) {
    std::vector<std::string> words;
    for (const auto& answer : answers) {
        words.insert(words.end(), {"--answer", answer});
    }
    return words;
}

}  // namespace

WebhookReceiver::WebhookReceiver(const std::vector<std::string>& answers)
    : server_("webhook_receiver.py", words_of(answers)) {}

std::string WebhookReceiver::url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", server_.port(), path);
}

std::vector<std::string> WebhookReceiver::posts() const {
    return server_.lines();
}

}  // namespace vigie::tests
