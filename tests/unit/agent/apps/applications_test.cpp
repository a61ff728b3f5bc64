// What is opened, kept and closed as the configuration changes.
#include "agent/apps/applications.hpp"

#include <netinet/in.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "agent/push/push_client.hpp"
#include "shared/os/files.hpp"
#include "shared/os/socket_address.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::agent {
namespace {

struct Configured {
    tests::TempFolder folder;
    tests::ManualClock clock;
    std::unique_ptr<Loop> loop = Loop::open().value();
    Applications applications{*loop, clock, "/worker"};
    SeriesWriter writer;

    AppsOptions statsd_at(const std::string& path) const {
        AppsOptions options;
        options.statsd.emplace();
        options.statsd->sockets.socket = path;
        return options;
    }
    static bool send(const std::string& path, std::string_view text) {
        const auto to = unix_address(path).value();
        const Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        return sendto(fd.get(), text.data(), text.size(), 0, to.raw(), to.size) > 0;
    }
    // The schema, once the loop has taken what was sent.
    std::string collect() {
        Timer end(*loop, [this] { loop->stop(); });
        end.start_once(10ms);
        loop->run();
        writer.begin();
        applications.write_series(writer);
        writer.finish();
        return writer.schema();
    }
    // Whether these lines stand in the schema, the last of them with more behind it, within ten seconds.
    bool comes(const std::string& wanted) {
        for (int i = 0; i < 1'000; ++i) {
            if (("\n" + collect()).find("\n" + wanted) != std::string::npos) {
                return true;
            }
        }
        return false;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(applications, Configured)

BOOST_AUTO_TEST_CASE(nothing_asked_for_is_nothing_written) {
    BOOST_TEST(applications.configure({}).has_value());
    BOOST_TEST(collect().empty());
}

BOOST_AUTO_TEST_CASE(counters_outlive_a_move_to_another_socket) {
    BOOST_REQUIRE(applications.configure(statsd_at(folder / "one")));
    BOOST_TEST(send(folder / "one", "hits:5|c"));
    BOOST_TEST(collect().starts_with("hits\n"));
    BOOST_REQUIRE(applications.configure(statsd_at(folder / "two")));
    BOOST_TEST(!send(folder / "one", "hits:1|c"));
    BOOST_TEST(send(folder / "two", "hits:1|c"));
    BOOST_TEST(collect().starts_with("hits\n"));
    BOOST_TEST(writer.values().at(0) == 6);
}

BOOST_AUTO_TEST_CASE(what_is_no_longer_asked_for_is_closed) {
    BOOST_REQUIRE(applications.configure(statsd_at(folder / "one")));
    BOOST_REQUIRE(applications.configure({}));
    BOOST_TEST(!send(folder / "one", "hits:5|c"));
    BOOST_TEST(collect().empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_opened_is_told_costs_nothing_else_and_may_be_tried_again) {
    auto options = statsd_at(folder / "none/one");
    options.push.emplace().socket = folder / "push";
    const auto done = applications.configure(options);
    BOOST_REQUIRE(!done);
    BOOST_TEST(done.error().message.starts_with("statsd: "));
    BOOST_TEST(done.error().message.find("none/one") != std::string::npos);
    const PushRequest request{PushKind::counter, "orders_total", 2};
    std::thread script([&] { BOOST_TEST(push_to_agent(folder / "push", request, 10s).has_value()); });
    BOOST_TEST(comes("orders_total\n"));
    script.join();

    BOOST_REQUIRE(SystemFiles().make_directories(folder / "none", 0700));
    BOOST_TEST(applications.configure(options).has_value());
    BOOST_TEST(send(folder / "none/one", "hits:1|c"));
    BOOST_TEST(comes("orders_total\nhits\n"));
}

BOOST_AUTO_TEST_CASE(a_target_that_stays_as_it_was_goes_on) {
    AppsOptions options;
    options.scrape.push_back({.job = "web",
                              .url = fmt::format("unix://{}", folder / "none"),
                              .interval = 1h,
                              .timeout = 10s,
                              .labels = {},
                              .sample_limit = 10,
                              .body_limit = 1_KiB,
                              .token_file = {},
                              .honor_labels = false});
    BOOST_REQUIRE(applications.configure(options));
    BOOST_TEST(comes("up{"));
    options.series_max = 5;
    BOOST_REQUIRE(applications.configure(options));
    BOOST_TEST(collect().find("up{") != std::string::npos);  // of the scrape before
    options.scrape.clear();
    BOOST_REQUIRE(applications.configure(options));
    BOOST_TEST(collect().empty());
}

BOOST_AUTO_TEST_CASE(a_bad_configuration_leaves_the_sockets_as_they_were) {
    const auto good = statsd_at(folder / "one");
    BOOST_REQUIRE(applications.configure(good));
    BOOST_REQUIRE(!applications.configure(statsd_at(folder / "none/one")));
    BOOST_TEST(send(folder / "one", "hits:5|c"));
    BOOST_REQUIRE(applications.configure(good));
    BOOST_TEST(send(folder / "one", "hits:5|c"));
    BOOST_TEST(collect().starts_with("hits\n"));
    BOOST_TEST(writer.values().at(0) == 10);
}

// Both want the same path, so the old socket must make way first.
BOOST_AUTO_TEST_CASE(a_bad_configuration_that_shares_an_address_leaves_it_too) {
    const auto good = statsd_at(folder / "one");
    BOOST_REQUIRE(applications.configure(good));
    auto bad = good;
    bad.statsd->sockets.listen = "udp://192.0.2.1:0";  // of nobody (RFC 5737)
    BOOST_REQUIRE(!applications.configure(bad));
    BOOST_TEST(send(folder / "one", "hits:5|c"));
    BOOST_REQUIRE(applications.configure(good));
    BOOST_TEST(collect().starts_with("hits\n"));
}

BOOST_AUTO_TEST_CASE(what_could_not_be_opened_is_tried_again) {
    const auto wanted = statsd_at(folder / "late/one");
    BOOST_REQUIRE(!applications.configure(wanted));
    SystemFiles files;
    BOOST_REQUIRE(files.make_directories(folder / "late", 0700));
    BOOST_REQUIRE(applications.configure(wanted));
    BOOST_TEST(send(folder / "late/one", "hits:5|c"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
