#include "agent/deadman/page_url.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent;

BOOST_AUTO_TEST_SUITE(page_url)

BOOST_AUTO_TEST_CASE(the_first_line_is_where_to_page) {
    BOOST_TEST(page_url_of("https://pager.example.org/x\r\n# of the team\n", "/f").value() ==
               "https://pager.example.org/x");
    BOOST_TEST(page_url_of("http://127.0.0.1:1/", "/f").value() == "http://127.0.0.1:1/");
    for (const auto* text : {"", "\nhttps://a", "nonsense", "file:///etc/passwd"}) {
        BOOST_TEST(page_url_of(text, "/f").error().message == "/f: the first line must begin with https:// or http://");
    }
}

BOOST_AUTO_TEST_SUITE_END()
