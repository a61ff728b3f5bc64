// An audit log in memory, for tests.
#pragma once
#include <boost/test/unit_test.hpp>

#include "controller/audit/chain.hpp"
#include "controller/store/memory_store.hpp"

namespace vigie::tests {

struct AuditLog {
    controller::MemoryStore store;
    WallTime at = wall_from_unix_ms(1'800'000'000'000);

    controller::AuditEntry entry(std::string verb, std::string user) {
        at += 1s;
        return {.at = at,
                .user = std::move(user),
                .key = {},
                .role = "operator",
                .from = "10.0.0.7",
                .verb = std::move(verb),
                .arguments = R"({"job":"etc"})",
                .outcome = controller::AuditOutcome::ok,
                .detail = {}};
    }
    void add(std::string verb, std::string user) {
        controller::StoreBatch batch;
        BOOST_REQUIRE(append_audit(store, entry(std::move(verb), std::move(user)), batch).has_value());
        BOOST_REQUIRE(store.commit(batch).has_value());
    }
    uint64_t trim(const controller::AuditRetention& retention) {
        controller::StoreBatch batch;
        const auto trimmed = trim_audit(store, retention, at, batch);
        BOOST_REQUIRE(trimmed.has_value());
        BOOST_REQUIRE(store.commit(batch).has_value());
        return *trimmed;
    }
};

}  // namespace vigie::tests
