// What every command needs to be told.
#pragma once
#include <string>

namespace vigie::agent::backup {

// A repository and the file that holds its password (first line). A password file that others can read is refused.
struct Access {
    std::string repository;
    std::string password_file;
};

}  // namespace vigie::agent::backup
