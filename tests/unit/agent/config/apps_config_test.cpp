// The part of the configuration that is about applications.
#include "agent/config/apps_config.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

Result<void> read_into(AppsOptions& options, std::string_view text) {
    const auto node = config::parse_yaml(text, "a.yaml");
    BOOST_REQUIRE(node);
    config::MappingReader reader(*node, "a.yaml");
    const auto nodes = take_apps(reader);
    VIGIE_CHECK(reader.finish());
    return read_apps(nodes, "a.yaml", options);
}

Result<AppsOptions> read(std::string_view text) {
    AppsOptions options;
    VIGIE_CHECK(read_into(options, text));
    VIGIE_CHECK(finish_apps(10s, "a.yaml", options));
    return options;
}

void expect_refused(std::string_view text, std::string_view why) {
    const auto options = read(text);
    BOOST_REQUIRE_MESSAGE(!options, text);
    BOOST_TEST(options.error().message.find(why) != std::string::npos, options.error().message);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(apps_config)

BOOST_AUTO_TEST_CASE(what_is_not_there_is_off) {
    BOOST_TEST(!read("{}")->is_anything());
    BOOST_TEST(!read("applications: {series_max: 100}")->is_anything());
    BOOST_TEST(read("applications: {series_max: 100}")->series_max == 100u);
}

BOOST_AUTO_TEST_CASE(statsd_listens_on_loopback_unless_it_is_told_where) {
    BOOST_TEST(read("statsd: {}")->statsd->sockets.listen == "udp://127.0.0.1:8125");
    const auto options =
        read("statsd: {socket: /run/x.sock, mode: '0622', series_max: 50, ttl: 5m, quantiles: [0.5, 0.95]}");
    BOOST_REQUIRE(options);
    const auto& statsd = *options->statsd;
    BOOST_TEST(statsd.sockets.listen.empty());
    BOOST_TEST(statsd.sockets.socket == "/run/x.sock");
    BOOST_TEST(statsd.sockets.socket_mode == 0622u);
    BOOST_TEST(statsd.limits.series_max == 50u);
    BOOST_TEST((statsd.limits.ttl == 5min));
    BOOST_TEST((statsd.limits.quantiles == std::vector<double>{0.5, 0.95}));
}

BOOST_AUTO_TEST_CASE(a_later_file_changes_single_values_of_statsd) {
    AppsOptions options;
    BOOST_REQUIRE(read_into(options, "statsd: {socket: /run/x.sock, series_max: 50}"));
    BOOST_REQUIRE(read_into(options, "statsd: {ttl: 1m}"));
    BOOST_TEST(options.statsd->sockets.socket == "/run/x.sock");
    BOOST_TEST(options.statsd->limits.series_max == 50u);
    BOOST_TEST((options.statsd->limits.ttl == 1min));
}

// Whichever file comes first, a socket in one of them means that UDP stays closed unless it is asked for.
BOOST_AUTO_TEST_CASE(the_order_of_files_does_not_decide_whether_udp_is_open) {
    AppsOptions options;
    BOOST_REQUIRE(read_into(options, "statsd: {ttl: 5m}"));
    BOOST_REQUIRE(read_into(options, "statsd: {socket: /run/x.sock}"));
    BOOST_REQUIRE(finish_apps(10s, "/etc/vigie", options));
    BOOST_TEST(options.statsd->sockets.listen.empty());
}

BOOST_AUTO_TEST_CASE(a_later_file_closes_udp) {
    AppsOptions options;
    BOOST_REQUIRE(read_into(options, "statsd: {listen: udp://127.0.0.1:8125, socket: /run/x.sock}"));
    BOOST_REQUIRE(read_into(options, "statsd: {listen: off}"));
    BOOST_REQUIRE(finish_apps(10s, "/etc/vigie", options));
    BOOST_TEST(options.statsd->sockets.listen.empty());
    BOOST_TEST(options.statsd->sockets.socket == "/run/x.sock");
    expect_refused("statsd: {listen: off}", "a.yaml: statsd: nothing is left to receive on");
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_with_their_line) {
    expect_refused("statsd: {socket: /" + std::string(107, 'x') + "}", "a socket's path has from 1 to 107 bytes");
    expect_refused("statsd: {lisen: udp://127.0.0.1:1}", "a.yaml:1: unknown key 'lisen', did you mean 'listen'?");
    expect_refused("statsd: {listen: 8125}", "expected udp://ADDRESS:PORT");
    expect_refused("statsd: {listen: udp://example.org:8125}", "neither an IP address nor localhost");
    expect_refused("statsd: {socket: run/x}", "must be a path from the root");
    expect_refused("statsd: {socket: ''}", "must be a path from the root");
    expect_refused("statsd: {socket: /x, mode: rw}", "octal digits");
    expect_refused("statsd: {socket: /x, mode: '07777'}", "octal digits");
    expect_refused("statsd: {series_max: 0}", "must be from 1 to 10000");
    expect_refused("statsd: {ttl: 10ms}", "at least 1s");
    expect_refused("statsd: {quantiles: [0.5, 2]}", "from 0 to 1");
    expect_refused("statsd: {quantiles: [0.5, 0.50]}", "different");
    expect_refused("applications: {series_max: 100000}", "must be from 1 to 10000");
}

BOOST_AUTO_TEST_CASE(a_push_section_needs_its_socket) {
    const auto options = read("push: {socket: /run/push.sock, mode: '0666', series_max: 9, ttl: 1d}");
    BOOST_REQUIRE(options);
    BOOST_TEST(options->push->socket == "/run/push.sock");
    BOOST_TEST(options->push->socket_mode == 0666u);
    BOOST_TEST(options->push->limits.series_max == 9u);
    BOOST_TEST((options->push->limits.ttl == 24h));
    expect_refused("push: {}", "a.yaml:1: push: needs a socket");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
