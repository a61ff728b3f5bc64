#include "controller/query/memory_source.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

BOOST_AUTO_TEST_SUITE(memory_source)

BOOST_AUTO_TEST_CASE(gives_series_in_order_with_the_samples_asked_for) {
    MemorySource source;
    source.add({{"__name__", "b"}, {"empty", ""}}, {10, 20, 30}, {1, 2, 3});
    source.add({{"__name__", "a"}}, {10}, {4});
    source.add({{"__name__", "c"}}, {40}, {5});
    std::vector<Matcher> matchers;
    matchers.push_back(std::move(*Matcher::make("__name__", Matcher::Kind::not_equal, "")));
    const auto found = source.select({matchers, 10, 20, 0, 0});
    BOOST_REQUIRE(found);
    BOOST_REQUIRE(found->size() == 2u);  // c has nothing in [10, 20]
    BOOST_TEST((*found)[0].labels[0].value == "a");
    BOOST_TEST((*found)[1].labels.size() == 1u);
    BOOST_TEST((*found)[1].times_ms.size() == 2u);
    BOOST_TEST((*found)[1].values[1] == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
