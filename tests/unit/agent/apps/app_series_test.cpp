// Caps, and keys that come twice.
#include "agent/apps/app_series.hpp"

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
    BOOST_TEST(write({&one, &two}) == "node_load1 a b c ");
    BOOST_TEST(count("vigie_app_series_left_out{source=\"two\"}") == 0);
}

BOOST_AUTO_TEST_CASE(a_key_that_the_host_gets_later_makes_way) {
    Source one("one", {"a", "b"});
    BOOST_TEST(write({&one}) == "node_load1 a b ");
    host.emplace_back("b");
    BOOST_TEST(write({&one}) == "node_load1 b a ");
}

BOOST_AUTO_TEST_CASE(what_is_left_out_is_told_once_an_hour_with_the_label_that_explodes) {
    series.set_series_max(1);
    Source one("one", {"a{u=\"1\",z=\"x\"}", "a{u=\"2\",z=\"x\"}"});
    one.given = {.series_max = 2, .left_out = 7, .example = "a{u=\"3\"}"};
    write({&one});
    const auto notices = series.take_notices();
    BOOST_REQUIRE(notices.size() == 1u);
    BOOST_TEST(notices[0].starts_with("one: 8 series or values are left out, such as a{u=\"2\",z=\"x\"}: it may have 2 "
                                      "series, all applications 1 and 960 KiB"),
               notices[0]);
    BOOST_TEST(notices[0].ends_with("1 are sent; the label u has the most values, 2"), notices[0]);
    write({&one});
    BOOST_TEST(series.take_notices().empty());
    now += 1h;
    write({&one});
    BOOST_TEST(series.take_notices().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
