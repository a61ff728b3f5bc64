// Messages to bytes and back. A message travels as two frames, [header][body]; each frame is one MessagePack array
// whose fields stand by position. The format is described in docs/protocol/README.md. No sockets, no state.
//
// Decoding never throws and never allocates for more than the frame holds. It answers
//   malformed    bytes that break the format (also: too short an array, bytes left over, text over its limit),
//   too_large    a frame over body_bytes_max or header_bytes_max,
//   unsupported  well-formed, but a message type, entry kind or enumerator of a later version.
// Arrays longer than known are accepted and the extra fields skipped: later versions add fields at the end.
// All functions may be called from any thread.
#pragma once
#include <string>
#include <string_view>

#include "protocol/messages/messages.hpp"
#include "shared/core/error.hpp"

namespace vigie::protocol {

// A message as it goes onto a socket.
struct Frames {
    std::string header;
    std::string body;
    bool operator==(const Frames&) const = default;
};

std::string encode_header(const Header& header);
Result<Header> decode_header(std::string_view bytes);

// The body of a batch is the bytes of its entry, so that a stored entry goes out without being encoded again.
std::string encode_body(const Body& body);
Result<Body> decode_body(MessageType type, std::string_view bytes);

// What an outbox stores and a batch message carries.
std::string encode_entry(const Entry& entry);
Result<Entry> decode_entry(std::string_view bytes);

// The type that belongs to a body; encode_frames sets it in the header.
MessageType type_of(const Body& body);

// Both frames of a message. The header's type is taken from the body.
Frames encode_frames(const Message& message);
// Both frames of a batch whose entry is already encoded. header.type must be MessageType::batch.
Frames encode_stored_entry(const Header& header, std::string entry_bytes);
Result<Message> decode_frames(std::string_view header, std::string_view body);

}  // namespace vigie::protocol
