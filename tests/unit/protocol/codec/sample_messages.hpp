// One message of each type, equal to those of tests/golden/write_v1.py and write_v2.py.
#pragma once
#include <map>
#include <string>

#include "protocol/messages/messages.hpp"

namespace vigie::protocol {

// By the name of its file in tests/golden/v1.
std::map<std::string, Message> sample_messages();
// What version 2 added; by the name of its file in tests/golden/v2.
std::map<std::string, Message> messages_of_version_2();
// Both.
std::map<std::string, Message> messages_of_every_version();

}  // namespace vigie::protocol
