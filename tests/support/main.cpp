// The entry point of every test executable.
#define BOOST_TEST_MODULE vigie
#include <boost/test/unit_test.hpp>
