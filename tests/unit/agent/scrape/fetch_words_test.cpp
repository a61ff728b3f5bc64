// What the child is told.
#include "agent/scrape/fetch_words.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(fetch_words_of_a_target)

// The name is what the certificate is held against; address and Host stay the URL's.
BOOST_AUTO_TEST_CASE(another_name_is_connected_to_at_the_urls_address) {
    ScrapeOptions options;
    options.url = "https://[::1]:8443/m";
    options.timeout = 1500ms;
    options.server_name = "shop.example.org";
    options.ca_file = "/etc/ca.pem";
    options.user = "vigie";
    options.password_file = "/etc/password";
    const auto words = fetch_words(options, parse_target_url(options.url).value(), {"X: y"});
    const std::vector<std::string> wanted{"--die-with-parent",
                                          "--progress-fd",
                                          "3",
                                          "fetch",
                                          "--url=https://shop.example.org:8443/m",
                                          "--connect_to=::[::1]:8443",
                                          "--timeout=1s500ms",
                                          "--ca_file=/etc/ca.pem",
                                          "--user=vigie",
                                          "--password_file=/etc/password",
                                          "--header=Host: [::1]:8443",
                                          "--header=X: y"};
    BOOST_TEST(words == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
