// gzip (RFC 1952) in this process. The original goes only after its archive was read back and compared byte by byte.
#pragma once
#include <string>

#include "agent/logs/folder.hpp"
#include "agent/logs/pulse.hpp"

namespace vigie::agent::logs {

// Replaces `from` by `to`, which keeps mode, owner and mtime. On failure `from` is as it was. Can be repeated after a
// kill.
Result<void> compress_file(const Folder& folder, const std::string& from, const std::string& to, const Pulse& pulse);

}  // namespace vigie::agent::logs
