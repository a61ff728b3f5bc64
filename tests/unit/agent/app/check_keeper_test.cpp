#include "agent/app/check_keeper.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

namespace vigie::agent {
namespace {

// One timer at a time.
struct OneTimer final : Children {
    struct Alarm final : Delay {
        explicit Alarm(OneTimer& of) : owner(of) {}
        ~Alarm() override { owner.task = nullptr; }
        Alarm(const Alarm&) = delete;
        Alarm& operator=(const Alarm&) = delete;
        OneTimer& owner;
    };
    Result<std::unique_ptr<RunningChild>> start(ChildCommand, std::function<void(ChildExit)>) override {
        return fail(ErrorCode::unsupported, "no children here");
    }
    std::unique_ptr<Delay> after(milliseconds, Task then) override {
        ++begun;
        auto alarm = std::make_unique<Alarm>(*this);
        task = std::move(then);
        return alarm;
    }
    void post(Task then) override { then(); }
    bool on_thread() const override { return true; }
    void ring() {
        const auto due = task;
        due();
    }
    Task task;
    int begun = 0;
};

struct Keeping {
    tests::TempFolder folder;
    SystemFiles files;
    OneTimer children;
    RememberedChecks current;
    std::string path = folder / "checks.state";
    CheckKeeper keeper{children, files, path, [this] { return current; }};

    RememberedChecks loaded() {
        return CheckKeeper(children, files, path, [] { return RememberedChecks{}; }).load();
    }
    static RememberedCheck critical() {
        RememberedCheck check{.definition = 1, .state = {}};
        check.state = {.has_result = true, .status = CheckStatus::critical, .hard_status = CheckStatus::critical};
        return check;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(check_keeper, Keeping)

BOOST_AUTO_TEST_CASE(changes_are_written_together_and_come_back) {
    BOOST_TEST(keeper.load().empty());
    current["a"] = critical();
    keeper.note_change();
    current["b"] = critical();
    keeper.note_change();
    BOOST_TEST(children.begun == 1);
    BOOST_TEST(!files.is_present(path));
    children.ring();
    BOOST_TEST((loaded() == current));
}

BOOST_AUTO_TEST_CASE(nothing_is_written_when_there_is_nothing_to_keep) {
    keeper.load();
    keeper.close();
    BOOST_TEST(!files.is_present(path));
}

BOOST_AUTO_TEST_CASE(the_end_writes_once_and_is_the_last) {
    current["a"] = critical();
    keeper.note_change();
    keeper.close();
    BOOST_TEST(!children.task);
    const auto kept = current;
    current.clear();  // an agent that ends takes its checks away
    keeper.note_change();
    keeper.close();
    BOOST_TEST(!children.task);
    BOOST_TEST((loaded() == kept));
}

BOOST_AUTO_TEST_CASE(a_damaged_file_begins_anew_and_is_written_again) {
    BOOST_REQUIRE(files.write_atomically(path, std::string_view("\0\1\2", 3), 0600));
    BOOST_TEST(keeper.load().empty());
    BOOST_REQUIRE(files.write_atomically(path, "vigie checks 1\nabc 0 0 1 1 5 6 7 8 a\nabc 9\n", 0600));
    current = keeper.load();
    BOOST_TEST(current.size() == 1u);
    keeper.close();
    BOOST_TEST((loaded() == current));
    BOOST_TEST(files.read(path, 1_MiB).value().find("abc 9") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_gone_is_tried_again) {
    auto lost = CheckKeeper(children, files, folder / "none/checks.state", [this] { return current; });
    current["a"] = critical();
    lost.note_change();
    children.ring();
    BOOST_REQUIRE(files.make_directories(folder / "none", 0700));
    lost.note_change();
    children.ring();
    BOOST_TEST(files.is_present(folder / "none/checks.state"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
