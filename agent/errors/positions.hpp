// How far each log was read, as text in a file of the agent's state folder:
//     vigie positions 1
//     DEVICE INODE OFFSET TAIL_HASH PATH
// with numbers in hex, and in the path %0a for a line feed and %25 for a percent sign. What can't be read costs its own
// line only: that log is read from its end then, as one that is new.
#pragma once
#include <map>
#include <string>

#include "agent/errors/file_follower.hpp"

namespace vigie::agent::errors {

using Positions = std::map<std::string, Position>;  // by path

std::string write_positions(const Positions& positions);

struct ParsedPositions {
    Positions positions;
    std::vector<int> bad_lines;  // their numbers, from 1
};
// malformed when it is no file of positions at all. unsupported: of a later version.
Result<ParsedPositions> parse_positions(std::string_view text);

}  // namespace vigie::agent::errors
