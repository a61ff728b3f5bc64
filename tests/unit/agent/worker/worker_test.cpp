#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "agent/worker/options.hpp"
#include "agent/worker/progress_pipe.hpp"
#include "protocol/codec/progress.hpp"
#include "shared/os/fd.hpp"

using namespace vigie;
using namespace vigie::agent;

BOOST_AUTO_TEST_SUITE(worker)

BOOST_AUTO_TEST_CASE(common_options_end_at_the_verb) {
    const auto options = parse_worker_options({"--nice", "10", "--ionice", "idle", "--progress-fd", "3",
                                               "--die-with-parent", "command", "--", "ls", "--nice", "5"})
                             .value();
    BOOST_TEST(options.nice.value() == 10);
    BOOST_TEST((options.io_class == IoClass::idle));
    BOOST_TEST(options.progress_fd.value() == 3);
    BOOST_TEST(options.dies_with_parent);
    BOOST_TEST(options.verb == (std::vector<std::string>{"command", "--", "ls", "--nice", "5"}),
               boost::test_tools::per_element());
    BOOST_TEST(!parse_worker_options({"backup"}).value().nice);
    for (const std::string word : {"--help", "--version", "-h"}) {  // verbs, too
        BOOST_TEST(parse_worker_options({word}).value().verb == std::vector<std::string>{word},
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(wrong_options_are_named) {
    for (const auto& args : std::vector<std::vector<std::string>>{{"--nice", "50", "backup"},
                                                                  {"--nice"},
                                                                  {"--ionice", "realtime", "backup"},
                                                                  {"--progress-fd", "1", "backup"},
                                                                  {"--what", "1", "backup"}}) {
        const auto options = parse_worker_options(args);
        BOOST_REQUIRE(!options);
        BOOST_TEST(options.error().message.find(args[0]) != std::string::npos);
    }
    BOOST_TEST(!parse_worker_options({}));
    BOOST_TEST(!parse_worker_options({"--nice", "5"}));
}

BOOST_AUTO_TEST_CASE(progress_to_a_slow_reader_is_dropped_and_stays_whole) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
    const Fd reader(ends[0]);
    const Fd writer(ends[1]);
    ProgressPipe progress(writer.get());
    const protocol::JobProgress at{
        .run_id = "r", .done = 1, .total = 2, .unit = "bytes", .doing = std::string(3000, 'x')};
    for (int i = 0; i < 100; ++i) {
        progress.send(at);  // a pipe holds 64 KiB
    }
    protocol::ProgressReader frames;
    size_t seen = 0;
    const auto drain = [&] {
        BOOST_REQUIRE(fcntl(reader.get(), F_SETFL, O_NONBLOCK) == 0);
        std::array<char, 4096> buffer{};
        for (ssize_t count = 0; (count = read(reader.get(), buffer.data(), buffer.size())) > 0;) {
            const auto complete = frames.take({buffer.data(), static_cast<size_t>(count)});
            BOOST_REQUIRE(complete);
            seen += complete->size();
        }
    };
    drain();
    BOOST_TEST(seen > 10u);
    BOOST_TEST(seen < 100u);
    const auto before = seen;
    progress.send(at);
    drain();
    BOOST_TEST(seen > before);
}

BOOST_AUTO_TEST_CASE(without_a_descriptor_progress_goes_nowhere) {
    ProgressPipe progress(std::nullopt);
    progress.send({});
    ProgressPipe closed(1000);
    closed.send({});
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_SUITE_END()
