#include "controller/app/witness.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/audit/chain.hpp"
#include "controller/store/memory_store.hpp"
#include "shared/crypto/sodium_hash.hpp"
#include "tests/support/manual_clock.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Witnessed {
    tests::ManualClock clock;
    MemoryStore store;
    DirectCommitter commits{store};
    Witness witness{store, commits, clock, [](const std::function<void()>& task) { task(); }};

    static Request request(Json arguments) {
        Request asked;
        asked.verb = "jobs.run";
        asked.arguments = std::move(arguments);
        asked.caller = {.name = "anna", .key = "k", .role = Role::viewer, .from = "10.0.0.7"};
        return asked;
    }
    void refuse() {
        witness.note(request(Json::object()), fail(ErrorCode::denied, "no"), [](const Result<void>&) {});
        commits.run_pending();
    }
    std::vector<AuditRecord> log() const { return newest_audit(store, {.count_max = 10'000}).value(); }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(witness, Witnessed)

BOOST_AUTO_TEST_CASE(values_that_may_be_secrets_are_left_out) {
    const auto entry =
        audit_entry(request({{"job", "etc"},
                             {"parameters", {{"db_password", "hunter2"}, {"TOKEN", "t"}, {"count", "3"}}},
                             {"secret", ""}}),
                    clock.wall());
    const Json expected{
        {"job", "etc"},
        {"parameters", {{"db_password", "(not recorded)"}, {"TOKEN", "(not recorded)"}, {"count", "3"}}},
        {"secret", ""}};
    BOOST_TEST(entry.arguments == expected.dump());
    BOOST_TEST(entry.user == "anna");
    BOOST_TEST(entry.key == "k");
    BOOST_TEST(entry.role == "viewer");
    BOOST_TEST(entry.from == "10.0.0.7");
}

BOOST_AUTO_TEST_CASE(a_secret_name_hides_whatever_stands_under_it) {
    const Json arguments{{"parameters",
                          {{"pin", 1234},
                           {"db_pass", true},
                           {"PWD", Json::array({"a", "b"})},
                           {"sshKey", {{"kind", "rsa"}, {"body", "x"}}},
                           {"secret", nullptr},
                           {"token", Json::object()},
                           {"hosts", Json::array({{{"password", "hunter2"}, {"name", "web-1"}}})},
                           {"monkey", "m"},
                           {"keyboard", "k"},
                           {"ping", 3}}}};
    const Json expected{{"parameters",
                         {{"pin", "(not recorded)"},
                          {"db_pass", "(not recorded)"},
                          {"PWD", "(not recorded)"},
                          {"sshKey", "(not recorded)"},
                          {"secret", nullptr},
                          {"token", Json::object()},
                          {"hosts", Json::array({{{"password", "(not recorded)"}, {"name", "web-1"}}})},
                          {"monkey", "m"},
                          {"keyboard", "k"},
                          {"ping", 3}}}};
    BOOST_TEST(audit_entry(request(arguments), clock.wall()).arguments == expected.dump());
}

BOOST_AUTO_TEST_CASE(a_long_value_is_shortened_and_hides_no_other) {
    const std::string padding(5'000, 'x');
    const auto text =
        audit_entry(request({{"job", "etc"}, {"parameters", {{"a", padding}, {"path", "/etc/shadow"}}}}), clock.wall())
            .arguments;
    const Json expected{
        {"job", "etc"},
        {"parameters",
         {{"a", fmt::format("{}... (5000 bytes, BLAKE2b {})", std::string(200, 'x'), blake2b_hex(padding))},
          {"path", "/etc/shadow"}}}};
    BOOST_TEST(text == expected.dump());
}

BOOST_AUTO_TEST_CASE(many_values_are_shortened_too_and_nothing_is_larger_than_4_kib) {
    Json parameters = Json::object();
    for (int i = 0; i < 1'000; ++i) {
        parameters[fmt::format("p{:04}", i)] = "value";
    }
    const auto text = audit_entry(request({{"job", "etc"}, {"parameters", parameters}}), clock.wall()).arguments;
    const auto whole = parameters.dump();
    BOOST_TEST(
        (Json::parse(text) == Json{{"job", "etc"},
                                   {"parameters", fmt::format("{}... ({} bytes, BLAKE2b {})", whole.substr(0, 200),
                                                              whole.size(), blake2b_hex(whole))}}));
    const auto refused = audit_entry(request(parameters), clock.wall()).arguments;
    BOOST_TEST(refused.size() < 4'096u);
    BOOST_TEST(refused.find("p0000") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_error_is_recorded_by_its_code) {
    auto entry = audit_entry(request(Json::object()), clock.wall());
    set_outcome(entry, fail(ErrorCode::malformed, "'hunter2' is no number"));
    BOOST_TEST((entry.outcome == AuditOutcome::failed));
    BOOST_TEST(entry.detail == "malformed");
    set_outcome(entry, Json{{"runs", Json::array({{{"id", "1"}}, {{"id", "2"}}})}});
    BOOST_TEST(entry.detail == "1 2");
}

BOOST_AUTO_TEST_CASE(whoever_is_refused_on_and_on_does_not_fill_the_log) {
    for (int i = 0; i < 100; ++i) {
        refuse();
    }
    BOOST_TEST(log().size() == 30u);
    clock.advance(60s);
    refuse();
    BOOST_TEST(log().size() == 31u);
    BOOST_TEST(log().front().entry.detail == "denied (and 70 more like it)");
}

BOOST_AUTO_TEST_CASE(many_of_one_kind_hide_no_other) {
    for (int i = 0; i < 100; ++i) {
        refuse();
    }
    auto other = request(Json::object());
    other.verb = "keys.revoke";
    witness.note(other, fail(ErrorCode::denied, "no"), [](const Result<void>&) {});
    witness.note(request(Json::object()), fail(ErrorCode::not_found, "no"), [](const Result<void>&) {});
    commits.run_pending();
    BOOST_TEST(log().size() == 32u);
}

BOOST_AUTO_TEST_CASE(a_record_that_cannot_be_stored_is_told) {
    store.fail_commits_with = Error{ErrorCode::no_space, "store: disk full"};
    Result<void> noted;
    witness.note(request(Json::object()), Json::object(), [&](Result<void> outcome) { noted = std::move(outcome); });
    commits.run_pending();
    BOOST_TEST(!noted.has_value());
}

BOOST_AUTO_TEST_CASE(an_enrolment_is_recorded_with_its_tokens_id) {
    EnrolmentWitness enrolments(store, clock);
    EnrolmentRequest wish;
    wish.enrol.host = "web-1";
    wish.enrol.token = "vigie_secret";
    wish.enrol.public_key = "claimed";
    wish.connection_key = "proven";
    protocol::Enrolled accepted;
    accepted.is_accepted = true;
    accepted.agent_id = "web-1";
    protocol::Enrolled refused;
    refused.message = "no such token";
    StoreBatch batch;
    BOOST_REQUIRE(enrolments.note(wish, "10.0.0.9", accepted, batch).has_value());
    for (int i = 0; i < 100; ++i) {
        BOOST_REQUIRE(enrolments.note(wish, "10.0.0.9", refused, batch).has_value());
    }
    BOOST_REQUIRE(store.commit(batch).has_value());
    const auto all = log();
    BOOST_REQUIRE(all.size() == 31u);
    BOOST_TEST(all.back().entry.verb == "link.enrol");
    BOOST_TEST((all.back().entry.outcome == AuditOutcome::ok));
    BOOST_TEST(all.back().entry.key == "proven");
    const Json expected{{"host", "web-1"}, {"token_id", blake2b_hex("vigie_secret").substr(0, 12)}};
    BOOST_TEST(all.back().entry.arguments == expected.dump());
    BOOST_TEST((all.front().entry.outcome == AuditOutcome::refused));
    BOOST_TEST(all.front().entry.detail == "no such token");
}

BOOST_AUTO_TEST_SUITE_END()
