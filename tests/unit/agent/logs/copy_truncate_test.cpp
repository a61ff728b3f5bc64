// copytruncate under a writer that does not stop.
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>

#include "shared/os/fd.hpp"
#include "tests/unit/agent/logs/rotation_fixture.hpp"

using namespace vigie;

namespace {

bool can_collapse(const std::string& path) {
    const Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    const bool can = write_all(file.get(), std::string(16384, 'x'), path).has_value() &&
                     fallocate(file.get(), FALLOC_FL_COLLAPSE_RANGE, 0, 4096) == 0;
    unlink(path.c_str());
    return can;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(copytruncate, tests::RotationFixture)

BOOST_AUTO_TEST_CASE(without_a_writer_all_goes_to_the_archive) {
    put("a.log", std::string(8192, 'x') + "tail\n", 0600);
    policy("LOGS/a.log {\n size 1\n rotate 2\n copytruncate\n}\n");
    const auto report = rotate();
    BOOST_TEST(joined(report.errors) + joined(report.warnings) == "");
    BOOST_TEST(get("a.log") == "");
    BOOST_TEST(get("a.log.1") == std::string(8192, 'x') + "tail\n");
    struct stat entry {};
    stat(log("a.log.1").c_str(), &entry);
    BOOST_TEST((entry.st_mode & 07777) == 0600u);
}

BOOST_AUTO_TEST_CASE(an_appending_writer_loses_no_line_over_five_rotations) {
    if (!can_collapse(folder / "probe")) {
        BOOST_TEST_MESSAGE("this file system cannot take a range out of a file: nothing to prove here");
        return;
    }
    constexpr int lines = 200'000;
    put("a.log", "");
    const auto child = fork();
    if (child == 0) {
        const int fd = open(log("a.log").c_str(), O_WRONLY | O_APPEND);
        std::array<char, 32> line{};
        for (int i = 1; i <= lines; ++i) {
            const int length = snprintf(line.data(), line.size(), "line %d\n", i);
            if (write(fd, line.data(), static_cast<size_t>(length)) != length) {
                _exit(1);
            }
        }
        _exit(0);
    }
    policy("LOGS/a.log {\n size 8k\n rotate 1000\n copytruncate\n}\n");
    int rotations = 0;
    int status = 0;
    // Each round waits for the writer to fill another two blocks: the runs fall in the middle of its work.
    while (waitpid(child, &status, WNOHANG) == 0) {
        const auto report = rotate();
        BOOST_REQUIRE_EQUAL(joined(report.errors), "");
        rotations += report.logs.at(0).outcome == agent::logs::Outcome::rotated ? 1 : 0;
    }
    BOOST_TEST(WEXITSTATUS(status) == 0);
    BOOST_TEST(rotations >= 5);
    std::string all;
    for (int i = rotations; i >= 1; --i) {
        all += get(fmt::format("a.log.{}", i));
    }
    all += get("a.log");
    std::istringstream stream(all);
    std::string line;
    int number = 0;
    while (std::getline(stream, line) && line == fmt::format("line {}", number + 1)) {
        ++number;
    }
    BOOST_TEST(number == lines);
}

BOOST_AUTO_TEST_CASE(where_ranges_cannot_be_taken_out_it_says_what_may_be_lost) {
    put("a.log", "short\n");  // less than a block
    const Fd writer(open(log("a.log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    policy("LOGS/a.log {\n size 1\n rotate 2\n copytruncate\n}\n");
    const auto report = rotate();
    BOOST_TEST(joined(report.errors) == "");
    BOOST_TEST(joined(report.warnings).find("lines that were written between copy and truncation may be lost") !=
               std::string::npos);
    BOOST_TEST(get("a.log") == "");
    BOOST_TEST(get("a.log.1") == "short\n");
}

BOOST_AUTO_TEST_CASE(a_writer_without_o_append_is_refused_with_its_name) {
    put("a.log", "content\n");
    put("a.log.1", "older\n");
    const Fd writer(open(log("a.log").c_str(), O_WRONLY | O_CLOEXEC));
    policy("LOGS/a.log {\n size 1\n rotate 2\n copytruncate\n}\n");
    const auto report = rotate();
    BOOST_TEST(joined(report.errors).find(fmt::format("({}) writes without O_APPEND", getpid())) != std::string::npos);
    BOOST_TEST(get("a.log") == "content\n");
    BOOST_TEST(get("a.log.1") == "older\n");
}

BOOST_AUTO_TEST_SUITE_END()
