#include "agent/app/worker_exec.hpp"

#include <sys/stat.h>
#include <boost/test/unit_test.hpp>

#include "shared/os/files.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::agent {
namespace {

constexpr auto packaged = "/usr/lib/vigie/vigie-worker";

void put_worker(const std::string& path, mode_t mode) {
    BOOST_REQUIRE(SystemFiles().write_atomically(path, "#!/bin/sh\nexit 0\n", mode).has_value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(worker_exec)

BOOST_AUTO_TEST_CASE(a_worker_beside_the_program_is_preferred) {
    const tests::TempFolder folder;
    put_worker(folder / "vigie-worker", 0755);
    BOOST_TEST(find_worker(folder / "vigie-agent") == folder / "vigie-worker");
}

BOOST_AUTO_TEST_CASE(without_one_it_is_where_packages_put_it) {
    const tests::TempFolder folder;
    BOOST_TEST(find_worker(folder / "vigie-agent") == packaged);
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_run_is_passed_over) {
    const tests::TempFolder folder;
    put_worker(folder / "vigie-worker", 0644);
    BOOST_TEST(find_worker(folder / "vigie-agent") == packaged);
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_missing_is_named) {
    const tests::TempFolder folder;
    const auto error = become_worker(folder / "vigie-worker", {"backup", "list"});
    BOOST_TEST((error.code == ErrorCode::not_found));
    BOOST_TEST(error.message.find(folder / "vigie-worker") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
