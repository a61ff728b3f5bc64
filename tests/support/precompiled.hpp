// What nearly every test includes.
#pragma once
#include "shared/cmake/precompiled.hpp"

#include <boost/test/unit_test.hpp>
