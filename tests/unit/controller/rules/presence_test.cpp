#include "controller/rules/presence.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>
#include <random>
#include <set>

#include "controller/query/engine.hpp"
#include "controller/query/memory_source.hpp"

namespace vigie::controller::rules {
namespace {

// As Prometheus prints it.
std::string presence(const std::string& text) {
    const auto expression = query::Expression::parse(text);
    BOOST_REQUIRE_MESSAGE(expression, text);
    const auto made = presence_of(*expression);
    BOOST_REQUIRE_MESSAGE(made, text << ": " << (made ? "" : made.error().message));
    return query::print(made->expression.root());
}

const WallTime now = wall_from_unix_ms(1'800'000'000'000);

// Some of the series a, b and c of two hosts and two devices, with small values.
query::MemorySource some_series(std::mt19937& random) {
    query::MemorySource source;
    for (const auto* name : {"a", "b", "c"}) {
        for (const auto* host : {"web", "db"}) {
            for (const auto* device : {"", "sda", "sdb"}) {
                if (random() % 3 != 0) {
                    source.add({{"__name__", name}, {"instance", host}, {"device", device}}, {unix_ms(now)},
                               {static_cast<double>(random() % 5)});
                }
            }
        }
    }
    return source;
}

// Without the names; nullopt when it cannot be evaluated.
std::optional<std::set<query::Labels>> label_sets(const query::Expression& expression, query::SeriesSource& source) {
    const auto value = query::evaluate_at(expression, source, now);
    if (!value) {
        return std::nullopt;
    }
    std::set<query::Labels> sets;
    for (const auto& series : value->series) {
        query::Labels labels(series.labels.begin(), series.labels.end());
        labels.erase(query::metric_name_label);
        sets.insert(std::move(labels));
    }
    return sets;
}

BOOST_AUTO_TEST_SUITE(rule_presence)

BOOST_AUTO_TEST_CASE(whatever_the_values_are_a_rule_s_label_sets_are_in_its_presence) {
    std::mt19937 random(20260101);
    for (const auto* text : {"a > 2", "a > 1 < 4", "a > b", "a > on (instance, device) b", "a > 2 or b > 2",
                             "a > 2 or on (instance) b > 2", "a > 2 or ignoring (device) b > 1 or on () c > 3",
                             "(a > 2 or on (instance) b) > 3", "a > 2 and b > 2", "a and on (instance) b > 3",
                             "a > 1 unless b > 2", "a > 1 unless on (instance) b > 2", "a + (b > 2) > 3",
                             "sum by (instance) (a > 2) > 3", "count by (device) (a or on (instance) b > 1) > 1",
                             "topk(2, a > 1) > 2", "max without (device) (a) > 2 or on () b > 3", "absent(a > 3)"}) {
        const auto expression = query::Expression::parse(text).value();
        const auto made = presence_of(expression).value();
        size_t seen = 0;
        for (int i = 0; i < 100; ++i) {
            auto source = some_series(random);
            const auto all = label_sets(made.expression, source);
            const auto found = label_sets(expression, source);
            for (const auto& labels : all&& found ? *found : std::set<query::Labels>()) {
                ++seen;
                BOOST_TEST(all->contains(labels),
                           text << " is true for what is not in " << query::print(made.expression.root()));
            }
        }
        BOOST_TEST(seen > 0U, text);
    }
}

BOOST_AUTO_TEST_CASE(a_comparison_with_a_number_leaves_what_is_compared) {
    BOOST_TEST(presence("a > 1") == "(a)");
    BOOST_TEST(presence("1 < a{b=\"c\"}") == "(a{b=\"c\"})");
    BOOST_TEST(presence("a > 1 < 5") == "((a))");
    BOOST_TEST(presence("rate(a[5m]) * 2 > 1 # why\n") == "(rate(a[5m]) * 2)");
    BOOST_TEST(presence("sum by (x) (a > 1) > 2") == "(sum by (x) ((a)))");
    BOOST_TEST(presence("sum(a != 0) without (x) > 2") == "(sum without (x) ((a)))");
}

BOOST_AUTO_TEST_CASE(a_comparison_of_vectors_becomes_a_number) {
    BOOST_TEST(presence("a > on (x) group_left () b") == "a > bool on (x) group_left () b");
    BOOST_TEST(presence("a>b") == "a > bool b");
    BOOST_TEST(presence("(a > 1) <= (b < 5)") == "((a)) <= bool ((b))");
}

BOOST_AUTO_TEST_CASE(what_is_no_filter_stays_as_it_is) {
    for (const auto* text :
         {"a", "a + b", "a > bool 1", "max_over_time(a[1h:5m] offset 1d)", "time() - a", "quantile(0.9, a)",
          "label_replace(a, \"b\", \"$1\", \"c\", \"(.*)\")", "1", "scalar(a) > bool 2"}) {
        BOOST_TEST(presence(text) == query::print(query::Expression::parse(text)->root()));
    }
}

BOOST_AUTO_TEST_CASE(sets_keep_what_could_be_in_them) {
    BOOST_TEST(presence("a > 1 and b > 2") == "(a) and (b)");
    BOOST_TEST(presence("a > 1 or b > 2") == "(a) or (b)");
    BOOST_TEST(presence("a > 1 or on (x) b > 2") == "((a)) or ((b))");
    BOOST_TEST(presence("a > 1 unless b > 2") == "((a))");
    BOOST_TEST(presence("topk(3, a > 1)") == "((a))");
    BOOST_TEST(presence("max_over_time((a > 1)[1h:1m] @ end())") == "max_over_time(((a))[1h:1m] @ end())");
}

BOOST_AUTO_TEST_CASE(whether_something_is_absent_is_always_known) {
    BOOST_TEST(presence("absent(a)") == "vector(1)");
    BOOST_TEST(presence("absent(a{b=\"c$1\",d=~\"e\",f=\"g\",f!=\"h\"})") ==
               "label_replace(vector(1), \"b\", \"c$$1\", \"b\", \".*\")");
    BOOST_TEST(presence("absent(sum(a)) == 1") == "(vector(1))");
    BOOST_TEST(presence("absent_over_time(a{b=\"c\"}[5m])") == "label_replace(vector(1), \"b\", \"c\", \"b\", \".*\")");
}

BOOST_AUTO_TEST_CASE(labels_made_of_values_are_open) {
    const auto expression = query::Expression::parse("count_values(\"v\", a) > 1").value();
    const auto made = presence_of(expression).value();
    BOOST_TEST(made.has_open_labels);
    BOOST_TEST(query::print(made.expression.root()) == "((a))");
    BOOST_TEST(!presence_of(query::Expression::parse("count(a) > 1").value()).value().has_open_labels);
}

// Where there is no alert there is no such series: that is known at any time.
BOOST_AUTO_TEST_CASE(what_reads_alerts_alone_is_false_where_they_are_missing) {
    for (const auto* text :
         {"ALERTS", "ALERTS{alertstate=\"firing\"} == 1", "count by (x) (ALERTS) > 5", "absent(ALERTS{a=\"b\"})",
          "time() - ALERTS_FOR_STATE > 3600", "max_over_time(ALERTS[5m]) unless ALERTS", "ALERTS unless on () a > 1"}) {
        const auto made = presence_of(query::Expression::parse(text).value()).value();
        BOOST_TEST(made.has_open_labels, text);
        BOOST_TEST(query::print(query::bare(made.expression.root())) == "vector(1)", text);
    }
}

BOOST_AUTO_TEST_CASE(beside_alerts_there_is_to_compare_what_the_other_side_has) {
    const auto is_open = [](const std::string& text) {
        return presence_of(query::Expression::parse(text).value()).value().has_open_labels;
    };
    for (const auto* text : {"a > 1 and on (x) ALERTS", "a > 1 unless on (x) ALERTS"}) {
        BOOST_TEST(presence(text) == "((a))");
        BOOST_TEST(!is_open(text));
    }
    for (const auto* text :
         {"ALERTS and on (x) a > 1", "ALERTS * on (x) (a > 1)", "(a > 1) + on (x) ALERTS", "a > 1 or ALERTS"}) {
        BOOST_TEST(query::print(query::bare(presence_of(query::Expression::parse(text).value())->expression.root())) ==
                   "a");
        BOOST_TEST(is_open(text), text);
    }
    BOOST_TEST(presence("a > scalar(count(ALERTS))") == "(a)");
    BOOST_TEST(presence("clamp_max(a, scalar(ALERTS))") == "clamp_max(a, scalar(vector(1)))");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules
