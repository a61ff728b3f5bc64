// Random appends, acks, reads and restarts beside a model that is a few lines of plain containers.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>

#include "tests/unit/agent/outbox/state_fixture.hpp"

namespace vigie::agent {
using protocol::Stream;
using tests::StateFixture;

namespace {

constexpr std::array streams{Stream::results, Stream::metrics, Stream::logs};

struct ModelStream {
    std::map<uint64_t, std::string> rows;
    uint64_t next = 1;
    uint64_t acked = 0;
    uint64_t oldest() const { return rows.empty() ? next : rows.begin()->first; }
    bool has_acked() const { return !rows.empty() && rows.begin()->first <= acked; }
};

// The rules of outbox.hpp, told another way: drop one row at a time until it fits.
struct Model {
    OutboxLimits limits;
    std::map<Stream, ModelStream> all;

    uint64_t used() const {
        uint64_t sum = 0;
        for (const auto& [_, one] : all) {
            for (const auto& [seq, bytes] : one.rows) {
                sum += bytes.size() + entry_overhead.count;
            }
        }
        return sum;
    }
    ModelStream* victim(Stream asking) {
        for (const auto stream : {Stream::metrics, Stream::logs, Stream::results}) {
            if (all[stream].has_acked()) {
                return &all[stream];
            }
        }
        if (!all[Stream::metrics].rows.empty()) {
            return &all[Stream::metrics];
        }
        return asking != Stream::metrics && !all[Stream::logs].rows.empty() ? &all[Stream::logs] : nullptr;
    }
    std::optional<uint64_t> append(Stream stream, const std::string& bytes) {
        const auto before = all;
        while (used() + bytes.size() + entry_overhead.count > limits.entries_max.count) {
            auto* from = victim(stream);
            if (from == nullptr && stream == Stream::results) {
                all = before;
                return std::nullopt;
            }
            if (from == nullptr) {
                ++all[stream].next;
                return std::nullopt;
            }
            from->rows.erase(from->rows.begin());
        }
        all[stream].rows[all[stream].next] = bytes;
        return all[stream].next++;
    }
    void ack(Stream stream, uint64_t seq) {
        auto& one = all[stream];
        one.acked = std::max(one.acked, seq);
        for (;;) {
            uint64_t count = 0;
            uint64_t cost = 0;
            for (const auto& [number, bytes] : one.rows) {
                count += number <= one.acked ? 1 : 0;
                cost += number <= one.acked ? bytes.size() + entry_overhead.count : 0;
            }
            if (count <= limits.rewind_rows_max && cost <= limits.rewind_max.count) {
                return;
            }
            one.rows.erase(one.rows.begin());
        }
    }
};

void check_same(Outbox& outbox, Model& model) {
    for (const auto stream : streams) {
        auto& one = model.all[stream];
        const auto state = outbox.state(stream);
        BOOST_REQUIRE(state.next_seq == one.next);
        BOOST_REQUIRE(state.oldest_seq == one.oldest());
        BOOST_REQUIRE(outbox.acked_seq(stream) == one.acked);
    }
    BOOST_REQUIRE(outbox.used().count == model.used());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(outbox_model)

BOOST_DATA_TEST_CASE_F(StateFixture, random_operations_agree_with_the_model, boost::unit_test::data::xrange(6), seed) {
    options.outbox = {.entries_max = 6000_B, .entry_max = 900_B, .rewind_rows_max = 5, .rewind_max = 1500_B};
    open();
    Model model{.limits = options.outbox, .all = {}};
    std::mt19937 engine(static_cast<unsigned>(seed));
    const auto pick = [&](uint64_t bound) { return std::uniform_int_distribution<uint64_t>(0, bound - 1)(engine); };
    for (int step = 0; step < 1200; ++step) {
        const auto stream = streams[pick(streams.size())];
        auto& one = model.all[stream];
        const auto choice = pick(100);
        if (choice < 60) {
            const std::string bytes(pick(900), static_cast<char>('a' + pick(26)));
            const auto durability = pick(2) == 0 ? Durability::relaxed : Durability::synced;
            const auto seq = outbox().append(stream, bytes, durability);
            BOOST_REQUIRE((seq ? std::optional(*seq) : std::nullopt) == model.append(stream, bytes));
        } else if (choice < 85 && one.next > 1) {
            const auto seq = pick(one.next);
            ack(stream, seq);
            model.ack(stream, seq);
        } else if (choice < 97) {
            const auto from = pick(one.next + 2);
            const auto rows = outbox().read_from(stream, from, UINT64_MAX);
            BOOST_REQUIRE(rows);
            auto expected = one.rows.lower_bound(from);
            for (const auto& row : *rows) {
                BOOST_REQUIRE(
                    (expected != one.rows.end() && row.seq == expected->first && row.bytes == expected->second));
                ++expected;
            }
            BOOST_REQUIRE((expected == one.rows.end()));
        } else {
            reopen();
        }
        check_same(outbox(), model);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
