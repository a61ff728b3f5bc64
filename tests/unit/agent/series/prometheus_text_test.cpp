// Whole expositions in Prometheus' text format.
#include "agent/series/prometheus_text.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

// "key value time\n" of each sample, or the error.
std::string read(std::string_view text) {
    std::string lines;
    const auto done = parse_prometheus_text(text, [&](const ParsedSample& sample) {
        append_key(lines, sample.name, sample.labels);
        lines += fmt::format(" {} {}\n", sample.value, sample.time ? fmt::format("{}", *sample.time) : "-");
    });
    return done ? lines : done.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prometheus_text)

BOOST_AUTO_TEST_CASE(samples_come_in_their_order) {
    BOOST_TEST(read("# HELP a Something.\n# TYPE a counter\na{x=\"1\"} 5\n\n  a{x=\"2\",} 6 1700000000000\nb NaN") ==
               "a{x=\"1\"} 5 -\na{x=\"2\"} 6 1700000000000\nb nan -\n");
    BOOST_TEST(read("").empty());
    BOOST_TEST(read("#\n# anything at all\n#a 1\n").empty());
}

BOOST_AUTO_TEST_CASE(the_first_bad_line_is_named) {
    BOOST_TEST(read("a 1\nb x\nc") == "line 2: 'x' is no number");
    BOOST_TEST(read("a 1 1.5\n").starts_with("line 1: '1.5' behind the value is no time"));
    BOOST_TEST(read("a 1 2 3\n").starts_with("line 1: '2 3' behind the value is no time"));
    BOOST_TEST(read("\n{a=\"1\"} 1\n") == "line 2: a line must begin with the name of a metric");
    BOOST_TEST(read("# TYPE a thing\n").starts_with("line 1: TYPE must be followed by"));
    BOOST_TEST(read("# TYPE 1a gauge\n").starts_with("line 1: TYPE must be followed by"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
