#include "controller/audit/verify.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "controller/store/keys.hpp"
#include "controller/store/rocks_store.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/controller/audit/log.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
std::string row_at(const StateStore& store, uint64_t seq) {
    const auto row = store.get(Family::audit, keys::number(seq));
    BOOST_REQUIRE((row.has_value() && row->has_value()));
    return **row;
}
using Tampering = std::function<void(const StateStore&, StoreBatch&)>;

struct Tampered {
    const char* expected;
    uint64_t seq;
    Tampering with;
};

void put(StoreBatch& batch, uint64_t seq, std::string row) {
    batch.put(Family::audit, keys::number(seq), std::move(row));
}

// Ten records, of which somebody with the store in hand changes some.
const std::vector<Tampered> tamperings{
    {"record 4: it was changed: its bytes are not those that its hash was made of", 4,
     [](const StateStore& store, StoreBatch& batch) {
         auto row = row_at(store, 4);
         row.replace(row.find("anna"), 4, "anne");
         put(batch, 4, row);
     }},
    {"record 5: it does not follow record 4: one of the two was exchanged", 5,
     [](const StateStore& store, StoreBatch& batch) {
         auto record = decode_audit(row_at(store, 4)).value();
         record.entry.user = "anne";  // with a hash that fits its bytes
         put(batch, 4, audit_row(4, record.previous, record.entry).bytes);
     }},
    {"record 4: it is missing", 4,
     [](const StateStore&, StoreBatch& batch) { batch.erase(Family::audit, keys::number(4)); }},
    {"record 4: it is missing, with all up to record 6", 4,
     [](const StateStore&, StoreBatch& batch) { batch.erase_range(Family::audit, keys::number(4), keys::number(7)); }},
    {"record 1: it is missing", 1,
     [](const StateStore&, StoreBatch& batch) { batch.erase(Family::audit, keys::number(1)); }},
    {"record 4: record 5 stands in its place", 4,
     [](const StateStore& store, StoreBatch& batch) {
         put(batch, 4, row_at(store, 5));
         put(batch, 5, row_at(store, 4));
     }},
    {"record 9: it is missing, with all up to the newest, 10", 9,
     [](const StateStore&, StoreBatch& batch) { batch.erase_range(Family::audit, keys::number(9), keys::number(11)); }},
    {"record 10: it is not the one that was the newest", 10,
     [](const StateStore& store, StoreBatch& batch) {
         auto record = decode_audit(row_at(store, 10)).value();
         record.entry.user = "anne";
         put(batch, 10, audit_row(10, record.previous, record.entry).bytes);
     }},
    {"record 11: it stands behind the newest, 10", 11,
     [](const StateStore& store, StoreBatch& batch) {
         const auto record = decode_audit(row_at(store, 10)).value();
         put(batch, 11, audit_row(11, record.hash, record.entry).bytes);
     }},
    {"the head of the log is gone: nobody can tell whether records behind 10 are missing", 0,
     [](const StateStore&, StoreBatch& batch) { batch.erase(Family::meta, std::string(audit_head_key)); }},
    {"record 1: it is missing, with all up to the newest, 10", 1,
     [](const StateStore&, StoreBatch& batch) { batch.erase_range(Family::audit, keys::number(0), keys::number(99)); }},
    {"records up to 3 are missing, and none tells that they were trimmed", 4,
     [](const StateStore& store, StoreBatch& batch) {
         const auto record = decode_audit(row_at(store, 3)).value();
         batch.erase_range(Family::audit, keys::number(0), keys::number(4));
         batch.put(Family::meta, std::string(audit_anchor_key), audit_place_row({3, record.hash}));
     }},
    {"record 1: a row that is none of the log stands in its place", 1,
     [](const StateStore&, StoreBatch& batch) { batch.put(Family::audit, std::string(1, '\0'), "?"); }},
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(audit_verify, tests::AuditLog)

BOOST_AUTO_TEST_CASE(a_whole_log_and_an_empty_one_are_good) {
    BOOST_TEST(!verify_audit(store, "").value().finding.has_value());
    add("jobs.run", "anna");
    add("jobs.run", "anna");
    const auto report = verify_audit(store, "").value();
    BOOST_TEST(!report.finding.has_value());
    BOOST_TEST(report.records == 2u);
    BOOST_TEST(report.last.seq == 2u);
    BOOST_TEST(report.last.hash == newest_audit(store, {}).value().front().hash);
}

BOOST_AUTO_TEST_CASE(every_tampering_with_a_closed_rocksdb_is_found_and_named) {
    const tests::TempFolder folder;
    {
        auto rocks = RocksStore::open(folder / "whole").value();
        for (int i = 0; i < 10; ++i) {
            StoreBatch batch;
            BOOST_REQUIRE(append_audit(*rocks, entry("jobs.run", "anna"), batch).has_value());
            BOOST_REQUIRE(rocks->commit(batch).has_value());
        }
        BOOST_TEST(!verify_audit(*rocks, "").value().finding.has_value());
    }
    for (const auto& tampering : tamperings) {
        std::filesystem::remove_all(folder / "store");
        std::filesystem::copy(folder / "whole", folder / "store", std::filesystem::copy_options::recursive);
        {
            auto rocks = RocksStore::open(folder / "store").value();
            StoreBatch batch;
            tampering.with(*rocks, batch);
            BOOST_REQUIRE(rocks->commit(batch).has_value());
        }
        const auto rocks = RocksStore::open(folder / "store").value();
        const auto report = verify_audit(*rocks, "").value();
        BOOST_REQUIRE(report.finding.has_value());
        BOOST_TEST(report.finding->message == tampering.expected);
        BOOST_TEST(report.finding->seq == tampering.seq);
    }
}

BOOST_AUTO_TEST_CASE(a_log_written_anew_is_only_found_by_a_hash_noted_elsewhere) {
    for (int i = 0; i < 3; ++i) {
        add("jobs.run", "anna");
    }
    const auto noted = verify_audit(store, "").value().last.hash;
    add("jobs.run", "anna");
    BOOST_TEST(!verify_audit(store, noted).value().finding.has_value());  // it was the head once

    tests::AuditLog forged;
    for (int i = 0; i < 4; ++i) {
        forged.add("jobs.run", "nobody");
    }
    BOOST_TEST(!verify_audit(forged.store, "").value().finding.has_value());
    const auto report = verify_audit(forged.store, noted).value();
    BOOST_REQUIRE(report.finding.has_value());
    BOOST_TEST(report.finding->message.find("no record has the hash " + noted) == 0u);
}

BOOST_AUTO_TEST_CASE(the_hash_of_the_newest_trimmed_record_is_still_known) {
    for (int i = 0; i < 5; ++i) {
        add("jobs.run", "anna");
    }
    const auto noted = newest_audit(store, {}).value()[2].hash;  // of record 3
    at += std::chrono::hours{48};
    BOOST_TEST(trim({.age_max = 1h, .kept_min = 2}) == 3u);
    BOOST_TEST(!verify_audit(store, noted).value().finding.has_value());
}

BOOST_AUTO_TEST_CASE(a_head_that_was_gone_stays_a_finding) {
    add("jobs.run", "anna");
    StoreBatch batch;
    batch.erase(Family::meta, std::string(audit_head_key));
    BOOST_REQUIRE(store.commit(batch).has_value());
    add("jobs.run", "anna");
    const auto report = verify_audit(store, "").value();
    BOOST_REQUIRE(report.finding.has_value());
    BOOST_TEST(report.finding->message == "record 2: the head of the log was gone; it goes on behind record 1");
    BOOST_TEST(report.records == 3u);
}

BOOST_AUTO_TEST_CASE(what_was_changed_behind_a_lost_head_is_found_and_told_first) {
    add("jobs.run", "anna");
    StoreBatch losing;
    losing.erase(Family::meta, std::string(audit_head_key));
    BOOST_REQUIRE(store.commit(losing).has_value());
    for (int i = 0; i < 3; ++i) {
        add("jobs.run", "anna");
    }
    StoreBatch tampering;
    tampering.erase(Family::audit, keys::number(4));
    BOOST_REQUIRE(store.commit(tampering).has_value());
    const auto report = verify_audit(store, "").value();
    BOOST_REQUIRE(report.finding.has_value());
    BOOST_TEST(report.finding->seq == 4u);
    BOOST_TEST(report.finding->message ==
               "record 4: it is missing; and record 2: the head of the log was gone; it goes on behind record 1");
}

BOOST_AUTO_TEST_CASE(what_is_no_hash_is_refused) {
    for (const auto* noted : {"0", "zz", "ABCDEF"}) {
        BOOST_TEST((verify_audit(store, noted).error().code == ErrorCode::malformed));
    }
}

BOOST_AUTO_TEST_SUITE_END()
