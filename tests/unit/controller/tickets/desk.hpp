// A desk over a store that outlives it: restart() is kill -9 and start.
#pragma once
#include <boost/test/unit_test.hpp>

#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"
#include "controller/tickets/book.hpp"

namespace vigie::controller::tickets {

constexpr WallTime at(milliseconds since) {
    return wall_from_unix_ms(1'800'000'000'000) + since;
}

inline Options desk_options() {
    Options options;
    options.alerts.push_back(routing::parse_matchers("severity=\"page\"").value());
    options.reopen_for = 24h;
    options.priorities.clear();
    options.priorities.emplace_back().name = "normal";
    auto& urgent = options.priorities.emplace_back();
    urgent.name = "urgent";
    urgent.respond = 1h;
    urgent.resolve = 8h;
    urgent.of_alerts = routing::parse_matchers("team=\"db\"").value();
    options.levels = {{0ms, "lead"}, {2h, "boss"}};
    options.support = "support";
    options.requester = "portal";
    options.requesters = {{"anna", "anna-mail"}};
    return options;
}

struct TicketDesk {
    MemoryStore store;
    std::unique_ptr<TicketBook> book = std::make_unique<TicketBook>(store, desk_options());

    void restart() { book = std::make_unique<TicketBook>(store, desk_options()); }

    // Runs one step and commits it.
    template <typename Make>
    auto commit(Make make) {
        StoreBatch batch;
        auto made = make(batch);
        if (!made) {
            BOOST_TEST(batch.is_empty());
        }
        if (const auto stored = store.commit(batch); !stored) {
            book->on_commit_failed();
            made = fail(stored.error());
        }
        return made;
    }
    Result<Step> create(const Edit& wish, milliseconds since = 0ms, const std::string& author = "anna") {
        return commit([&](StoreBatch& batch) { return book->create(wish, author, at(since), batch); });
    }
    Step made(const std::string& title, milliseconds since = 0ms, const std::string& author = "anna") {
        Edit wish;
        wish.title = title;
        return create(wish, since, author).value();
    }
    Result<Step> update(uint64_t number, uint64_t version, const Edit& edit, milliseconds since = 0ms,
                        const std::string& note = "", const std::string& author = "bob") {
        return commit(
            [&](StoreBatch& batch) { return book->update(number, version, edit, note, author, at(since), batch); });
    }
    Result<Step> move(uint64_t number, uint64_t version, Status status, milliseconds since = 0ms) {
        Edit edit;
        edit.status = status;
        return update(number, version, edit, since);
    }
    Result<Step> comment(uint64_t number, const std::string& text, milliseconds since = 0ms,
                         const std::string& author = "bob") {
        return commit([&](StoreBatch& batch) { return book->comment(number, text, author, at(since), batch); });
    }
    Result<std::vector<Step>> turn(const AlertTurn& turn) {
        return commit([&](StoreBatch& batch) { return book->on_alert(turn, turn.at + 1s, batch); });
    }
    Result<std::vector<Step>> escalate(milliseconds since) {
        return commit([&](StoreBatch& batch) { return book->escalate(at(since), batch); });
    }
    Ticket ticket(uint64_t number) const {
        const auto found = find_ticket(store, number).value();
        BOOST_REQUIRE(found.has_value());
        return *found;
    }
    std::vector<std::string> comments(uint64_t number) const {
        std::vector<std::string> texts;
        const auto all = all_comments(store, number).value();
        for (const auto& one : all) {
            texts.push_back(one.author + ": " + one.text);
        }
        return texts;
    }
    // "receiver event number", in the order that they are told; and they are told.
    std::vector<std::string> told() {
        std::vector<std::string> all;
        StoreBatch batch;
        BOOST_REQUIRE(store.scan(Family::outbox, "m", "n", [&](std::string_view key, std::string_view row) {
            const auto notice = notify::decode_notice(row).value();
            const auto json = nlohmann::json::parse(notice.json);
            all.push_back(fmt::format("{} {} {}", notice.receiver, json["event"].get<std::string>(),
                                      json["ticket"]["number"].get<int>()));
            batch.erase(Family::outbox, std::string(key));
            return true;
        }));
        BOOST_REQUIRE(store.commit(batch).has_value());
        return all;
    }
    size_t rows(std::string_view prefix) const {
        size_t count = 0;
        BOOST_REQUIRE(store.scan(Family::tickets, prefix, keys::after_prefix(prefix),
                                 [&count](auto, auto) { return ++count > 0; }));
        return count;
    }
};

using Words = std::vector<std::string>;

}  // namespace vigie::controller::tickets
