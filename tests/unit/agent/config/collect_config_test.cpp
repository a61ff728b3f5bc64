// The collectors' part of the configuration.
#include "agent/config/collect_config.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

Result<CollectOptions> read(std::string_view text) {
    const auto node = config::parse_yaml(text, "a.yaml");
    BOOST_REQUIRE(node);
    CollectOptions options;
    VIGIE_CHECK(read_collectors(*node, "a.yaml", options));
    return options;
}

using Names = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(collect_config)

BOOST_AUTO_TEST_CASE(collectors_are_switched_by_name) {
    const auto options = read("hwmon: false\ncpu: true\nprocesses: true\narp: {enabled: false}\n");
    BOOST_REQUIRE(options);
    BOOST_TEST((options->disabled == Names{"arp", "hwmon"}));
    BOOST_TEST((options->enabled == Names{"processes"}));
}

BOOST_AUTO_TEST_CASE(a_later_file_turns_on_again_what_an_earlier_one_turned_off) {
    CollectOptions options;
    for (const auto* text : {"hwmon: false\nprocesses: true\n", "hwmon: true\nprocesses: {enabled: false}\n"}) {
        BOOST_REQUIRE(read_collectors(config::parse_yaml(text, "x").value(), "x", options));
    }
    BOOST_TEST((options == CollectOptions{}));
}

BOOST_AUTO_TEST_CASE(options_of_single_collectors) {
    const auto options = read(
        "textfile: {directory: /srv/text}\nnetdev: {exclude: [lo, 'veth*']}\ncgroup: {depth: 5, exclude: "
        "['/user.slice*']}\n"
        "diskstats: {exclude: [nbd*]}\n");
    BOOST_REQUIRE(options);
    BOOST_TEST(options->textfile_directory == "/srv/text");
    BOOST_TEST((options->netdev_exclude == Names{"lo", "veth*"}));
    BOOST_TEST((options->cgroup_exclude == Names{"/user.slice*"}));
    BOOST_TEST(options->cgroup_depth == 5);
    BOOST_TEST((options->diskstats_exclude == Names{"nbd*"}));
}

BOOST_AUTO_TEST_CASE(which_units_and_which_of_their_series) {
    const auto options = read("systemd: {include: ['web*', '*.timer'], exclude: [], restarts: false, tasks: true}\n");
    BOOST_REQUIRE(options);
    BOOST_TEST((options->systemd.include == Names{"web*", "*.timer"}));
    BOOST_TEST(options->systemd.exclude.empty());
    BOOST_TEST(!options->systemd.has_restarts);
    BOOST_TEST(options->systemd.has_tasks);
    BOOST_TEST(!options->systemd.has_start_times);
    BOOST_TEST(
        read("systemd: {include: ['']}\n").error().message.starts_with("a.yaml:1: include: has an empty pattern"));
}

BOOST_AUTO_TEST_CASE(what_can_mean_nothing_is_refused_with_its_place) {
    const auto error = [](const char* text) { return read(text).error().message; };
    BOOST_TEST(error("cpu: true\nhwmonn: false\n") == "a.yaml:2: unknown key 'hwmonn', did you mean 'hwmon'?");
    BOOST_TEST(error("netdev: {excludes: []}\n") == "a.yaml:1: unknown key 'excludes', did you mean 'exclude'?");
    BOOST_TEST(error("hwmon: {exclude: [x]}\n").starts_with("a.yaml:1: unknown key 'exclude'"));
    BOOST_TEST(error("hwmon: 5\n") == "a.yaml:1: hwmon: must be true, false, or a mapping of its options");
    BOOST_TEST(error("netdev: {exclude: ['']}\n").starts_with("a.yaml:1: exclude: has an empty pattern"));
    BOOST_TEST(error("textfile: {directory: text}\n").starts_with("a.yaml:1: directory: must be a path from the root"));
    BOOST_TEST(error("textfile: {directory: ''}\n").starts_with("a.yaml:1: directory: must be a path from the root"));
    BOOST_TEST(error("cgroup: {depth: 0}\n") == "a.yaml:1: depth: must be from 1 to 8");
    BOOST_TEST(error("[cpu]\n").starts_with("a.yaml:1: collectors must be a mapping"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
