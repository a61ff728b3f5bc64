// The body of each message type. Times on the wire are Unix milliseconds; names say so.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "protocol/messages/header.hpp"

namespace vigie::protocol {

using Labels = std::map<std::string, std::string>;

struct StreamState {  // what an agent's outbox holds of one stream
    Stream stream = Stream::results;
    uint64_t incarnation = 0;
    uint64_t oldest_seq = 1;  // the oldest entry that can still be sent
    uint64_t next_seq = 1;    // the number the next entry will get
    bool operator==(const StreamState&) const = default;
};

// One opening of an agent's outbox: from first_seq on the stream's entries were numbered under it, until the next one
// begins. Each opening draws a random number, so that two copies of one outbox that both went on can be told apart.
struct Generation {
    Stream stream = Stream::results;
    uint64_t incarnation = 0;
    uint64_t first_seq = 1;
    uint64_t generation = 0;  // never 0
    bool operator==(const Generation&) const = default;
};

// The generation that `seq` was numbered under; 0 when the list doesn't say. `generations` ascend within each stream.
inline uint64_t generation_of(const std::vector<Generation>& generations, Stream stream, uint64_t incarnation,
                              uint64_t seq) {
    uint64_t found = 0;
    for (const auto& each : generations) {
        if (each.stream == stream && each.incarnation == incarnation && each.first_seq <= seq) {
            found = each.generation;
        }
    }
    return found;
}

// One of HELLO's features: the agent has a channel of its own to page by, and may be a deputy.
constexpr const char* feature_deadman = "deadman";

struct Hello {
    uint8_t version_min = protocol_version_min;
    uint8_t version_max = protocol_version_max;
    std::vector<std::string> features;
    std::string agent_version;
    std::string boot_id;            // /proc/sys/kernel/random/boot_id
    int64_t sent_at_unix_ms = 0;    // the controller shows the clock's skew
    Labels labels;                  // of the host, from its own configuration, such as env=prod
    std::vector<std::string> jobs;  // names of the jobs configured on the host
    std::vector<StreamState> streams;
    uint64_t previous_session = 0;        // the session this process had before, 0 when it has just started
    std::vector<Generation> generations;  // of `streams`; added after version 1: absent is none
    bool operator==(const Hello&) const = default;
};

struct StreamCursor {  // what the controller has applied of one stream
    Stream stream = Stream::results;
    uint64_t incarnation = 0;
    uint64_t last_applied = 0;
    uint64_t credit_bytes = 0;  // body bytes after last_applied that may be under way; later acks change it
    uint64_t generation = 0;    // of last_applied, 0 when unknown. The controller's own note, not on the wire
    bool operator==(const StreamCursor&) const = default;
};

struct Welcome {
    uint8_t version = protocol_version_max;
    uint64_t controller_epoch = 0;
    uint32_t heartbeat_interval_ms = 0;
    uint32_t batch_bytes_max = 0;
    std::vector<StreamCursor> cursors;
    bool operator==(const Welcome&) const = default;
};

enum class RefuseReason : uint8_t {
    version = 1,          // no version in common
    overloaded = 2,       // come back after retry_after_ms
    revoked = 3,          // the key is no longer good
    malformed = 4,        // the controller could not read a message
    superseded = 5,       // another session was opened with the same key
    unknown_session = 6,  // the controller does not know header.session (it restarted, or gave the agent up): say HELLO
};

struct Refuse {
    RefuseReason reason = RefuseReason::malformed;
    std::string message;
    uint32_t retry_after_ms = 0;
    bool operator==(const Refuse&) const = default;
};

// One reading of all collectors. The labels of a series change rarely, so they stand together in `schema`, which the
// controller compares as bytes with the one before: series keys "name{label=\"value\",…}" with sorted labels, each
// followed by \n, in the order of `values`.
struct SampleBatch {
    int64_t sampled_at_unix_ms = 0;
    std::string schema;
    std::vector<double> values;
    bool operator==(const SampleBatch&) const = default;
};

enum class RunState : uint8_t {
    starting = 1,  // recorded by the agent before it spawns
    running = 2,
    succeeded = 3,
    failed = 4,  // non-zero exit
    timed_out = 5,
    cancelled = 6,
    indeterminate = 7,  // the agent died while starting: nobody knows whether it ran
    refused = 8,        // no such job, wrong parameters, or one is running already
    partial = 9,        // worked, but not for all of its input (exit 3)
};

// A change of a run on a host. In the results stream, so it reaches the controller exactly once.
struct RunReport {
    std::string run_id;
    uint64_t fence = 0;
    std::string job;
    RunState state = RunState::starting;
    int32_t exit_code = 0;
    int64_t started_at_unix_ms = 0;
    int64_t ended_at_unix_ms = 0;  // 0 while running
    std::string message;           // one line for people
    std::string output_tail;       // the end of both outputs, at most run_output_bytes_max
    std::string report_json;       // the job's own result, such as a snapshot's id and size; "" when none
    bool operator==(const RunReport&) const = default;
};
constexpr size_t run_output_bytes_max = 4096;

enum class EventSeverity : uint8_t { info = 1, warning = 2, error = 3 };

// Errors of one kind that a log of the host holds. Counts add up: each report counts what came since the one before it.
struct LogErrors {
    std::string fingerprint;  // the same for all of a kind, on every host: 16 hex digits
    EventSeverity severity = EventSeverity::error;
    bool is_flood = false;  // of kinds that are not told apart any more
    std::string file;       // the log
    uint64_t count = 0;
    int64_t first_seen_unix_ms = 0;  // of those counted
    int64_t last_seen_unix_ms = 0;
    std::string message;  // of one of them; secrets are left out of all texts
    std::string logger;
    std::string exception;
    std::string stack;
    std::string code_file;  // where in the program, as far as the log tells
    uint32_t code_line = 0;
    std::string function;
    std::string method;  // of the request that it was about
    std::string url;
    std::string client;
    bool operator==(const LogErrors&) const = default;
};

// Something that happened on the host. In the logs stream.
struct HostEvent {
    int64_t at_unix_ms = 0;
    EventSeverity severity = EventSeverity::info;
    std::string source;  // the part of the agent, such as "outbox"
    std::string message;
    std::vector<LogErrors> errors = {};  // what it tells of logs, for programs; added after version 2: absent is none
    bool operator==(const HostEvent&) const = default;
};

// What a batch message carries: one entry of a stream.
using Entry = std::variant<SampleBatch, RunReport, HostEvent>;

struct Batch {
    Entry entry;
    bool operator==(const Batch&) const = default;
};

struct Ack {
    bool operator==(const Ack&) const = default;
};
struct GoBack {
    bool operator==(const GoBack&) const = default;
};

enum class GapReason : uint8_t { outbox_full = 1, outbox_corrupt = 2, trimmed = 3 };

struct Gap {
    uint64_t last_missing_seq = 0;  // the first is header.seq
    GapReason reason = GapReason::outbox_full;
    bool operator==(const Gap&) const = default;
};

// What an agent's last PING says: that its end is meant.
enum class Leaving : uint8_t {
    staying = 0,
    agent_stops = 1,  // it alone, as far as it knows
    host_stops = 2,   // shuts down or boots anew
};

struct Ping {
    int64_t sent_at_unix_ms = 0;
    Leaving leaving = Leaving::staying;  // added after version 2: absent is staying
    bool operator==(const Ping&) const = default;
};
// A controller's PONG also says whether the agent is to speak for the fleet should the controller fall silent: the
// deputies are numbered from 1 on, in the order in which they speak. All of them are told one `watch`, a random number
// that changes when they do, so that what they say of one outage can be known for the same.
struct Pong {
    int64_t ping_sent_at_unix_ms = 0;
    int64_t sent_at_unix_ms = 0;
    uint8_t deputy = 0;  // 0: none. Both added after version 2
    uint64_t watch = 0;
    bool operator==(const Pong&) const = default;
};

struct JobStart {
    std::string run_id;
    uint64_t fence = 0;  // grows with each attempt at the same run; the agent ignores lower ones
    std::string job;     // a name of the host's own configuration, never a command line
    int64_t scheduled_at_unix_ms = 0;
    uint32_t lease_ms = 0;  // the run may take this long on the agent's monotonic clock; 0: the job's own timeout
    std::map<std::string, std::string> parameters;
    bool operator==(const JobStart&) const = default;
};

struct JobCancel {
    std::string run_id;
    uint64_t fence = 0;
    std::string reason;
    bool operator==(const JobCancel&) const = default;
};

struct JobProgress {
    std::string run_id;
    uint64_t done = 0;
    uint64_t total = 0;  // 0: unknown
    std::string unit;    // "bytes", "files"
    std::string doing;   // what it is at, such as a path
    bool operator==(const JobProgress&) const = default;
};

struct Enrol {
    std::string token;       // as `vigie enrol token` printed it
    std::string host;        // the wanted AgentId
    std::string public_key;  // Z85, 40 characters
    bool operator==(const Enrol&) const = default;
};

struct Enrolled {
    bool is_accepted = false;
    std::string message;  // why not
    std::string agent_id;
    std::string endpoint;  // of the main port, such as tcp://10.0.0.5:7411; the agent's configuration may override it
    bool operator==(const Enrolled&) const = default;
};

enum class KeyStep : uint8_t {
    make = 1,      // controller -> agent: make a new key
    made = 2,      // agent -> controller: this one, which is safe on my disk
    accepted = 3,  // controller -> agent: it lets you in from now on; the old one does until it has
    refused = 4,   // either way: nothing changes, and why
};

// How a host's key is replaced within a session. Of version 2.
struct KeyChange {
    KeyStep step = KeyStep::make;
    std::string public_key;  // Z85, of made and accepted (and of refused, when there is one)
    std::string message;     // why it is refused
    bool operator==(const KeyChange&) const = default;
};

// The controller's public keys, Z85. From the controller: those that hold now. From the agent: those it has durably.
struct ControllerKey {
    std::string current;
    std::string next;  // which will follow; "" when there is none
    bool operator==(const ControllerKey&) const = default;
};
using KeyMessage = std::variant<KeyChange, ControllerKey>;

using Body = std::variant<Hello, Welcome, Refuse, Batch, Ack, GoBack, Gap, Ping, Pong, JobStart, JobCancel, JobProgress,
                          Enrol, Enrolled, KeyChange, ControllerKey>;

struct Message {
    Header header;
    Body body;
    bool operator==(const Message&) const = default;
};

}  // namespace vigie::protocol
