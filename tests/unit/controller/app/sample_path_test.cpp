#include "controller/app/sample_path.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/ingest/cursor_rows.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

const AgentId web_1{"web-1"};

// The alerts cannot be read while `is_broken`.
struct BrokenAlerts final : StateStore {
    const StateStore* inner = nullptr;
    bool is_broken = false;

    Result<void> commit(const StoreBatch&) override { return {}; }
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        return inner->get(family, key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to,
                      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        if (is_broken && family == Family::alerts) {
            return fail(ErrorCode::io, "store: alerts cannot be read");
        }
        return inner->scan(family, from, to, visit);
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        return inner->scan_back(family, from, to, visit);
    }
};

// Hosts whose reports have series that were never seen.
struct Exploding : World {
    std::vector<std::string> order;  // of acknowledgements

    void durable(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq) override {
        World::durable(agent, stream, incarnation, seq);
        order.push_back(fmt::format("{}/{}", agent.value, seq));
    }
    bool offer(const AgentId& host, uint64_t number, size_t series) const {
        std::string schema;
        for (size_t i = 0; i < series; ++i) {
            schema += fmt::format("node_requests_total{{id=\"{}\"}}\n", i);
        }
        return path->offer(host, protocol::Stream::metrics, 1, number,
                           protocol::encode_entry(protocol::SampleBatch{.sampled_at_unix_ms = unix_ms(clock.wall()),
                                                                        .schema = schema,
                                                                        .values = std::vector<double>(series, 1)}));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(controller_sample_path)

BOOST_AUTO_TEST_CASE(a_sample_over_the_threshold_is_stored_with_its_page_and_acknowledged) {
    World world;
    world.report(web_1, 1, "node_load1\n", {5});
    BOOST_TEST((world.acknowledged == std::vector<uint64_t>{1}));
    BOOST_TEST(world.rows(Family::outbox) == 1u);
    BOOST_TEST(world.wakes == 1u);
}

BOOST_AUTO_TEST_CASE(the_same_entry_again_is_acknowledged_and_pages_nobody) {
    World world;
    world.report(web_1, 1, "node_load1\n", {5});
    world.report(web_1, 1, "node_load1\n", {5});
    BOOST_TEST((world.acknowledged == std::vector<uint64_t>{1, 1}));
    BOOST_TEST(world.rows(Family::outbox) == 1u);
    BOOST_TEST(world.rows(Family::head) == 2u);  // the report's and its alert's
}

BOOST_AUTO_TEST_CASE(nothing_is_acknowledged_that_a_failed_commit_took_back) {
    World world;
    world.memory.fail_commits_with = disk_full;
    world.report(web_1, 1, "node_load1\n", {5});
    BOOST_TEST(world.acknowledged.empty());
    BOOST_TEST(world.failed == 1u);
    BOOST_TEST(world.wakes == 0u);
    world.memory.fail_commits_with.reset();
    world.report(web_1, 1, "node_load1\n", {5});
    BOOST_TEST((world.acknowledged == std::vector<uint64_t>{1}));
    BOOST_TEST(world.rows(Family::outbox) == 1u);
}

BOOST_AUTO_TEST_CASE(a_sample_that_no_rule_has_seen_is_not_acknowledged) {
    MemoryStore empty;
    BrokenAlerts broken;
    broken.inner = &empty;  // for the constructor
    World world(&broken);
    broken.inner = &world.memory;
    world.memory.fail_commits_with = disk_full;
    world.report(web_1, 1, "node_load1\n", {5});  // the alerts are read again after this
    world.memory.fail_commits_with.reset();
    broken.is_broken = true;
    world.report(web_1, 1, "node_load1\n", {5});
    BOOST_TEST(world.acknowledged.empty());
    BOOST_TEST(world.failed == 2u);
    BOOST_TEST(world.rows(Family::head) == 0u);
    broken.is_broken = false;
    world.report(web_1, 1, "node_load1\n", {5});
    BOOST_TEST((world.acknowledged == std::vector<uint64_t>{1}));
    BOOST_TEST(world.rows(Family::outbox) == 1u);
}

BOOST_AUTO_TEST_CASE(behind_a_host_with_many_new_series_others_wait_for_one_commit) {
    Exploding world;
    BOOST_REQUIRE(world.offer(web_1, 1, 2500));
    BOOST_REQUIRE(world.offer(web_1, 2, 1));
    BOOST_REQUIRE(world.offer(AgentId{"web-2"}, 1, 1));
    BOOST_REQUIRE(world.offer(web_1, 3, 1));
    world.settle();
    BOOST_TEST((world.order == std::vector<std::string>{"web-2/1", "web-1/1", "web-1/2", "web-1/3"}));
    BOOST_TEST(world.failed == 0u);
    BOOST_TEST(world.rows(Family::series) == 2501u);
    BOOST_TEST(world.rows(Family::head) == 4u);
}

BOOST_AUTO_TEST_CASE(a_commit_that_fails_with_a_part_of_a_report_lets_it_and_all_behind_it_come_again) {
    Exploding world;
    BOOST_REQUIRE(world.offer(web_1, 1, 2500));
    BOOST_REQUIRE(world.offer(web_1, 2, 1));
    world.memory.fail_commits_with = disk_full;
    world.settle();
    BOOST_TEST(world.failed == 2u);
    BOOST_TEST(world.acknowledged.empty());
    world.memory.fail_commits_with.reset();
    BOOST_REQUIRE(world.offer(web_1, 1, 2500));
    BOOST_REQUIRE(world.offer(web_1, 2, 1));
    world.settle();
    BOOST_TEST((world.acknowledged == std::vector<uint64_t>{1, 2}));
    BOOST_TEST(world.rows(Family::series) == 2500u);
    BOOST_TEST(world.rows(Family::head) == 2u);
}

BOOST_AUTO_TEST_CASE(more_than_is_held_behind_an_unfinished_report_is_sent_again) {
    Exploding world;
    uint64_t seq = 0;
    BOOST_REQUIRE(world.offer(web_1, ++seq, 20'000));
    while (seq < 16) {
        BOOST_REQUIRE(world.offer(web_1, ++seq, 20'000));  // half a megabyte each
    }
    BOOST_REQUIRE(world.path->offer_generations(
        web_1, {{.stream = protocol::Stream::metrics, .incarnation = 1, .first_seq = 1, .generation = 7}}));
    world.settle();
    BOOST_TEST(world.failed > 0u);
    BOOST_TEST(world.failed < 15u);
    BOOST_TEST(world.acknowledged.size() + world.failed == 16u);
    BOOST_TEST(world.acknowledged.back() == world.acknowledged.size());
    BOOST_REQUIRE(world.offer(web_1, world.acknowledged.size() + 1, 1));
    world.settle();
    BOOST_TEST(durable_cursors(world.memory, web_1).value().at(0).generation == 7u);  // nobody sends these again
}

BOOST_AUTO_TEST_CASE(generations_told_behind_an_unfinished_report_are_not_lost) {
    Exploding world;
    BOOST_REQUIRE(world.offer(web_1, 1, 2500));
    BOOST_REQUIRE(world.path->offer_generations(
        web_1, {{.stream = protocol::Stream::metrics, .incarnation = 1, .first_seq = 1, .generation = 7}}));
    BOOST_REQUIRE(world.offer(web_1, 2, 1));
    BOOST_TEST(world.commits.run_pending() > 1u);
    const auto cursors = durable_cursors(world.memory, web_1).value();
    BOOST_REQUIRE(cursors.size() == 1u);
    BOOST_TEST(cursors[0].last_applied == 2u);
    BOOST_TEST(cursors[0].generation == 7u);
}

BOOST_AUTO_TEST_CASE(a_report_of_another_hosts_run_leaves_no_snapshot) {
    World world;
    world.connect(web_1);
    BOOST_REQUIRE(world.ask("jobs.run", {{"job", "etc"}, {"host", "web-1"}}).has_value());
    BOOST_REQUIRE(world.starts.size() == 1u);
    protocol::RunReport told;
    told.run_id = world.starts[0].run_id;
    told.fence = world.starts[0].fence;
    told.state = protocol::RunState::succeeded;
    told.report_json = R"({"snapshot":")" + std::string(64, 'a') + R"("})";
    const auto entry = protocol::encode_entry(told);
    BOOST_REQUIRE(world.path->offer(AgentId{"evil"}, protocol::Stream::results, 1, 1, entry));
    world.settle();
    BOOST_TEST(world.rows(Family::backups) == 0u);
    BOOST_REQUIRE(world.path->offer(web_1, protocol::Stream::results, 1, 1, entry));
    world.settle();
    BOOST_TEST(world.rows(Family::backups) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
