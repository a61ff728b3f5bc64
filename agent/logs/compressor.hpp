// gzip and zstd in this process, or another `compresscmd` of the policy. What is made here is read back and compared
// byte by byte before the original goes.
#pragma once
#include <string>

#include "agent/logs/folder.hpp"
#include "agent/logs/pulse.hpp"
#include "agent/logs/steps.hpp"

namespace vigie::agent::logs {

// Replaces `from` by `to`, which keeps mode, owner, ACL and mtime. On failure `from` is as it was. Can be repeated
// after a kill. Gives what an external compressor said; what that made cannot be read back here.
Result<std::string> compress_file(const Folder& folder, const std::string& from, const std::string& to,
                                  const Tools& tools, const Pulse& pulse);

}  // namespace vigie::agent::logs
