// Chunks of several series in one row.
#include "controller/blocks/pack.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller::blocks;

BOOST_AUTO_TEST_SUITE(block_pack)

BOOST_AUTO_TEST_CASE(each_series_finds_its_chunk) {
    PackWriter writer;
    writer.add(700, "first");
    writer.add(5, "");  // ids need no order
    writer.add(UINT64_MAX, "third");
    BOOST_TEST(writer.count() == 3u);
    const auto row = writer.take();
    BOOST_TEST(writer.count() == 0u);
    const auto pack = Pack::read(row);
    BOOST_REQUIRE(pack.has_value());
    BOOST_TEST(pack->find(700)->chunk == "first");
    BOOST_TEST(pack->find(5)->chunk == "");
    BOOST_TEST(pack->find(UINT64_MAX)->chunk == "third");
    BOOST_TEST(pack->find(6) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_told) {
    PackWriter writer;
    writer.add(1, "abc");
    const auto row = writer.take();
    for (const auto& damaged : {std::string(), row + "x", row.substr(0, row.size() - 1), "\x02" + row.substr(1),
                                std::string("\x01\xff\xff\xff\xff\x0f", 6)}) {
        const auto pack = Pack::read(damaged);
        BOOST_REQUIRE(!pack.has_value());
        BOOST_TEST((pack.error().code == ErrorCode::corrupt));
    }
}

BOOST_AUTO_TEST_SUITE_END()
