// copytruncate under a writer that does not stop.
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

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

// The writer's process: appends "line 1", "line 2", ... to `path` until `enough` exists, leaves their number in
// `count`, ends.
[[noreturn]] void write_numbered_lines(const std::string& path, const std::string& enough, const std::string& count) {
    constexpr int lines_max = 20'000'000;  // some 300 MB, should nobody say enough
    const int fd = open(path.c_str(), O_WRONLY | O_APPEND);
    int written = 0;
    while (written < lines_max && (written % 64 != 0 || access(enough.c_str(), F_OK) != 0)) {
        const auto line = fmt::format("line {}\n", ++written);
        if (write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
            _exit(1);
        }
    }
    std::ofstream(count) << written;
    _exit(0);
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
    put("a.log", "");
    const auto child = fork();
    if (child == 0) {
        write_numbered_lines(log("a.log"), folder / "enough", folder / "lines");
    }
    policy("LOGS/a.log {\n size 8k\n rotate 1000\n copytruncate\n}\n");
    int rotations = 0;
    int status = 0;
    // The runs fall in the middle of the writer's work: it ends after five that found another two blocks.
    while (waitpid(child, &status, WNOHANG) == 0) {
        const auto report = rotate();
        BOOST_REQUIRE_EQUAL(joined(report.errors), "");
        rotations += report.logs.at(0).outcome == agent::logs::Outcome::rotated ? 1 : 0;
        if (rotations == 5) {
            std::ofstream(folder / "enough").flush();
        }
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
    BOOST_TEST(number == std::stoi(files.read(folder / "lines", 64_B).value_or("0")));
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
