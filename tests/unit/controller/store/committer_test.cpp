// Groups, their order, and what happens when a commit fails.
#include "controller/store/committer.hpp"

#include <atomic>
#include <future>

#include <boost/test/unit_test.hpp>

#include "controller/store/faulty_store.hpp"
#include "controller/store/memory_store.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

CommitQueue::Prepare put(std::string key, std::string value = "1") {
    return [key, value](StoreBatch& batch) { batch.put(Family::meta, key, value); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(direct_committer)

BOOST_AUTO_TEST_CASE(one_commit_for_all_that_is_queued_in_order) {
    MemoryStore store;
    DirectCommitter committer(store);
    std::vector<std::string> order;
    for (const auto* name : {"a", "b", "c"}) {
        committer.submit(
            [&order, name](StoreBatch& batch) {
                order.push_back(std::string("prepare ") + name);
                batch.put(Family::meta, name, "1");
            },
            [&order, name](const Result<void>& stored) {
                BOOST_TEST(stored.has_value());
                order.push_back(std::string("done ") + name);
            });
    }
    BOOST_TEST(committer.run_pending() == 1u);
    BOOST_TEST(store.commits == 1u);
    const std::vector<std::string> wanted{"prepare a", "prepare b", "prepare c", "done a", "done b", "done c"};
    BOOST_TEST(order == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_done_submits_is_a_later_group) {
    MemoryStore store;
    DirectCommitter committer(store);
    committer.submit(put("a"), [&](const Result<void>&) { committer.submit(put("b"), {}); });
    BOOST_TEST(committer.run_pending() == 2u);
    BOOST_TEST(store.get(Family::meta, "b").value().has_value());
}

BOOST_AUTO_TEST_CASE(a_failed_commit_reaches_every_done_and_the_next_group_works) {
    MemoryStore inner;
    FaultyStore store(inner);
    store.fail_from_commit = 1;
    DirectCommitter committer(store);
    int failed = 0;
    const auto count = [&failed](const Result<void>& stored) {
        failed += !stored && stored.error().code == ErrorCode::no_space;
    };
    committer.submit(put("a"), count);
    committer.submit(put("b"), count);
    committer.run_pending();
    BOOST_TEST(failed == 2);
    BOOST_TEST(!inner.get(Family::meta, "a").value().has_value());
    committer.submit(put("a"), count);
    committer.run_pending();
    BOOST_TEST(failed == 2);
    BOOST_TEST(inner.get(Family::meta, "a").value().has_value());
}

BOOST_AUTO_TEST_CASE(groups_are_bounded_in_items_and_bytes) {
    MemoryStore store;
    DirectCommitter committer(store, {.group_items_max = 2, .group_bytes_max = 100_B});
    for (const auto* name : {"a", "b", "c"}) {
        committer.submit(put(name), {});
    }
    BOOST_TEST(committer.run_pending() == 2u);
    committer.submit(put("d", std::string(200, 'x')), {});
    committer.submit(put("e"), {});
    BOOST_TEST(committer.run_pending() == 2u);
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_and_calls_nothing) {
    MemoryStore store;
    DirectCommitter committer(store, {.queue_items_max = 2});
    int calls = 0;
    const auto count = [&calls](const Result<void>&) { ++calls; };
    BOOST_TEST(committer.try_submit(put("a"), count));
    BOOST_TEST(committer.try_submit(put("b"), count));
    BOOST_TEST(!committer.try_submit(put("c"), count));
    committer.submit(put("d"), count);
    committer.run_pending();
    BOOST_TEST(calls == 3);
    BOOST_TEST(!store.get(Family::meta, "c").value().has_value());
}

BOOST_AUTO_TEST_CASE(a_group_without_changes_costs_no_commit) {
    MemoryStore store;
    DirectCommitter committer(store);
    bool was_told = false;
    committer.submit([](StoreBatch&) {}, [&was_told](const Result<void>& stored) { was_told = stored.has_value(); });
    committer.run_pending();
    BOOST_TEST(was_told);
    BOOST_TEST(store.commits == 0u);
}

BOOST_AUTO_TEST_CASE(a_batch_can_be_read_through_and_cut_back) {
    MemoryStore store;
    StoreBatch first;
    first.put(Family::meta, "stored", "old");
    first.put(Family::meta, "gone", "old");
    BOOST_REQUIRE(store.commit(first));
    StoreBatch batch;
    batch.put(Family::meta, "stored", "new");
    batch.erase_range(Family::meta, "g", "h");
    const auto read = [&](const char* key) {
        return get_through(store, batch, Family::meta, key).value().value_or("-");
    };
    BOOST_TEST(read("stored") == "new");
    BOOST_TEST(read("gone") == "-");
    BOOST_TEST(read("other") == "-");
    batch.truncate(0);
    BOOST_TEST(batch.bytes().count == 0u);
    BOOST_TEST(read("stored") == "old");
    BOOST_TEST(read("gone") == "old");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(committer_thread)

BOOST_AUTO_TEST_CASE(keeps_the_order_of_each_submitter) {
    MemoryStore store;
    std::array<std::vector<int>, 4> seen;
    {
        Committer committer(store, {.window = 1ms});
        std::vector<std::thread> submitters;
        for (size_t one = 0; one < seen.size(); ++one) {
            submitters.emplace_back([&, one] {
                for (int i = 0; i < 500; ++i) {
                    committer.submit(put(std::to_string(one) + "/" + std::to_string(i)),
                                     [&, one, i](const Result<void>&) { seen[one].push_back(i); });
                }
            });
        }
        for (auto& submitter : submitters) {
            submitter.join();
        }
        committer.stop();
    }
    for (const auto& order : seen) {
        BOOST_TEST(order.size() == 500u);
        BOOST_TEST(std::is_sorted(order.begin(), order.end()));
    }
    BOOST_TEST(store.commits < 2000u);
}

BOOST_AUTO_TEST_CASE(stop_commits_what_done_submits) {
    MemoryStore store;
    Committer committer(store);
    std::atomic<int> told = 0;
    committer.submit(put("a"), [&](const Result<void>&) {
        ++told;
        committer.submit(put("b"), [&](const Result<void>&) { ++told; });
    });
    committer.stop();
    BOOST_TEST(told == 2);
    committer.submit(put("c"), [&](const Result<void>& stored) {
        BOOST_TEST((!stored && stored.error().code == ErrorCode::cancelled));
        ++told;
    });
    BOOST_TEST(told == 3);
    BOOST_TEST(!committer.try_submit(put("d"), {}));
}

BOOST_AUTO_TEST_CASE(done_runs_on_the_committers_thread) {
    MemoryStore store;
    Committer committer(store);
    std::promise<bool> on_thread;
    committer.submit(put("a"), [&](const Result<void>&) { on_thread.set_value(committer.on_thread()); });
    BOOST_TEST(on_thread.get_future().get());
    BOOST_TEST(!committer.on_thread());
}

BOOST_AUTO_TEST_SUITE_END()
