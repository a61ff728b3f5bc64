#include "controller/app/health.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller {
namespace {

struct HealthFixture {
    std::vector<SelectedSeries> newest;
    std::map<std::string, CheckText> texts;

    void add(const std::string& metric, LabelSet labels, double value) {
        labels["__name__"] = metric;
        newest.push_back({.id = newest.size(), .labels = std::move(labels), .points = {{wall_from_unix_ms(1), value}}});
    }
    void check(const std::string& name, const std::string& category, double status, bool is_hard = true) {
        const LabelSet labels{{"check", name}, {"category", category}, {"kind", "tcp"}};
        add("vigie_check_status", labels, status);
        add("vigie_check_state_hard", labels, is_hard ? 1 : 0);
        add("vigie_check_since_timestamp_seconds", labels, 1'800'000'000.5);
    }
    std::string shown() const {
        std::string text;
        for (const auto& row : health_of(newest, texts)) {
            text += fmt::format("{}/{} {}{}; ", row.category, row.name, row.state, is_critical(row) ? "!" : "");
        }
        return text;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(health, HealthFixture)

BOOST_AUTO_TEST_CASE(stands_by_category_the_worst_first) {
    check("web", "services", 0);
    check("mail", "services", 2);
    check("odd", "services", 3);
    check("slow", "services", 1);
    check("pg", "database", 2, false);
    BOOST_TEST(shown() ==
               "database/pg critical; services/mail critical!; services/odd unknown; services/slow warning; "
               "services/web ok; ");
}

BOOST_AUTO_TEST_CASE(says_since_when_and_what_was_told) {
    check("web", "services", 2);
    check("quiet", "services", 0);
    texts["web"] = {wall_from_unix_ms(1), "CRITICAL hard 3/3: connect to [::1]:80: refused"};
    texts["gone"] = {wall_from_unix_ms(1), "CRITICAL hard 3/3: x"};
    const auto rows = health_of(newest, texts);
    BOOST_REQUIRE(rows.size() == 2u);
    BOOST_TEST(rows[0].output == "connect to [::1]:80: refused");
    BOOST_TEST((rows[0].since == wall_from_unix_ms(1'800'000'000'500)));
    BOOST_TEST(rows[1].output == "");
}

BOOST_AUTO_TEST_CASE(a_state_and_its_text_are_of_one_moment) {
    check("web", "services", 0);  // at 1 ms
    texts["web"] = {wall_from_unix_ms(2), "CRITICAL soft 1/3: refused"};
    auto row = health_of(newest, texts)[0];
    BOOST_TEST(row.state == "critical");
    BOOST_TEST(!row.is_hard);
    BOOST_TEST(row.output == "refused");
    BOOST_TEST((row.since == wall_from_unix_ms(2)));
    texts["web"].at = wall_from_unix_ms(0);  // the event of the change to OK is still under way
    row = health_of(newest, texts)[0];
    BOOST_TEST(row.state == "ok");
    BOOST_TEST(row.output == "");
    texts["web"] = {wall_from_unix_ms(2), "no state at all"};
    BOOST_TEST(health_of(newest, texts)[0].state == "ok");
}

BOOST_AUTO_TEST_CASE(of_storage_is_the_space_that_file_systems_have_left) {
    const auto fs = [this](const std::string& mount, double size, double available) {
        add("node_filesystem_size_bytes", {{"mountpoint", mount}}, size);
        add("node_filesystem_avail_bytes", {{"mountpoint", mount}}, available);
    };
    fs("/", 1000, 100);
    fs("/var", 1000, 99);
    fs("/srv", 1000, 49);
    fs("/dev", 0, 0);
    add("node_filesystem_size_bytes", {{"mountpoint", "/half"}}, 10);
    BOOST_TEST(shown() == "storage//srv critical!; storage//var warning; storage// ok; ");
    BOOST_TEST(health_of(newest, texts)[0].output == "5% free, 49 B of 1000 B");
}

BOOST_AUTO_TEST_CASE(what_root_alone_may_use_is_neither_used_nor_free) {
    // 100 in all, 50 free of which 10 are root's: df shows 50 / (50 + 40) = 55.6 % used.
    add("node_filesystem_size_bytes", {{"mountpoint", "/"}}, 100);
    add("node_filesystem_free_bytes", {{"mountpoint", "/"}}, 50);
    add("node_filesystem_avail_bytes", {{"mountpoint", "/"}}, 40);
    BOOST_TEST(health_of(newest, texts)[0].output == "44% free, 40 B of 100 B");
}

BOOST_AUTO_TEST_CASE(values_that_are_no_states_are_unknown) {
    check("a", "services", 7);
    check("b", "services", 0.5);
    add("vigie_check_duration_seconds", {{"check", "without-status"}}, 1);
    add("vigie_check_since_timestamp_seconds", {{"check", "a"}}, 1e300);
    BOOST_TEST(shown() == "services/a unknown; services/b unknown; ");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
