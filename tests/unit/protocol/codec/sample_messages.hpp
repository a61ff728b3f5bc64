// One message of each type, equal to those of tests/golden/write_v1.py.
#pragma once
#include <map>
#include <string>

#include "protocol/messages/messages.hpp"

namespace vigie::protocol {

// By the name of its file in tests/golden/v1.
std::map<std::string, Message> sample_messages();

}  // namespace vigie::protocol
