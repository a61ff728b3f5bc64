#include "controller/app/sample_path.hpp"

#include <boost/test/unit_test.hpp>

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
