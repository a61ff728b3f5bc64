// The header frame of every message. On the wire: a MessagePack array in this order (codec/).
#pragma once
#include <cstddef>
#include <cstdint>

namespace vigie::protocol {

constexpr uint8_t protocol_version_min = 1;
// From this one on keys are changed over a session (KEY_CHANGE, CONTROLLER_KEY).
constexpr uint8_t version_with_key_changes = 2;
// Spoken where there is no session to agree on one: at enrolment.
constexpr uint8_t version_of_enrolment = 1;
constexpr uint8_t protocol_version_max = 2;

// Versions that one side speaks, both ends included.
struct VersionRange {
    uint8_t min = protocol_version_min;
    uint8_t max = protocol_version_max;
    bool operator==(const VersionRange&) const = default;
};

// Limits of frames. A header of version 1 takes at most 55 bytes; twice that leaves room for added fields.
constexpr size_t header_bytes_max = 128;
// A reading of 20,000 series with its schema stays below it; the sockets' MAXMSGSIZE is this plus what CURVE adds.
constexpr size_t body_bytes_max = 1 << 20;

enum class MessageType : uint8_t {
    hello = 1,    // agent -> controller, first of a session
    welcome = 2,  // controller -> agent: session accepted
    refuse = 3,   // controller -> agent: session refused, with the reason
    batch = 4,    // agent -> controller: one numbered entry of a stream
    ack = 5,      // controller -> agent: everything up to header.ack is durable
    go_back = 6,  // controller -> agent: send again from header.ack + 1
    gap = 7,      // agent -> controller: entries [seq, last_missing_seq] no longer exist
    ping = 8,     // either way
    pong = 9,
    job_start = 10,     // controller -> agent
    job_cancel = 11,    // controller -> agent
    job_progress = 12,  // agent -> controller, not numbered: only the newest matters
    enrol = 13,         // agent -> controller, on the enrolment port only
    enrolled = 14,      // controller -> agent, on the enrolment port only
    // Of version 2 on:
    key_change = 15,      // either way: a host's key is replaced, step by step
    controller_key = 16,  // controller -> agent: its keys; agent -> controller: which of them it keeps
};

// A stream's backlog never delays another stream.
enum class Stream : uint8_t { results = 0, metrics = 1, logs = 2 };
constexpr int streams_count = 3;

struct Header {
    uint8_t version = protocol_version_max;
    MessageType type = MessageType::ping;
    uint32_t flags = 0;
    uint64_t session = 0;  // chosen by the controller in WELCOME; 0 before
    Stream stream = Stream::results;
    uint64_t incarnation = 0;   // random, made with the agent's outbox
    uint64_t seq = 0;           // of batch and gap: 1, 2, 3… within (agent, stream, incarnation)
    uint64_t ack = 0;           // of ack and go_back: the last sequence number applied and synced
    uint64_t credit_bytes = 0;  // of welcome and ack: how many more body bytes may be sent on this stream
    bool operator==(const Header&) const = default;
};

}  // namespace vigie::protocol
