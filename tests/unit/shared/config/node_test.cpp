#include "shared/config/node.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;

namespace {
struct Sample {
    std::string host;
    milliseconds interval{10s};
    int64_t jobs = 1;
};
Result<Sample> read(std::string_view text) {
    VIGIE_TRY(const auto node, config::parse_yaml(text, "agent.yaml"));
    Sample sample;
    config::MappingReader reader(node, "agent.yaml");
    reader.required("host", sample.host);
    reader.optional("interval", sample.interval);
    reader.optional("jobs", sample.jobs);
    VIGIE_CHECK(reader.finish());
    return sample;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(mapping_reader)

BOOST_AUTO_TEST_CASE(fills_a_struct) {
    const auto sample = read("host: web-1\ninterval: 1m30s\n").value();
    BOOST_TEST(sample.host == "web-1");
    BOOST_TEST(sample.interval.count() == 90'000);
}

BOOST_AUTO_TEST_CASE(names_file_line_key_and_the_nearest_known_key) {
    BOOST_TEST(read("host: a\nintervall: 5s\n").error().message ==
               "agent.yaml:2: unknown key 'intervall', did you mean 'interval'?");
    BOOST_TEST(read("\ninterval: 5s\n").error().message == "agent.yaml:2: key 'host' is missing");
    BOOST_TEST(read("hots: a\n").error().message == "agent.yaml:1: unknown key 'hots', did you mean 'host'?");
    BOOST_TEST(read("host: a\njobs: many\n").error().message == "agent.yaml:2: jobs: must be a whole number");
    BOOST_TEST(read("host: a\nhost: b\n").error().message == "agent.yaml:2: key 'host' stands twice");
}

BOOST_AUTO_TEST_CASE(hostile_documents_are_refused) {
    BOOST_TEST(!config::parse_yaml(std::string(100'000, '['), "f").has_value());
    BOOST_TEST(!config::parse_yaml("a: [1, 2\nb: }", "f").has_value());
    // Nine anchors of ten references each stand for 10^9 values.
    std::string bomb = "a0: &a0 x\n";
    for (int i = 1; i < 10; ++i) {
        bomb += fmt::format("a{}: &a{} [", i, i);
        for (int j = 0; j < 10; ++j) {
            bomb += fmt::format("*a{},", i - 1);
        }
        bomb += "]\n";
    }
    BOOST_TEST((config::parse_yaml(bomb, "f").error().code == ErrorCode::too_large));
}

BOOST_AUTO_TEST_SUITE_END()
