// Numbers that may have been used elsewhere: generations tell the copies of an outbox apart, renewal ends a used-up
// incarnation.
#include <algorithm>

#include "agent/outbox/database.hpp"
#include "agent/outbox/outbox.hpp"
#include "agent/outbox/stream_table.hpp"

namespace vigie::agent {

using protocol::Stream;

Result<void> Outbox::load_generations(StreamTable& table) {
    VIGIE_TRY(auto known,
              database_.prepare("SELECT first_seq, generation FROM generation WHERE stream=? ORDER BY first_seq"));
    known.bind(1, static_cast<int64_t>(table.stream));
    table.generations.clear();
    for (;;) {
        VIGIE_TRY(const bool has_row, known.step());
        if (!has_row) {
            return {};
        }
        table.generations.push_back({.stream = table.stream,
                                     .incarnation = table.incarnation,
                                     .first_seq = unsigned_of(known.number(0)),
                                     .generation = unsigned_of(known.number(1))});
    }
}

// Never 0, which stands for an unknown one.
uint64_t Outbox::draw_generation() {
    uint64_t generation = 0;
    while (generation == 0) {
        generation = random_.next();
    }
    return generation;
}

Result<void> Outbox::begin_generation() {
    const auto generation = draw_generation();
    VIGIE_CHECK(database_.begin(true));
    for (auto& table : tables_) {
        if (auto begun = begin_generation_in_transaction(*table, generation); !begun) {
            return fail(undo(std::move(begun.error())));
        }
    }
    if (auto done = commit(true); !done) {
        return fail(undo(std::move(done.error())));
    }
    for (auto& table : tables_) {
        VIGIE_CHECK(load_generations(*table));
    }
    return {};
}

Result<void> Outbox::begin_generation_in_transaction(StreamTable& table, uint64_t generation) {
    const auto stream = static_cast<int>(table.stream);
    // The one that covers the last acked number stays, with all after it.
    VIGIE_CHECK(database_.execute(
        fmt::format("DELETE FROM generation WHERE stream={0} AND first_seq < (SELECT max(first_seq) FROM generation "
                    "WHERE stream={0} AND first_seq <= {1})",
                    stream, std::max<uint64_t>(table.acked_seq, 1))
            .c_str()));
    VIGIE_CHECK(database_.execute(fmt::format("INSERT OR REPLACE INTO generation VALUES({}, {}, {})", stream,
                                              table.next_seq, signed_of(generation))
                                      .c_str()));
    return database_.execute(
        fmt::format("DELETE FROM generation WHERE stream={0} AND first_seq NOT IN (SELECT first_seq FROM generation "
                    "WHERE stream={0} ORDER BY first_seq DESC LIMIT {1})",
                    stream, openings_max)
            .c_str());
}

void Outbox::forget_generations() {
    for (auto& table : tables_) {
        table->generations.clear();
    }
}

std::vector<protocol::Generation> Outbox::generations() const {
    std::vector<protocol::Generation> all;
    for (const auto& table : tables_) {
        all.insert(all.end(), table->generations.begin(), table->generations.end());
    }
    return all;
}

Result<void> Outbox::renew(Stream stream) {
    auto& table = table_of(stream);
    VIGIE_CHECK(database_.begin(true));
    auto done = renew_in_transaction(table);
    if (done) {
        done = commit(true);
    }
    if (!done) {
        return fail(undo(std::move(done.error())));
    }
    VIGIE_CHECK(load_stream(table));
    return load_generations(table);
}

Result<void> Outbox::renew_in_transaction(const StreamTable& table) {
    const auto index = static_cast<size_t>(table.stream);
    const auto acked = signed_of(table.acked_seq);
    VIGIE_CHECK(database_.execute(fmt::format("DELETE FROM {} WHERE seq<={}", stream_tables[index], acked).c_str()));
    // SQLite goes through rows in the order of their numbers, so that each finds its new number free.
    VIGIE_CHECK(database_.execute(fmt::format("UPDATE {} SET seq=seq-{}", stream_tables[index], acked).c_str()));
    VIGIE_CHECK(database_.execute(fmt::format("DELETE FROM generation WHERE stream={}", index).c_str()));
    VIGIE_CHECK(database_.execute(
        fmt::format("INSERT INTO generation VALUES({}, 1, {})", index, signed_of(draw_generation())).c_str()));
    return database_.execute(
        fmt::format("UPDATE stream SET incarnation={}, next_seq=next_seq-acked_seq, acked_seq=0 WHERE stream={}",
                    signed_of(random_.next()), index)
            .c_str());
}

Result<void> Outbox::touch() {
    auto& table = *tables_.front();
    VIGIE_CHECK(database_.begin(true));
    auto done = store_next(table, table.next_seq);
    if (done) {
        done = commit(true);
    }
    return done ? Result<void>{} : fail(undo(std::move(done.error())));
}

void Outbox::release() {
    for (auto& table : tables_) {
        for (auto* const statement : {&table->insert, &table->set_next, &table->set_acked, &table->read,
                                      &table->oldest_length, &table->total_between, &table->erase}) {
            *statement = Statement();
        }
    }
    pages_used_.reset();
    pages_free_.reset();
    has_unsynced_ = false;
}

}  // namespace vigie::agent
