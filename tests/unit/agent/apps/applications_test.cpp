// What is opened, kept and closed as the configuration changes.
#include "agent/apps/applications.hpp"

#include <netinet/in.h>

#include <boost/test/unit_test.hpp>

#include "shared/os/socket_address.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::agent {
namespace {

struct Configured {
    tests::TempFolder folder;
    tests::ManualClock clock;
    std::unique_ptr<Loop> loop = Loop::open().value();
    Applications applications{*loop, clock};
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

BOOST_AUTO_TEST_CASE(a_path_that_cannot_be_had_is_an_error_that_names_it) {
    const auto done = applications.configure(statsd_at(folder / "none/one"));
    BOOST_REQUIRE(!done);
    BOOST_TEST(done.error().message.starts_with("statsd: "));
    BOOST_TEST(done.error().message.find("none/one") != std::string::npos);
    BOOST_TEST(collect().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
