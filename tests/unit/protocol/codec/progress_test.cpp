#include "protocol/codec/progress.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::protocol;

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(frames_come_back_whatever_the_cut) {
    const JobProgress first{.run_id = "r1", .done = 1, .total = 0, .unit = "files", .doing = "/etc/hosts"};
    const JobProgress second{.run_id = "r1", .done = 1'000'000'000'000, .total = 2, .unit = "bytes", .doing = ""};
    const auto bytes = encode_progress_frame(first) + encode_progress_frame(second);
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
        ProgressReader reader;
        auto all = reader.take(std::string_view(bytes).substr(0, cut)).value();
        const auto rest = reader.take(std::string_view(bytes).substr(cut)).value();
        all.insert(all.end(), rest.begin(), rest.end());
        BOOST_REQUIRE(all.size() == 2u);
        BOOST_TEST((all[0] == first));
        BOOST_TEST((all[1] == second));
    }
}

BOOST_AUTO_TEST_CASE(a_broken_stream_stays_broken) {
    ProgressReader reader;
    BOOST_TEST((reader.take(std::string_view("\x7f\xff\xff\xff", 4)).error().code == ErrorCode::too_large));
    BOOST_TEST(!reader.take(encode_progress_frame({})));
    ProgressReader other;
    BOOST_TEST((other.take(std::string_view("\0\0\0\1x", 5)).error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(a_long_path_is_cut_to_fit) {
    const JobProgress progress{
        .run_id = "r1", .done = 1, .total = 2, .unit = "files", .doing = std::string(100'000, 'x')};
    ProgressReader reader;
    const auto frames = reader.take(encode_progress_frame(progress));
    BOOST_REQUIRE(frames);
    BOOST_TEST(frames->at(0).doing.size() == 4096u);
}

BOOST_AUTO_TEST_SUITE_END()
