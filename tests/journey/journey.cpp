// The world around both ends, and what can be seen of it.
#include "tests/journey/journey.hpp"

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "controller/ingest/cursor_rows.hpp"
#include "controller/link/records.hpp"
#include "controller/series/select.hpp"
#include "controller/store/keys.hpp"
#include "protocol/codec/codec.hpp"
#include "shared/os/files.hpp"

namespace vigie::journey {
namespace {
using nlohmann::json;

// Of one settle(). A failing disk makes entries go round for ever; the rest of them goes round in the next second.
constexpr int rounds_max = 8;
}  // namespace

void Wire::open() {
    lose();
    connection = ++opened_;
}

void Wire::lose() {
    connection = 0;
    to_controller.clear();
    to_agent.clear();
}

void OnCall::start(uint64_t number, const controller::notify::Request& request) {
    requests.push_back(request);
    ready_.push_back({number, status, {}, ""});
}

Journey::Journey() {
    controller::StoreBatch enrolled;
    enrolled.put(controller::Family::agents, host.value,
                 encode(controller::AgentRecord{host, std::string(40, 'k'), clock.wall(), {}}));
    BOOST_REQUIRE(store.commit(enrolled).has_value());
    set_available_kib(2'000'000);
    agent = std::make_unique<Agent>(folder.path(), *this);
    controller = std::make_unique<Controller>(store, on_call, *this);
    wait(1s);
    BOOST_REQUIRE(wire.connection != 0);
}

void Journey::set_available_kib(uint64_t kib) {
    available_kib = kib;
    BOOST_REQUIRE(SystemFiles().make_directories(folder / "proc", 0755).has_value());
    std::ofstream(folder / "proc/meminfo") << meminfo();
}

std::string Journey::meminfo() const {
    return fmt::format("MemTotal:        4000000 kB\nMemFree:          500000 kB\nMemAvailable: {:>10} kB\n",
                       available_kib);
}

void Journey::read() {
    read_at.push_back(to_rfc3339(clock.wall()));
    agent->read();
}

void Journey::wait(seconds time) {
    for (auto second = 0s; second < time; ++second) {
        clock.advance(1s);
        if (agent) {
            agent->tick();
        }
        controller->tick();
        settle();
    }
}

void Journey::run_for(seconds time) {
    for (auto passed = 0s; passed < time; passed += 10s) {
        read();
        settle();
        wait(std::min(10s, time - passed));
    }
}

void Journey::settle() {
    bool has_moved = true;
    for (int round = 0; has_moved && round < rounds_max; ++round) {
        has_moved = controller->take_frames();
        has_moved |= controller->commit() > 0;
        has_moved |= agent && agent->take_frames();
        controller->notify();
        has_moved |= controller->commit() > 0;
    }
}

void Journey::crash_agent() {
    agent.reset();
    wire.lose();
    agent = std::make_unique<Agent>(folder.path(), *this);
}

void Journey::copy_outbox(const std::string& to) {
    agent.reset();
    wire.lose();
    std::filesystem::copy_file(folder / "outbox.db", to);
    agent = std::make_unique<Agent>(folder.path(), *this);
}

void Journey::set_host_back(const std::string& copy) {
    agent.reset();
    wire.lose();
    std::filesystem::copy_file(copy, folder / "outbox.db", std::filesystem::copy_options::overwrite_existing);
    agent = std::make_unique<Agent>(folder.path(), *this);
}

// What has not been committed by now never will be.
void Journey::crash_controller() {
    wire.lose();
    store.fail_commits_with = Error{ErrorCode::unavailable, "the process is dying"};
    controller.reset();
    store.fail_commits_with.reset();
    controller = std::make_unique<Controller>(store, on_call, *this);
}

std::vector<std::string> Journey::pages() const {
    std::vector<std::string> pages;
    for (const auto& request : on_call.requests) {
        const auto alert = json::parse(request.body).at("alerts").at(0);
        pages.push_back(alert.at("status").get<std::string>() + " " +
                        alert.at("labels").at("alertname").get<std::string>());
    }
    return pages;
}

std::string Journey::page_key(size_t number) const {
    for (const auto& header : on_call.requests.at(number).headers) {
        if (header.starts_with("Idempotency-Key: ")) {
            return header;
        }
    }
    return "";
}

controller::alerts::AlertRecord Journey::alert(std::string_view name) const {
    for (const auto& record : must(controller::alerts::list_alerts(store))) {
        if (record.name == name) {
            return record;
        }
    }
    return {};
}

std::vector<std::string> Journey::stored_at() const {
    using controller::query::Matcher;
    std::vector<Matcher> matchers;
    matchers.push_back(must(Matcher::make("__name__", Matcher::Kind::equal, "node_memory_MemAvailable_bytes")));
    std::vector<std::string> times;
    for (const auto& series : must(controller::select(store, matchers, WallTime{}, clock.wall()))) {
        for (const auto& point : series.points) {
            times.push_back(to_rfc3339(point.at));
        }
    }
    size_t rows = 0;
    BOOST_REQUIRE(store.scan(controller::Family::head, "", "", [&](std::string_view key, std::string_view) {
        // What the controller itself writes of the host, such as ALERTS, comes from no outbox.
        rows += must(controller::keys::read_head(key)).incarnation != 0 ? 1 : 0;
        return true;
    }));
    BOOST_TEST(rows == times.size());
    return times;
}

uint64_t Journey::cursor() const {
    for (const auto& cursor : must(controller::durable_cursors(store, host))) {
        if (cursor.stream == protocol::Stream::metrics) {
            return cursor.last_applied;
        }
    }
    return 0;
}

size_t Journey::owed_pages() const {
    size_t rows = 0;
    BOOST_REQUIRE(store.scan(controller::Family::outbox, "q", "r",
                             [&](std::string_view, std::string_view) { return ++rows > 0; }));
    return rows;
}

}  // namespace vigie::journey
