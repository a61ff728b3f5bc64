// Who has a file open for writing. Answers for this moment only.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace vigie::agent::logs {

struct Writer {
    int pid = 0;
    std::string program;
    bool appends = false;  // opened with O_APPEND
};

// From /proc: the processes that this user may look into; as root all of them.
std::vector<Writer> writers_of(uint64_t device, uint64_t inode);
// "rsyslogd (812), sh (4711)"
std::string names_of(const std::vector<Writer>& writers);

// Asks the kernel: it refuses a read lease on a file that is open for writing. `fd` must be open for reading only.
// False when leases do not work here and /proc shows no writer either.
bool has_writer(int fd);

}  // namespace vigie::agent::logs
