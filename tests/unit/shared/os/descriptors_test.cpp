#include "shared/os/descriptors.hpp"

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>

using namespace vigie;

namespace {
rlimit limit_now() {
    rlimit limit{};
    BOOST_REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    return limit;
}

// Puts the limit back, so that other tests of the process keep theirs.
struct LimitKept {
    rlimit before = limit_now();
    ~LimitKept() { setrlimit(RLIMIT_NOFILE, &before); }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(descriptor_limit, LimitKept)

BOOST_AUTO_TEST_CASE(the_soft_limit_rises_to_what_is_wanted) {
    const rlimit low{.rlim_cur = 64, .rlim_max = before.rlim_max};
    BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
    BOOST_TEST(raise_descriptor_limit(100).value() == 100u);
    BOOST_TEST(limit_now().rlim_cur == 100u);
}

BOOST_AUTO_TEST_CASE(a_limit_that_is_high_enough_stays) {
    BOOST_TEST(raise_descriptor_limit(10).value() == before.rlim_cur);
    BOOST_TEST(limit_now().rlim_cur == before.rlim_cur);
}

BOOST_AUTO_TEST_CASE(what_the_kernel_does_not_give_is_told) {
    // Above /proc/sys/fs/nr_open nobody gets any, root neither.
    const auto given = raise_descriptor_limit(size_t{1} << 40);
    BOOST_TEST(given.value() == before.rlim_max);
    BOOST_TEST(limit_now().rlim_cur == before.rlim_max);
}

BOOST_AUTO_TEST_SUITE_END()
