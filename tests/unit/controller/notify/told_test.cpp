#include "controller/notify/told.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::notify {
namespace {

BOOST_AUTO_TEST_SUITE(told)

BOOST_AUTO_TEST_CASE(rows_and_keys_come_back_as_they_were) {
    const Told one{wall_from_unix_ms(1'800'000'000'000), {1, UINT64_MAX}, {7}, 12};
    BOOST_TEST((decode_told(encode(one)).value() == one));
    BOOST_TEST((decode_told(encode(Told{})).value() == Told{}));
    const ToldKey key{std::string("a\0b", 3), R"({}:{alertname="A"})"};
    BOOST_TEST((read_told_key(told_key(key)).value() == key));
    BOOST_TEST((decode_told("junk").error().code == ErrorCode::corrupt));
    BOOST_TEST(!read_told_key("q1").has_value());
    BOOST_TEST(!read_told_key("").has_value());
}

BOOST_AUTO_TEST_CASE(an_episode_is_an_alert_its_labels_and_its_start) {
    alerts::Notification one;
    one.alert_id = "a";
    one.labels = {{"x", "y"}};
    one.starts_at = wall_from_unix_ms(1);
    auto same = one;
    same.is_resolved = true;
    same.ends_at = wall_from_unix_ms(5);
    same.annotations = {{"summary", "s"}};
    BOOST_TEST(episode_of(one) == episode_of(same));
    same.starts_at = wall_from_unix_ms(2);
    BOOST_TEST(episode_of(one) != episode_of(same));
    same = one;
    same.labels["x"] = "z";
    BOOST_TEST(episode_of(one) != episode_of(same));
    same = one;
    same.alert_id = "b";
    BOOST_TEST(episode_of(one) != episode_of(same));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify
