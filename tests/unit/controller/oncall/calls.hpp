// Escalations over a store in memory and a simulated clock, with restarts. An alert is one of the controller's own, so
// that it needs no rule.
#pragma once
#include <boost/test/unit_test.hpp>

#include "controller/oncall/escalation.hpp"
#include "controller/store/faulty_store.hpp"
#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/controller/maintenance/maintained.hpp"

namespace vigie::controller::oncall {

constexpr std::string_view three_steps = R"(people:
- {name: anna, receiver: anna-phone}
- {name: ben, receiver: ben-phone}
rotas:
- name: primary
  time_zone: UTC
  layers: [{people: [anna], handover: daily 00:00, starts: 2027-01-01}]
- name: secondary
  time_zone: UTC
  layers: [{people: [ben], handover: daily 00:00, starts: 2027-01-01}]
- name: later
  time_zone: UTC
  layers: [{people: [ben], handover: daily 00:00, starts: 2030-01-01}]
escalations:
- name: pages
  matchers: ['severity="warning"']
  steps:
  - {notify: [rota:primary]}
  - {after: 10m, notify: [rota:secondary]}
  - {after: 30m, notify: [receiver:team]}
)";

// The clock starts at 2027-01-15T08:00:00Z.
struct Calls {
    tests::ManualClock clock;
    MemoryStore memory;
    FaultyStore store{memory};
    OnCall oncall;
    std::vector<routing::InhibitRule> inhibit_rules;
    maintenance::Maintenance maintenance;
    std::unique_ptr<alerts::AlertBook> book;
    std::unique_ptr<Escalations> escalations;
    std::function<void()> after_commit = [] {};
    std::vector<std::string> notes;

    explicit Calls(std::string_view text = three_steps) : oncall(parse_oncall(text, "c.yaml").value()) { restart(); }

    void restart() {
        book = std::make_unique<alerts::AlertBook>(store, alerts::BookOptions{});
        escalations = std::make_unique<Escalations>(store, *book, oncall, inhibit_rules, maintenance);
    }
    Moment now() const { return {clock.mono(), clock.wall()}; }

    // One submission of the committer. False: it failed, and nothing of it is stored.
    bool change(const std::function<Result<void>(StoreBatch&)>& make) {
        StoreBatch batch;
        const auto made = make(batch);
        if (!made) {
            BOOST_TEST(batch.is_empty());
            return false;
        }
        if (batch.is_empty()) {
            return true;
        }
        const auto stored = store.commit(batch);
        if (!stored) {
            book->on_commit_failed();
            escalations->on_commit_failed();
            return false;
        }
        after_commit();
        return true;
    }
    // As the daemon does, until it is stored.
    void until_stored(const std::function<Result<void>(StoreBatch&)>& make) {
        for (int tries = 0; !change(make); ++tries) {
            BOOST_REQUIRE(tries < 5);
        }
    }
    void set(const std::string& host, bool is_firing) {
        until_stored([&](StoreBatch& batch) -> Result<void> {
            VIGIE_CHECK(escalations->ready(now()));
            VIGIE_TRY(
                const auto applied,
                book->tell(
                    AgentId{host},
                    {.name = alerts::clock_skewed, .is_true = is_firing, .value = 1, .summary = "s", .cause = "c"},
                    clock.wall(), batch));
            escalations->on_turned(applied.turned, now(), batch);
            return {};
        });
    }
    void fire(const std::string& host = "web-1") { set(host, true); }
    void end(const std::string& host = "web-1") { set(host, false); }
    static std::string id(const std::string& host = "web-1") {
        return alerts::alert_id(fmt::format("{}{}", alerts::own_rule_mark, alerts::clock_skewed), AgentId{host}, {});
    }
    void tick() {
        const bool is_stored = change([&](StoreBatch& batch) -> Result<void> {
            VIGIE_TRY(auto ticked, escalations->tick(now(), batch));
            std::move(ticked.notes.begin(), ticked.notes.end(), std::back_inserter(notes));
            return {};
        });
        static_cast<void>(is_stored);  // the next one makes it good
    }
    // A tick a second.
    void run_for(seconds span) {
        for (seconds passed{0}; passed < span; ++passed) {
            tick();
            clock.advance(1s);
        }
        tick();
    }
    Result<Episode> held(Hold wish) {
        wish.by = "uid 0";
        wish.at = clock.wall();
        Result<Episode> answer = fail(ErrorCode::cancelled, "never asked");
        until_stored([&](StoreBatch& batch) -> Result<void> {
            answer = escalations->hold(id(), wish, now(), batch);
            const bool is_refused = !answer && answer.error().code == ErrorCode::conflict;
            return answer || is_refused ? Result<void>() : fail(answer.error());
        });
        return answer;
    }
    Result<Episode> acknowledge() { return held({}); }
    Result<Episode> snooze(milliseconds span) {
        Hold wish;
        wish.until = clock.wall() + span;
        return held(std::move(wish));
    }
    Result<Episode> release() {
        Result<Episode> answer = fail(ErrorCode::cancelled, "never asked");
        until_stored([&](StoreBatch& batch) -> Result<void> {
            answer = escalations->release(id(), now(), batch);
            const bool is_refused = !answer && answer.error().code == ErrorCode::conflict;
            return answer || is_refused ? Result<void>() : fail(answer.error());
        });
        return answer;
    }
    // "anna-phone 1", "-anna-phone 1" for a recovery: the outbox in its order.
    std::vector<std::string> outbox() const {
        std::vector<std::string> all;
        BOOST_REQUIRE(memory.scan(Family::outbox, "q", keys::after_prefix("q"), [&](auto, std::string_view row) {
            const auto one = alerts::decode_notification(row).value();
            all.push_back(fmt::format("{}{} {}", one.is_resolved ? "-" : "", one.receiver, one.call));
            return true;
        }));
        return all;
    }
    void silence(std::string_view matchers, milliseconds span) {
        routing::Silence one;
        one.id = "00000000000000aa";
        one.matchers = routing::parse_matchers(matchers).value();
        one.starts_at = clock.wall();
        one.ends_at = one.starts_at + span;
        StoreBatch batch;
        batch.put(Family::silences, routing::silence_key(one.id), encode(one));
        BOOST_REQUIRE(memory.commit(batch).has_value());
    }
};

using Texts = std::vector<std::string>;
#define SAME(a, ...) BOOST_TEST((a) == (Texts{__VA_ARGS__}), boost::test_tools::per_element())

}  // namespace vigie::controller::oncall
