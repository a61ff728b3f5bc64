// Lines of applications, good and bad.
#include "agent/statsd/statsd_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

// Writes down what the reader gives: "name kind value" and so on, "!reason" for what it refuses.
struct Notes final : StatsdTaker {
    std::string text;
    std::string unwanted;  // a name
    int groups = 0;
    StatsdSeries series;
    bool begin(const StatsdSeries& begun) override {
        series = begun;
        ++groups;
        return series.name != unwanted;
    }
    void take(const StatsdValue& value) override {
        static constexpr std::array<const char*, 4> kinds{"counter", "gauge", "timer", "set"};
        text += fmt::format("{} {} {}", series.name, kinds.at(static_cast<size_t>(series.kind)),
                            series.kind == StatsdKind::set
                                ? std::string(value.text)
                                : fmt::format("{}{}", value.is_change ? "by " : "", value.value));
        text += series.rate != 1 ? fmt::format(" @{}", series.rate) : "";
        for (const auto& tag : *series.tags) {
            text += fmt::format(" {}={}", tag.name, tag.value);
        }
        text += "\n";
    }
    void refuse(StatsdFault fault) override { text += fmt::format("!{}\n", name_of(fault)); }
};

std::string read(std::string_view datagram) {
    Notes notes;
    StatsdReader(notes).read(datagram);
    return notes.text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(statsd_line)

BOOST_AUTO_TEST_CASE(each_type_is_read) {
    BOOST_TEST(read("a.b:1|c") == "a.b counter 1\n");
    BOOST_TEST(read("a:2.5|g") == "a gauge 2.5\n");
    BOOST_TEST(read("a:+2|g\na:-3|g") == "a gauge by 2\na gauge by -3\n");
    BOOST_TEST(read("a:250|ms") == "a timer 0.25\n");
    BOOST_TEST(read("a:250|h\na:-1|d") == "a timer 250\na timer -1\n");
    BOOST_TEST(read("a:Ann|s") == "a set Ann\n");
}

BOOST_AUTO_TEST_CASE(rates_and_tags_are_read) {
    BOOST_TEST(read("a:1|c|@0.1") == "a counter 1 @0.1\n");
    BOOST_TEST(read("a:1|c|#x:1,y:b:c") == "a counter 1 x=1 y=b:c\n");
    BOOST_TEST(read("a:1|c|@0.5|#x:1|c:container-1|e:pod|card:low") == "a counter 1 @0.5 x=1\n");
}

BOOST_AUTO_TEST_CASE(a_line_may_have_several_values_and_types) {
    BOOST_TEST(read("a:1:2:3|h|#x:y") == "a timer 1 x=y\na timer 2 x=y\na timer 3 x=y\n");
    BOOST_TEST(read("a:1|c:5|ms|@0.5:Ann|s") == "a counter 1\na timer 0.005 @0.5\na set Ann\n");
    BOOST_TEST(read("a:x:5|g") == "!malformed_value\na gauge 5\n");
}

BOOST_AUTO_TEST_CASE(a_sets_value_may_have_colons) {
    BOOST_TEST(read("visitors:2001:db8::1|s") == "visitors set 2001:db8::1\n");
    BOOST_TEST(read("a:1|c:Ann:Bob|s") == "a counter 1\na set Ann:Bob\n");
}

BOOST_AUTO_TEST_CASE(the_taker_is_asked_once_for_all_values_of_a_type) {
    Notes notes;
    StatsdReader(notes).read("a:1:x:3|h:4|c");
    BOOST_TEST(notes.groups == 2);
    notes.unwanted = "b";
    notes.text.clear();
    StatsdReader(notes).read("b:1:2:x|h\nb:bad|h\nc:5|g");
    BOOST_TEST(notes.text == "!malformed_value\nc gauge 5\n");  // the first of b ends with its refusal
}

// 4,097 values: one more than a line may have.
BOOST_AUTO_TEST_CASE(a_line_has_a_bounded_number_of_values) {
    std::string line = "a:1";
    for (size_t i = 0; i < statsd_values_max; ++i) {
        line += ":1";
    }
    const auto notes = read(line + ":1:1|h");
    BOOST_TEST(std::count(notes.begin(), notes.end(), '\n') == static_cast<ptrdiff_t>(statsd_values_max) + 1);
    BOOST_TEST(notes.ends_with("a timer 1\n!too_long\n"));
}

BOOST_AUTO_TEST_CASE(a_bad_line_never_stops_the_rest) {
    BOOST_TEST(read("a:1|c\ngarbage\n\n  \r\nb:2|c\n") == "a counter 1\n!malformed_line\nb counter 2\n");
}

BOOST_AUTO_TEST_CASE(what_is_bad_is_told_by_its_reason) {
    const auto expect = [](std::string_view line, std::string_view reason) {
        BOOST_TEST(read(line) == fmt::format("!{}\n", reason), line);
    };
    expect("a", "malformed_line");
    expect(":1|c", "malformed_line");
    expect("\xff:1|c", "malformed_line");
    expect("a:1", "malformed_component");
    expect("a:1|", "malformed_component");
    expect("a:1|c|x", "malformed_component");
    expect("a:|c", "malformed_value");
    expect("a:|s", "malformed_value");
    expect("a:one|c", "malformed_value");
    expect("a:inf|g", "malformed_value");
    expect("a:nan|g", "malformed_value");
    expect("a:1|c|@0", "invalid_sample_factor");
    expect("a:1|c|@1.5", "invalid_sample_factor");
    expect("a:1|c|@often", "invalid_sample_factor");
    expect("a:1|h|@1e-320", "invalid_sample_factor");  // 1e320 is no double
    expect("a:1e300|c|@1e-10", "malformed_value");     // 1e310 is none
    expect("a:1|x", "unknown_type");
    expect("_e{5,4}:title|text", "unsupported");
    expect("_sc|Redis|0", "unsupported");
    expect("a:1|c|T1656581400", "unsupported");
    expect("a:-1|c", "negative_counter");
    expect(std::string(statsd_name_bytes_max + 1, 'a') + ":1|c", "too_long");
}

BOOST_AUTO_TEST_CASE(a_bad_tag_costs_that_tag_only) {
    BOOST_TEST(read("a:1|c|#x,y:1,:2,z:") == "!malformed_tag\n!malformed_tag\n!malformed_tag\na counter 1 y=1\n");
    std::string many = "a:1|c|#";
    for (size_t i = 0; i <= statsd_tags_max; ++i) {
        many += fmt::format("t{}:1,", i);
    }
    const auto notes = read(many);
    BOOST_TEST(notes.starts_with("!malformed_tag\na counter 1 t0=1"));
    BOOST_TEST(read("a:1|c|#x:" + std::string(statsd_tag_value_bytes_max + 1, 'v')) == "!too_long\na counter 1\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
