#include "agent/probes/certificate_date.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent;

BOOST_AUTO_TEST_SUITE(certificate_date)

BOOST_AUTO_TEST_CASE(reads_openssls_form) {
    // date -u -d '2026-11-27 03:00:00' +%s
    BOOST_TEST((parse_certificate_date("Nov 27 03:00:00 2026 GMT") == wall_from_unix_ms(1'795'748'400'000)));
    BOOST_TEST((parse_certificate_date("Jan  1 00:00:00 1970 GMT") == wall_from_unix_ms(0)));
    BOOST_TEST((parse_certificate_date("Feb 29 23:59:59 2028 GMT") == wall_from_unix_ms(1'835'481'599'000)));
}

BOOST_AUTO_TEST_CASE(refuses_other_forms_and_days_that_are_none) {
    for (const auto* text :
         {"", "2026-11-27", "Nov 31 03:00:00 2026 GMT", "Feb 29 00:00:00 2027 GMT", "Nov 27 24:00:00 2026 GMT",
          "Nov 27 03:00 2026 GMT", "Nov 27 03:00:00 2026", "Nov 27 03:00:00 2026 CET", "Nov 27 03:00:00 99999 GMT",
          "nov 27 03:00:00 2026 GMT", "Nov 27 -3:00:00 2026 GMT"}) {
        BOOST_TEST(!parse_certificate_date(text), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
