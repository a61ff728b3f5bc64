// The judge's inputs, one for each rule of the specification, and what they can't hold.
#include "agent/series/openmetrics.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

namespace vigie::agent {
namespace {

struct Input {
    std::string name;
    bool is_good = false;
    std::string text;
};

// tests/judges/openmetrics/inputs.py reads the same.
std::vector<Input> inputs_of_the_judge() {
    std::ifstream file("tests/judges/openmetrics/inputs.txt");
    std::vector<Input> inputs;
    bool is_unended = false;
    const auto finish = [&] {
        if (is_unended && inputs.back().text.ends_with('\n')) {
            inputs.back().text.pop_back();
        }
    };
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("### ")) {
            finish();
            std::istringstream words(line.substr(4));
            std::string verdict;
            words >> verdict >> inputs.emplace_back().name;
            inputs.back().is_good = verdict == "good";
            is_unended = line.find(" unended") != std::string::npos;
        } else if (!inputs.empty()) {
            inputs.back().text += line + "\n";
        }
    }
    return inputs;
}

std::string read(std::string_view text) {
    std::string lines;
    const auto done = parse_openmetrics(text, [&](const ParsedSample& sample) {
        append_key(lines, sample.name, sample.labels);
        lines += fmt::format(" {} {}\n", sample.value, sample.time ? fmt::format("{}", *sample.time) : "-");
    });
    return done ? lines : done.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(openmetrics)

BOOST_AUTO_TEST_CASE(each_rule_of_the_specification_holds) {
    const auto inputs = inputs_of_the_judge();
    BOOST_TEST(inputs.size() > 150u);
    for (const auto& input : inputs) {
        const auto done = parse_openmetrics(input.text, [](const ParsedSample&) {});
        BOOST_TEST(done.has_value() == input.is_good,
                   input.name << ": " << (done ? "good" : done.error().message.c_str()));
    }
}

BOOST_AUTO_TEST_CASE(samples_come_with_their_times_and_without_exemplars) {
    BOOST_TEST(
        read("# TYPE a counter\na_total{z=\"1\",b=\"\\q\"} 5 1.5 # {x=\"y\"} 1\na_total 4\na_created 3\n# EOF") ==
        "a_total{b=\"\\\\q\",z=\"1\"} 5 1.5\na_total 4 -\na_created 3 -\n");
    BOOST_TEST(read("a 1 10\na 2 10\na 3 11\n# EOF\n") == "a 1 10\na 3 11\n");
}

BOOST_AUTO_TEST_CASE(each_point_of_an_info_is_taken) {
    BOOST_TEST(read("# TYPE b info\nb_info{v=\"1\"} 1 10\nb_info{v=\"1\"} 1 11\nb_info{v=\"2\"} 1\n# EOF\n") ==
               "b_info{v=\"1\"} 1 10\nb_info{v=\"1\"} 1 11\nb_info{v=\"2\"} 1 -\n");
}

// In one group at one time, where each is compared with all before it.
BOOST_AUTO_TEST_CASE(a_histogram_may_have_many_buckets) {
    std::string text = "# TYPE h histogram\n";
    for (int i = 0; i < 20'000; ++i) {
        text += fmt::format("h_bucket{{le=\"{}\"}} 1\n", i);
    }
    BOOST_TEST(read(text + "h_bucket{le=\"+Inf\"} 1\n# EOF\n").size() > 20'000u);
    BOOST_TEST(read(text + "h_bucket{le=\"7\"} 1\n# EOF\n") ==
               "line 20002: h_bucket stands there twice with the same labels");
}

BOOST_AUTO_TEST_CASE(the_first_broken_rule_is_named_with_its_line) {
    BOOST_TEST(read("# TYPE a counter\na 1\n# EOF\n") ==
               "line 3: the name a clashes with a family before it, or its lines stand apart");
    BOOST_TEST(read("a 1\n") == "the text must end with the line # EOF: it may be cut off");
    BOOST_TEST(read("a  1\n# EOF\n") == "line 1: '' is no number after exactly one blank");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf_8_are_refused_and_a_zero_byte_is_not) {
    BOOST_TEST(read("# HELP a \xff\na 1\n# EOF\n") == "the text is not UTF-8");
    using namespace std::string_literals;
    BOOST_TEST(read("# HELP a x\0y\na 1\n# EOF\n"s) == "a 1 -\n");
}

BOOST_AUTO_TEST_CASE(groups_are_told_apart_however_many_there_are) {
    std::string text = "# TYPE a gauge\n";
    for (int i = 0; i < 5000; ++i) {
        text += fmt::format("a{{i=\"{}\"}} 1\n", i);
    }
    BOOST_TEST(parse_openmetrics(text + "# EOF\n", [](const ParsedSample&) {}).has_value());
    BOOST_TEST(read(text + "a{i=\"2500\"} 1\n# EOF\n") == "line 5002: the samples of a group must stand together");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
