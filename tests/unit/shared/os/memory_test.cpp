#include "shared/os/memory.hpp"

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <numeric>
#include <thread>
#include <vector>

namespace vigie {
namespace {

// Of /proc/self/statm the third number: resident pages that come from files.
size_t resident_file_pages() {
    std::ifstream statm("/proc/self/statm");
    size_t size = 0;
    size_t resident = 0;
    size_t of_files = 0;
    statm >> size >> resident >> of_files;
    return of_files;
}

long faults_of_thread() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_minflt;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(pages_of_files_are_given_back_and_everything_goes_on) {
    std::vector<int> numbers(10'000);
    std::iota(numbers.begin(), numbers.end(), 1);
    const auto before = resident_file_pages();
    give_back_idle_memory();
    const auto after = resident_file_pages();
    BOOST_TEST(after < before);
    BOOST_TEST(std::accumulate(numbers.begin(), numbers.end(), int64_t{0}) == 50'005'000);  // n (n + 1) / 2
    BOOST_TEST(std::to_string(0.5) == "0.500000");  // code and tables of libraries are there again
    BOOST_CHECK_THROW(static_cast<void>(numbers.at(10'000)), std::out_of_range);  // and those of exceptions
}

// A sanitizer's heap is its own: nothing is kept there, and nothing breaks.
BOOST_AUTO_TEST_CASE(a_kept_heap_takes_no_faults) {
    long faults = 0;
    std::thread([&faults] {
        keep_heap(8_MiB);
        const auto before = faults_of_thread();
        std::vector<std::vector<char>> blocks;
        for (int i = 0; i < 1'000; ++i) {
            blocks.emplace_back(4'000, 'x');
        }
        faults = faults_of_thread() - before;
        BOOST_TEST(blocks.back().back() == 'x');
    }).join();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    BOOST_TEST(faults < 100);  // of a thousand pages
#endif
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie
