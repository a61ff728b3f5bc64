#include "agent/app/deadman_room.hpp"

#include <boost/test/unit_test.hpp>

#include "agent/deadman/post_status.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::agent {
namespace {

// Children that the test ends, and one timer at a time.
struct FakeChildren final : Children {
    struct Nothing final : RunningChild {
        void end_group(milliseconds) override {}
    };
    struct Alarm final : Delay {
        explicit Alarm(FakeChildren& owner) : all(owner) {}
        ~Alarm() override { all.due.reset(); }
        Alarm(const Alarm&) = delete;
        Alarm& operator=(const Alarm&) = delete;
        FakeChildren& all;
    };
    std::vector<std::vector<std::string>> started;
    std::function<void(ChildExit)> on_exit;
    std::optional<milliseconds> due;
    Task task;
    bool is_refusing = false;

    Result<std::unique_ptr<RunningChild>> start(ChildCommand command, std::function<void(ChildExit)> then) override {
        started.push_back(command.argv);
        if (is_refusing) {
            return fail(ErrorCode::not_found, "no worker");
        }
        on_exit = std::move(then);
        return std::make_unique<Nothing>();
    }
    std::unique_ptr<Delay> after(milliseconds delay, Task then) override {
        auto alarm = std::make_unique<Alarm>(*this);
        due = delay;
        task = std::move(then);
        return alarm;
    }
    void post(Task then) override { then(); }
    bool on_thread() const override { return true; }
};

struct Room {
    tests::TempFolder folder;
    SystemFiles files;
    tests::ManualClock clock;
    FakeChildren children;
    std::unique_ptr<DeadmanRoom> room = make();

    std::unique_ptr<DeadmanRoom> make() {
        return std::make_unique<DeadmanRoom>(children, files, clock,
                                             DeadmanSetup{.options = {.url_file = "/u", .ca_file = "/ca"},
                                                          .facts = {"web-1", "tcp://c:7411"},
                                                          .worker = "/w",
                                                          .state_file = folder / "deadman.state"});
    }
    void hear(uint8_t deputy) { room->heard(protocol::Pong{.deputy = deputy, .watch = 7}); }
    void run_timer() {
        BOOST_REQUIRE(children.due.has_value());
        clock.advance(*children.due);
        const auto task = children.task;
        task();
    }
    void wait_for_post() {
        const auto before = children.started.size();
        while (children.due && children.started.size() == before) {
            run_timer();
        }
        BOOST_REQUIRE(children.started.size() == before + 1);
    }
    void end_child(int status) {
        ChildExit exit;
        exit.exit_code = status;
        children.on_exit(exit);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(deadman_room, Room)

BOOST_AUTO_TEST_CASE(a_worker_posts_once_the_silence_is_long_enough) {
    BOOST_TEST(!children.due.has_value());  // nobody said that this agent is a deputy
    hear(1);
    BOOST_TEST(children.due->count() == 30'001);  // to see whether it runs
    const auto heard_at = clock.mono();
    wait_for_post();
    BOOST_TEST((clock.mono() - heard_at >= 10min && clock.mono() - heard_at < 10min + 1s));
    const auto& argv = children.started[0];
    BOOST_REQUIRE(argv.size() == 8U);
    BOOST_TEST(argv[0] == "/w");
    BOOST_TEST(argv[2] == "post");
    BOOST_TEST(argv[3] == "--url-file=/u");
    BOOST_TEST(argv[5] == "--header=Idempotency-Key: vigie-controller-silent-0000000000000007-firing");
    BOOST_TEST(argv[6].starts_with(R"(--body={"receiver":"deadman","status":"firing")"));
    BOOST_TEST(argv[7] == "--ca-file=/ca");
}

BOOST_AUTO_TEST_CASE(what_was_told_is_known_after_a_restart_and_taken_back) {
    hear(1);
    wait_for_post();
    end_child(post_taken);
    room = make();
    BOOST_TEST(!children.due.has_value());
    hear(0);
    BOOST_REQUIRE(children.started.size() == 2U);
    BOOST_TEST(children.started[1][6].starts_with(R"(--body={"receiver":"deadman","status":"resolved")"));
    end_child(post_taken);
    BOOST_TEST(!children.due.has_value());
}

BOOST_AUTO_TEST_CASE(a_page_that_was_under_way_at_the_end_is_taken_back) {
    hear(1);
    wait_for_post();
    BOOST_TEST(files.read(folder / "deadman.state", 4_KiB).value().starts_with("1 1 7 1 0 7 "));
    room = make();
    hear(1);
    BOOST_REQUIRE(children.started.size() == 2U);
    BOOST_TEST(children.started[1][6].starts_with(R"(--body={"receiver":"deadman","status":"resolved")"));
}

BOOST_AUTO_TEST_CASE(a_failure_is_tried_again_after_a_pause_though_the_worker_is_missing) {
    hear(1);
    children.is_refusing = true;
    wait_for_post();
    BOOST_TEST(children.due->count() == 10'001);
    children.is_refusing = false;
    run_timer();
    end_child(post_failed);
    BOOST_TEST(children.due->count() == 20'001);
    BOOST_TEST(children.started.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_damaged_state_is_begun_anew) {
    BOOST_REQUIRE(files.write_atomically(folder / "deadman.state", "junk", 0600).has_value());
    room = make();
    BOOST_TEST(!children.due.has_value());
    hear(2);
    BOOST_TEST(files.read(folder / "deadman.state", 4_KiB).value().starts_with("1 2 7 0 0 "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
