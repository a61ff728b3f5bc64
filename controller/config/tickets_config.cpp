#include "controller/config/tickets_config.hpp"

#include <algorithm>

#include "shared/config/documents.hpp"

namespace vigie::controller {
namespace {

using config::MappingReader;
using config::Node;

// No promise is longer, and a sum of some stays far from the end of time.
constexpr milliseconds span_max = std::chrono::hours{24 * 3650};

std::string place_of(const std::string& file, const Node& node, std::string_view key) {
    return fmt::format("{}:{}: tickets: {}", file, node.line, key);
}

// A text with its place; what is not said stays as it was.
void read_text(MappingReader& reader, std::string_view key, const std::string& file, TicketsConfig::Text& into) {
    reader.optional(key, into.text);
    if (const auto* at = reader.take(key, false)) {
        into.place = place_of(file, *at, key);
    }
}

void check_span(MappingReader& reader, std::string_view key, milliseconds span, milliseconds least) {
    if (const auto* at = reader.take(key, false); at != nullptr && (span < least || span > span_max)) {
        reader.refuse(*at, key, fmt::format("must be between {} and 3650d", format_duration(least)));
    }
}

Result<TicketsConfig::Priority> read_priority(const Node& node, const std::string& file) {
    TicketsConfig::Priority one;
    one.place = place_of(file, node, "priorities");
    MappingReader reader(node, file, "a priority");
    reader.required("name", one.name);
    read_text(reader, "alerts", file, one.alerts);
    reader.optional("respond", one.respond);
    reader.optional("resolve", one.resolve);
    check_span(reader, "respond", one.respond, milliseconds{1});
    check_span(reader, "resolve", one.resolve, milliseconds{1});
    VIGIE_CHECK(reader.finish());
    return one;
}

Result<TicketsConfig::Level> read_level(const Node& node, const std::string& file) {
    TicketsConfig::Level one;
    MappingReader reader(node, file, "a level of escalation");
    reader.optional("after", one.after);
    check_span(reader, "after", one.after, milliseconds{0});
    reader.required("receiver", one.receiver.text);
    one.receiver.place = place_of(file, node, "escalate");
    VIGIE_CHECK(reader.finish());
    return one;
}

Result<void> read_tracker(const Node* node, const std::string& file, TicketsConfig& tickets) {
    if (node == nullptr) {
        return {};
    }
    MappingReader reader(*node, file, "tracker");
    read_text(reader, "receiver", file, tickets.tracker);
    read_text(reader, "token_file", file, tickets.tracker_token_file);
    read_text(reader, "listen", file, tickets.tracker_listen);
    return reader.finish();
}

template <typename Item, typename Read>
Result<void> read_items(const Node* list, std::string_view key, const std::string& file, std::vector<Item>& into,
                        const Read& read_item) {
    if (list == nullptr) {
        return {};
    }
    if (list->kind != Node::Kind::sequence) {
        return fail(ErrorCode::malformed, "{}: must be a list", place_of(file, *list, key));
    }
    for (const auto& node : list->items) {
        VIGIE_TRY(auto item, read_item(node));
        into.push_back(std::move(item));
    }
    return {};
}

// What must hold of all files together.
Result<void> check_whole(const TicketsConfig& tickets) {
    for (auto one = tickets.priorities.begin(); one != tickets.priorities.end(); ++one) {
        if (std::any_of(tickets.priorities.begin(), one, [&](const auto& other) { return other.name == one->name; })) {
            return fail(ErrorCode::conflict, "{}: '{}' is defined twice", one->place, one->name);
        }
    }
    for (size_t i = 1; i < tickets.escalate.size(); ++i) {
        if (tickets.escalate[i].after < tickets.escalate[i - 1].after) {
            return fail(ErrorCode::malformed, "{}: after {} comes before the level above it, after {}",
                        tickets.escalate[i].receiver.place, format_duration(tickets.escalate[i].after),
                        format_duration(tickets.escalate[i - 1].after));
        }
    }
    return {};
}

Result<void> read_tickets(const Node* node, const std::string& file, std::optional<TicketsConfig>& into) {
    if (node == nullptr) {
        return {};
    }
    auto& tickets = into ? *into : into.emplace();
    std::vector<std::string> alerts;
    std::map<std::string, std::string> requesters;
    MappingReader reader(*node, file, "tickets");
    reader.optional("alerts", alerts);
    reader.optional("reopen_for", tickets.reopen_for);
    reader.optional("retention", tickets.retention);
    check_span(reader, "reopen_for", tickets.reopen_for, milliseconds{0});
    check_span(reader, "retention", tickets.retention, std::chrono::hours{24});
    read_text(reader, "default_priority", file, tickets.default_priority);
    read_text(reader, "support", file, tickets.support);
    read_text(reader, "requester", file, tickets.requester);
    reader.optional("requesters", requesters);
    const auto* priorities = reader.take("priorities", false);
    const auto* escalate = reader.take("escalate", false);
    const auto* tracker = reader.take("tracker", false);
    VIGIE_CHECK(reader.finish());
    VIGIE_CHECK(read_tracker(tracker, file, tickets));
    if (const auto* list = node->find("alerts")) {
        for (const auto& item : list->items) {
            tickets.alerts.push_back({item.scalar, place_of(file, item, "alerts")});
        }
    }
    if (const auto* map = node->find("requesters")) {
        for (const auto& [name, value] : map->entries) {
            tickets.requesters[name.scalar] = {value.scalar, place_of(file, value, "requesters")};
        }
    }
    VIGIE_CHECK(read_items(priorities, "priorities", file, tickets.priorities,
                           [&](const Node& item) { return read_priority(item, file); }));
    VIGIE_CHECK(read_items(escalate, "escalate", file, tickets.escalate,
                           [&](const Node& item) { return read_level(item, file); }));
    return check_whole(tickets);
}

}  // namespace

Result<std::optional<TicketsConfig>> load_tickets_config(Files& files, const std::string& path) {
    VIGIE_TRY(const auto documents, config::load_documents(files, path));
    std::optional<TicketsConfig> tickets;
    for (const auto& document : documents) {
        VIGIE_CHECK(read_tickets(document.root.find("tickets"), document.file, tickets));
    }
    return tickets;
}

}  // namespace vigie::controller
