// Progress on the pipe from vigie-worker to the agent: frames of a length (4 bytes, big-endian) and the MessagePack
// body of a JobProgress message (codec.hpp). Both ends are of one package, so the format has no version of its own.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/messages/messages.hpp"
#include "shared/core/error.hpp"

namespace vigie::protocol {

// Two names, two numbers and a path at their limits fit with room.
constexpr size_t progress_frame_bytes_max = 8192;

// `doing` is cut when it would make the frame too long.
std::string encode_progress_frame(const JobProgress& progress);

// Takes the pipe's bytes as they come.
class ProgressReader {
  public:
    // The frames that are complete now. malformed or too_large: the stream makes no sense any more, and every later
    // call says so too.
    Result<std::vector<JobProgress>> take(std::string_view bytes);

  private:
    std::string pending_;  // less than one frame
    std::optional<Error> broken_;
};

}  // namespace vigie::protocol
