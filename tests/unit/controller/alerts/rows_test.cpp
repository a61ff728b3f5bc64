#include "controller/alerts/rows.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::alerts {
namespace {

Notification some_notification() {
    Notification notification;
    notification.receiver = "on call/é";
    notification.alert_id = "00000000000000aa";
    notification.is_resolved = true;
    notification.labels = {{"alertname", "A"}, {"path", std::string("a\0b\xff", 4)}};
    notification.annotations = {{"summary", "disk <10% a-b_c & \"é\""}};
    notification.starts_at = wall_from_unix_ms(1'000);
    notification.ends_at = wall_from_unix_ms(2'000);
    notification.value = -0.5;
    return notification;
}

AlertRecord some_record() {
    AlertRecord record;
    record.id = "00000000000000aa";
    record.agent = AgentId{"web-1"};
    record.rule_key =
        "g\x1f"
        "A";
    record.group = "g";
    record.name = "A";
    record.expression = "a > 1";
    record.series = {{"instance", "web-1"}};
    record.labels = {{"alertname", "A"}, {"instance", "web-1"}};
    record.annotations = {{"summary", "hot"}};
    record.template_failures = {"annotation 'summary': there is no field '.Pool'"};
    record.value = 90;
    record.state.phase = Phase::no_data;
    record.state.is_open = true;
    record.state.fired_at = wall_from_unix_ms(1'000);
    record.state.false_since = wall_from_unix_ms(1'500);
    record.state.changes = 0x80001;
    record.state.beneath = Episode{.phase = Phase::pending, .active_since = wall_from_unix_ms(1'700)};
    record.transitions = 3;
    return record;
}

// Every shorter and longer row must be refused, without a crash.
template <typename Decode>
void refuses_damage(const std::string& row, Decode decode) {
    for (size_t size = 0; size < row.size(); ++size) {
        BOOST_TEST(!decode(std::string_view(row).substr(0, size)).has_value());
    }
    BOOST_TEST(!decode(row + "x").has_value());
    auto newer = row;
    newer[0] = 99;
    BOOST_TEST(!decode(newer).has_value());
}

BOOST_AUTO_TEST_SUITE(rows)

BOOST_AUTO_TEST_CASE(read_back_what_was_written) {
    BOOST_TEST((decode_notification(encode(some_notification())).value() == some_notification()));
    BOOST_TEST((decode_alert(encode(some_record())).value() == some_record()));
    const EvaluationCursor cursor{~0ULL, 7, wall_from_unix_ms(-5)};
    BOOST_TEST((decode_cursor(encode(cursor)).value() == cursor));
    const Transition transition{Phase::pending, Phase::firing, wall_from_unix_ms(1), wall_from_unix_ms(2), 3,
                                cursor,         "sample"};
    BOOST_TEST((decode_transition(encode(transition)).value() == transition));
}

// It ends before what tells of flapping: four bytes and one.
BOOST_AUTO_TEST_CASE(an_alert_s_row_of_the_version_before_is_read) {
    auto record = some_record();
    record.state.changes = 0;
    record.state.beneath.reset();
    auto row = encode(record);
    row.resize(row.size() - 5);
    row[0] = 1;
    BOOST_TEST((decode_alert(row).value() == record));
    BOOST_TEST(!decode_alert(row + "x").has_value());
}

BOOST_AUTO_TEST_CASE(refuse_damaged_and_newer_ones) {
    refuses_damage(encode(some_notification()), decode_notification);
    refuses_damage(encode(some_record()), decode_alert);
    refuses_damage(encode(EvaluationCursor{}), decode_cursor);
    refuses_damage(encode(Transition{}), decode_transition);
}

// The offset basis of FNV-1a, and a value of prometheus/common's own signature test.
BOOST_AUTO_TEST_CASE(fingerprint_is_alertmanager_s) {
    BOOST_TEST(fingerprint({}) == "cbf29ce484222325");
    BOOST_TEST(fingerprint({{"name", "garland, briggs"}, {"fear", "love is not enough"}}) ==
               fmt::format("{:016x}", 5799056148416392346ULL));
}

BOOST_AUTO_TEST_CASE(idempotency_keys_tell_episodes_statuses_and_receivers_apart) {
    auto one = some_notification();
    BOOST_TEST(idempotency_key(one) == "00000000000000aa-1000-resolved-on%20call%2F%C3%A9");
    auto other = one;
    other.is_resolved = false;
    BOOST_TEST(idempotency_key(other) == "00000000000000aa-1000-firing-on%20call%2F%C3%A9");
    other.value = 17;  // a repeat of the same message may carry another value
    other.annotations.clear();
    BOOST_TEST(idempotency_key(other) == "00000000000000aa-1000-firing-on%20call%2F%C3%A9");
    other.starts_at += 1ms;
    BOOST_TEST(idempotency_key(other) != "00000000000000aa-1000-firing-on%20call%2F%C3%A9");
}

BOOST_AUTO_TEST_CASE(outbox_keys_sort_by_number) {
    BOOST_TEST(queued_key(2) < queued_key(256));
    BOOST_TEST(read_outbox_key(queued_key(256)).value() == 256U);
    BOOST_TEST(read_outbox_key(failed_key(7)).value() == 7U);
    BOOST_TEST(!read_outbox_key("").has_value());
    BOOST_TEST(!read_outbox_key("x1").has_value());
}

BOOST_AUTO_TEST_CASE(ids_differ_by_rule_host_and_series) {
    const auto id = alert_id("r", AgentId{"a"}, {{"x", "1"}});
    BOOST_TEST(id.size() == 16U);
    BOOST_TEST(id != alert_id("s", AgentId{"a"}, {{"x", "1"}}));
    BOOST_TEST(id != alert_id("r", AgentId{"b"}, {{"x", "1"}}));
    BOOST_TEST(id != alert_id("r", AgentId{"a"}, {{"x", "2"}}));
    BOOST_TEST(alert_id("r", AgentId{"ab"}, {}) != alert_id("ra", AgentId{"b"}, {}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::alerts
