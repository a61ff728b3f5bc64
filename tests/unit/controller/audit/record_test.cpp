#include "controller/audit/record.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

namespace {
const AuditEntry sample{.at = wall_from_unix_ms(1'800'000'000'000),
                        .user = "anna",
                        .key = "k",
                        .role = "admin",
                        .from = "10.0.0.7",
                        .verb = "enrol.token",
                        .arguments = "{}",
                        .outcome = AuditOutcome::ok,
                        .detail = "id 12"};
}

BOOST_AUTO_TEST_SUITE(audit_record)

BOOST_AUTO_TEST_CASE(is_read_back_as_it_was_written) {
    const auto row = audit_row(7, audit_origin, sample);
    const auto record = decode_audit(row.bytes);
    BOOST_REQUIRE(record.has_value());
    BOOST_TEST(record->seq == 7u);
    BOOST_TEST(record->previous == audit_origin);
    BOOST_TEST(record->hash == row.hash);
    BOOST_TEST((record->entry == sample));
}

// The bytes that docs/design/audit.md describes, written out by Python's struct and hashed by its hashlib:
//   text = lambda s: struct.pack(">I", len(s)) + s
//   body = struct.pack(">BQ", 1, 7) + text(b"0" * 64) + struct.pack(">Q", 1800000000000) + b"".join(map(text,
//          [b"anna", b"k", b"admin", b"10.0.0.7", b"enrol.token", b"{}"])) + b"\x01" + text(b"id 12")
//   hashlib.blake2b(body, digest_size=32).hexdigest()
BOOST_AUTO_TEST_CASE(its_hash_is_that_of_the_documented_bytes) {
    BOOST_TEST(audit_row(7, audit_origin, sample).hash ==
               "b573b0ed2292e3fb4c2281ddfb4202a80331bc071a249fc93ad7b485330390d1");
}

BOOST_AUTO_TEST_CASE(each_changed_bit_and_each_cut_is_found) {
    const auto row = audit_row(7, audit_origin, sample).bytes;
    for (size_t i = 0; i < row.size(); ++i) {
        auto changed = row;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        BOOST_TEST(!decode_audit(changed).has_value());
        BOOST_TEST(!decode_audit(row.substr(0, i)).has_value());
    }
    BOOST_TEST(!decode_audit(row + "x").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
