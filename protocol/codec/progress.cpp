// Frames of progress.
#include "protocol/codec/progress.hpp"

#include "protocol/codec/codec.hpp"

namespace vigie::protocol {
namespace {
constexpr size_t length_bytes = 4;

uint32_t length_of(std::string_view bytes) {
    uint32_t length = 0;
    for (size_t i = 0; i < length_bytes; ++i) {
        length = length << 8 | static_cast<uint8_t>(bytes[i]);
    }
    return length;
}
}  // namespace

std::string encode_progress_frame(const JobProgress& progress) {
    const auto body = encode_body(progress);
    std::string frame;
    for (int shift = 24; shift >= 0; shift -= 8) {
        frame.push_back(static_cast<char>(body.size() >> shift & 0xff));
    }
    return frame + body;
}

Result<std::vector<JobProgress>> ProgressReader::take(std::string_view bytes) {
    if (broken_) {
        return fail(*broken_);
    }
    std::vector<JobProgress> complete;
    pending_.append(bytes);
    std::string_view rest(pending_);
    while (rest.size() >= length_bytes) {
        const auto length = length_of(rest);
        if (length > progress_frame_bytes_max) {
            broken_ = Error{ErrorCode::too_large, fmt::format("a frame of progress claims {} bytes", length)};
            return fail(*broken_);
        }
        if (rest.size() < length_bytes + length) {
            break;
        }
        auto body = decode_body(MessageType::job_progress, rest.substr(length_bytes, length));
        if (!body) {
            broken_ = body.error().at("progress");
            return fail(*broken_);
        }
        complete.push_back(std::get<JobProgress>(std::move(*body)));
        rest.remove_prefix(length_bytes + length);
    }
    pending_.erase(0, pending_.size() - rest.size());
    return complete;
}

}  // namespace vigie::protocol
