// Caps, and keys that come twice.
#include "agent/apps/app_series.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

struct Source final : SeriesSource {
    Source(std::string its_name, std::vector<std::string> its_keys)
        : source_name(std::move(its_name)), keys(std::move(its_keys)) {}
    const std::string& name() const override { return source_name; }
    void begin_collection(MonoTime) override { ++collections; }
    void add_series(const AddSeries& add) const override {
        for (const auto& key : keys) {
            add(key, 1);
        }
    }
    void add_own_series(const AddSeries& add) const override { add("vigie_own{source=\"" + source_name + "\"}", 1); }
    SourceRoom room() const override { return given; }

    std::string source_name;
    std::vector<std::string> keys;
    SourceRoom given{.series_max = 10, .left_out = 0, .example = ""};
    int collections = 0;
};

struct Writing {
    AppSeries series{100};
    SeriesWriter writer;
    std::vector<std::string> host{"node_load1"};
    bool has_changed = false;
    MonoTime now{1h};

    // All keys but the caps' own, in one line.
    std::string write(std::vector<SeriesSource*> sources) {
        now += 10s;
        writer.begin();
        for (const auto& key : host) {
            writer.add_key(key, 5);
        }
        series.write(sources, writer, now);
        has_changed = writer.finish();
        const auto end = writer.schema().find("vigie_app_series{");
        auto keys = writer.schema().substr(0, end);
        std::replace(keys.begin(), keys.end(), '\n', ' ');
        return keys;
    }
    double count(const std::string& key) const {
        const auto at = ("\n" + writer.schema()).find("\n" + key + "\n");
        BOOST_REQUIRE(at != std::string::npos);
        return writer.values().at(static_cast<size_t>(
            std::count(writer.schema().begin(), writer.schema().begin() + static_cast<ptrdiff_t>(at), '\n')));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(app_series, Writing)

BOOST_AUTO_TEST_CASE(series_follow_the_hosts_and_are_counted) {
    Source one("one", {"a", "b"});
    Source two("two", {"c"});
    BOOST_TEST(write({&one, &two}) == "node_load1 a b c ");
    BOOST_TEST(count("vigie_app_series{source=\"one\"}") == 2);
    BOOST_TEST(count("vigie_app_series_limit{source=\"two\"}") == 10);
    BOOST_TEST(count("vigie_app_series_left_out{source=\"two\"}") == 0);
    BOOST_TEST(write({&one, &two}) == "node_load1 a b c ");
    BOOST_TEST(!has_changed);
    BOOST_TEST(one.collections == 2);
    BOOST_TEST(series.take_notices().empty());
}

BOOST_AUTO_TEST_CASE(all_together_have_a_cap_and_the_first_keep_their_places) {
    series.set_series_max(3);
    Source one("one", {"a", "b"});
    Source two("two", {"c", "d", "e"});
    BOOST_TEST(write({&one, &two}) == "node_load1 a b c ");
    BOOST_TEST(count("vigie_app_series_left_out{source=\"one\"}") == 0);
    BOOST_TEST(count("vigie_app_series_left_out{source=\"two\"}") == 2);
    BOOST_TEST(count("vigie_own{source=\"two\"}") == 1);
}

BOOST_AUTO_TEST_CASE(a_reading_never_grows_beyond_what_an_entry_may_have) {
    series.set_series_max(100'000);
    std::vector<std::string> keys;
    for (int i = 0; i < 3'000; ++i) {
        keys.push_back(fmt::format("a{{i=\"{:0>500}\"}}", i));
    }
    Source huge("huge", keys);
    write({&huge});
    BOOST_TEST(writer.schema().size() + 9 * writer.values().size() < 1024u * 1024u - 10'000u);
    BOOST_TEST(count("node_load1") == 5);
    BOOST_TEST(count("vigie_app_series_left_out{source=\"huge\"}") > 1'000);
}

BOOST_AUTO_TEST_CASE(a_key_of_the_host_or_of_an_earlier_source_is_left_out) {
    Source one("one", {"a", "node_load1", "b"});
    Source two("two", {"b", "c"});
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(write({&one, &two}) == "node_load1 a b c ");
        BOOST_TEST(count("vigie_app_series_left_out{source=\"one\"}") == 1);
        BOOST_TEST(count("vigie_app_series_left_out{source=\"two\"}") == 1);
    }
    BOOST_TEST(!has_changed);
    one.keys = {"a"};
    now += left_out_shown;
    BOOST_TEST(write({&one, &two}) == "node_load1 a b c ");
    BOOST_TEST(count("vigie_app_series_left_out{source=\"two\"}") == 0);
}

BOOST_AUTO_TEST_CASE(a_key_that_the_host_gets_later_makes_way) {
    Source one("one", {"a", "b"});
    BOOST_TEST(write({&one}) == "node_load1 a b ");
    host.emplace_back("b");
    BOOST_TEST(write({&one}) == "node_load1 b a ");
}

// A new one comes before the others by name, and by its source.
BOOST_AUTO_TEST_CASE(what_was_sent_keeps_its_place) {
    series.set_series_max(3);
    Source one("one", {"c"});
    Source two("two", {"d", "e"});
    BOOST_TEST(write({&one, &two}) == "node_load1 c d e ");
    one.keys = {"a", "c"};
    two.keys = {"b", "d", "e"};
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(write({&one, &two}) == "node_load1 c d e ");
        BOOST_TEST(count("vigie_app_series_left_out{source=\"one\"}") == 1);
        BOOST_TEST(count("vigie_app_series_left_out{source=\"two\"}") == 1);
    }
    BOOST_TEST(!has_changed);
    two.keys = {"b", "e"};  // one place is free for the first of the new ones
    BOOST_TEST(write({&one, &two}) == "node_load1 a c e ");
    two.keys = {"e"};
    BOOST_TEST(write({&one, &two}) == "node_load1 a c e ");
    two.keys = {"d", "e"};
    BOOST_TEST(write({&one, &two}) == "node_load1 a c e ");
}

// 1,900 of 500 bytes fill the reading.
BOOST_AUTO_TEST_CASE(what_was_sent_keeps_its_place_when_bytes_run_out) {
    series.set_series_max(100'000);
    Source one("one", {});
    for (int i = 0; i < 1'900; ++i) {
        one.keys.push_back(fmt::format("b{{i=\"{:0>490}\"}}", i));
    }
    const auto before = write({&one});
    one.keys.insert(one.keys.begin(), 50, "");
    for (size_t i = 0; i < 50; ++i) {
        one.keys[i] = fmt::format("a{{i=\"{:0>490}\"}}", i);
    }
    const auto after = write({&one});
    BOOST_TEST(after.find(before.substr(before.find("b{"))) != std::string::npos);
    BOOST_TEST(after.size() <= reading_bytes_max);
}

// One sample each 30 s finds no room. `for: 5m` of an alert must hold, and one event is enough.
BOOST_AUTO_TEST_CASE(what_is_left_out_now_and_then_is_shown_all_the_time_and_told_once) {
    Source one("one", {"a"});
    for (int i = 0; i < 60; ++i) {
        one.given = {.series_max = 1, .left_out = i % 3 == 0 ? 1u : 0u, .example = "b"};
        write({&one});
        BOOST_TEST(count("vigie_app_series_left_out{source=\"one\"}") == 1);
    }
    BOOST_TEST(series.take_notices().size() == 1u);
    one.given.left_out = 0;
    now += left_out_shown;
    write({&one});
    BOOST_TEST(count("vigie_app_series_left_out{source=\"one\"}") == 0);
    one.given.left_out = 1;
    write({&one});
    BOOST_TEST(series.take_notices().empty());  // within the hour
}

BOOST_AUTO_TEST_CASE(names_that_explode_are_told_as_such_and_quantiles_never) {
    Source one("one", {"id_1{quantile=\"0.1\"}", "id_1{quantile=\"0.2\"}", "id_1{quantile=\"0.3\"}", "id_2"});
    one.given.left_out = 1;
    write({&one});
    const auto notices = series.take_notices();
    BOOST_REQUIRE(notices.size() == 1u);
    BOOST_TEST(notices[0].starts_with("one: it has 2 different names; 1 series"), notices[0]);
}

BOOST_AUTO_TEST_CASE(what_is_left_out_is_told_once_an_hour_with_the_label_that_explodes) {
    series.set_series_max(1);
    Source one("one", {"a{u=\"1\",z=\"x\"}", "a{u=\"2\",z=\"x\"}"});
    one.given = {.series_max = 2, .left_out = 7, .example = "a{u=\"3\"}"};
    write({&one});
    const auto notices = series.take_notices();
    BOOST_REQUIRE(notices.size() == 1u);
    BOOST_TEST(notices[0].starts_with("one: the label u has the most values, 2; 8 series or values are left out, such "
                                      "as a{u=\"2\",z=\"x\"}: it may have 2 series, all applications 1 and 960 KiB"),
               notices[0]);
    BOOST_TEST(notices[0].ends_with("; 1 are sent"), notices[0]);
    write({&one});
    BOOST_TEST(series.take_notices().empty());
    now += 1h;
    write({&one});
    BOOST_TEST(series.take_notices().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
