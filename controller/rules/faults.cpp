#include "controller/rules/faults.hpp"

#include <charconv>

#include "shared/core/nearest.hpp"

namespace vigie::controller::rules {

using config::Node;

std::string Fault::text() const {
    return column > 0 ? fmt::format("{}:{}:{}: {}", file, line, column, message)
                      : fmt::format("{}:{}: {}", file, line, message);
}

void Faults::add(const Node& at, std::string message, ErrorCode code) {
    add(at.line, at.column, std::move(message), code);
}

void Faults::add(int line, int column, std::string message, ErrorCode code) {
    if (all_.size() == faults_max) {
        return;
    }
    const auto is_after = [&](const Fault& one) { return std::pair(one.line, one.column) > std::pair(line, column); };
    all_.insert(std::find_if(all_.begin(), all_.end(), is_after),
                Fault{code, file_, std::max(line, 1), column, std::move(message)});
}

std::optional<Node> read_yaml(std::string_view text, const std::string& file, Faults& faults) {
    auto node = config::parse_yaml(text, file);
    if (node) {
        return std::move(*node);
    }
    // "file:3: why", or "file: why" of a whole file.
    std::string_view message = node.error().message;
    message.remove_prefix(std::min(message.size(), file.size() + 1));
    int line = 1;
    const auto read = std::from_chars(message.data(), message.data() + message.size(), line);
    if (read.ec == std::errc{}) {
        message.remove_prefix(static_cast<size_t>(read.ptr - message.data()) + 1);
    }
    message.remove_prefix(std::min(message.find_first_not_of(' '), message.size()));
    faults.add(line, 0, std::string(message), node.error().code);
    return std::nullopt;
}

Fields::Fields(const Node& node, std::string_view what, Faults& faults) : node_(node), faults_(faults) {
    if (node.kind != Node::Kind::mapping && node.kind != Node::Kind::null) {
        faults_.add(node, fmt::format("{} must be a mapping of keys to values", what));
    }
}

const Node* Fields::take(std::string_view key) {
    known_.emplace(key);
    const auto* found = node_.find(key);
    return found == nullptr || found->kind == Node::Kind::null ? nullptr : found;
}

const Node* Fields::scalar(std::string_view key) {
    const auto* found = take(key);
    if (found != nullptr && found->kind != Node::Kind::scalar) {
        faults_.add(*found, fmt::format("{}: must be text", key));
        return nullptr;
    }
    return found;
}

std::string Fields::text(std::string_view key) {
    const auto* found = scalar(key);
    return found == nullptr ? "" : found->scalar;
}

milliseconds Fields::duration(std::string_view key) {
    const auto* found = scalar(key);
    if (found == nullptr) {
        return 0ms;
    }
    const auto duration = parse_duration(found->scalar);
    if (!duration) {
        faults_.add(*found, fmt::format("{}: {}", key, duration.error().message));
    }
    return duration.value_or(0ms);
}

int64_t Fields::whole_number(std::string_view key) {
    const auto* found = scalar(key);
    int64_t number = 0;
    if (found != nullptr) {
        const auto* end = found->scalar.data() + found->scalar.size();
        const auto read = std::from_chars(found->scalar.data(), end, number);
        if (read.ec != std::errc{} || read.ptr != end) {
            faults_.add(*found, fmt::format("{}: must be a whole number", key));
            return 0;
        }
    }
    return number;
}

const std::vector<Node>& Fields::list(std::string_view key) {
    static const std::vector<Node> none;
    const auto* found = take(key);
    if (found != nullptr && found->kind != Node::Kind::sequence) {
        faults_.add(*found, fmt::format("{}: must be a list", key));
        return none;
    }
    return found == nullptr ? none : found->items;
}

const std::vector<Node::Entry>& Fields::mapping(std::string_view key) {
    static const std::vector<Node::Entry> none;
    const auto* found = take(key);
    if (found != nullptr && found->kind != Node::Kind::mapping) {
        faults_.add(*found, fmt::format("{}: must be a mapping of names to texts", key));
        return none;
    }
    return found == nullptr ? none : found->entries;
}

void Fields::finish() {
    for (const auto& [key, value] : node_.entries) {
        if (!known_.contains(key.scalar)) {
            const auto near = nearest(key.scalar, known_);
            faults_.add(key, fmt::format("unknown key '{}'{}", key.scalar,
                                         near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
        }
    }
}

}  // namespace vigie::controller::rules
