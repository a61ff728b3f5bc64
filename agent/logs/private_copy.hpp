// A new file under a name that no glob and no reader sees, given its real name when it is whole. Left-overs of a killed
// run are replaced by the next.
#pragma once
#include <functional>
#include <string>

#include "agent/logs/folder.hpp"
#include "agent/logs/pulse.hpp"

namespace vigie::agent::logs {

struct Finish {
    unsigned mode = 0;
    unsigned uid = 0;
    unsigned gid = 0;
    int acl_source = -1;  // a descriptor of the file whose ACL it gets, or none
};

// `fill` writes the content into the descriptor. Then owner and mode are set, the file is fsynced and renamed to `name`
// (exists when that is taken), and the folder fsynced. Nothing is left behind on failure.
Result<void> make_file(const Folder& folder, const std::string& name, uint64_t source_inode, const Finish& finish,
                       const Pulse& pulse, const std::function<Result<void>(int fd)>& fill);

// Who may read a file that is about to be written anew; 0640 and no ACL for one that is not there.
struct Access {
    unsigned mode = 0640;
    std::string acl;
};
Access access_of(const std::string& path);
void restore_acl(const std::string& path, const Access& access);  // the mode is what writing it takes

}  // namespace vigie::agent::logs
