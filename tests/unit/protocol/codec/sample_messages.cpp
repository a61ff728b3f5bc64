#include "tests/unit/protocol/codec/sample_messages.hpp"

#include <bit>

namespace vigie::protocol {
namespace {

constexpr uint64_t session = 0x0123456789abcdef;
constexpr uint64_t incarnation = 0xfedcba9876543210;
constexpr int64_t at_unix_ms = 1'764'032'400'000;  // 2025-11-25T01:00:00Z
constexpr auto run_id = "00112233445566778899aabbccddeeff";

Header header(MessageType type) {
    return Header{.version = 1, .type = type, .session = session};
}

Header stream_header(MessageType type, Stream stream, uint64_t seq, uint64_t ack = 0, uint64_t credit = 0) {
    return Header{.version = 1,
                  .type = type,
                  .session = session,
                  .stream = stream,
                  .incarnation = incarnation,
                  .seq = seq,
                  .ack = ack,
                  .credit_bytes = credit};
}

Hello hello() {
    return Hello{.version_min = 1,
                 .version_max = 1,
                 .features = {"gap", "progress"},
                 .agent_version = "0.1.0",
                 .boot_id = "2f0c6c62-8a1e-4b0b-9d0a-6c1f0e3d2b11",
                 .sent_at_unix_ms = at_unix_ms,
                 .labels = {{"env", "prod"}, {"site", "paris"}},
                 .jobs = {"backup-etc"},
                 .streams = {{Stream::results, incarnation, 1, 1}, {Stream::metrics, incarnation, 40, 300}},
                 .previous_session = 7,
                 .generations = {}};
}

// With the field that was added after the release of version 1.
Hello hello_generations() {
    return Hello{
        .version_min = 1,
        .version_max = 1,
        .features = {},
        .agent_version = "0.1.0",
        .boot_id = "2f0c6c62-8a1e-4b0b-9d0a-6c1f0e3d2b11",
        .sent_at_unix_ms = at_unix_ms,
        .labels = {},
        .jobs = {},
        .streams = {{Stream::metrics, incarnation, 40, 300}},
        .generations = {{Stream::metrics, incarnation, 1, 0x1122334455667788}, {Stream::metrics, incarnation, 250, 9}}};
}

Welcome welcome() {
    return Welcome{
        .version = 1,
        .controller_epoch = 3,
        .heartbeat_interval_ms = 10'000,
        .batch_bytes_max = 1'048'576,
        .cursors = {{Stream::results, incarnation, 0, 2'097'152}, {Stream::metrics, incarnation, 39, 2'097'152}}};
}

// The bits of Prometheus's stale marker: a signalling NaN with payload 2.
SampleBatch samples() {
    return SampleBatch{.sampled_at_unix_ms = at_unix_ms,
                       .schema = "node_load1\nnode_memory_MemAvailable_bytes{a=\"b\"}\nup\n",
                       .values = {0.5, 4096.0, std::bit_cast<double>(uint64_t{0x7ff0000000000002})}};
}

RunReport run_report() {
    return RunReport{.run_id = run_id,
                     .fence = 2,
                     .job = "backup-etc",
                     .state = RunState::failed,
                     .exit_code = -9,
                     .started_at_unix_ms = at_unix_ms,
                     .ended_at_unix_ms = at_unix_ms + 1500,
                     .message = "killed by signal 9",
                     .output_tail = std::string("\xff\x00not text", 10),
                     .report_json = R"({"snapshot":"ab12"})"};
}

HostEvent event_with_errors() {
    return {.at_unix_ms = at_unix_ms,
            .severity = EventSeverity::error,
            .source = "errors",
            .message = "/var/log/app.log: no such user",
            .errors = {LogErrors{.fingerprint = "5c51fa0f8d4e2b7a",
                                 .severity = EventSeverity::error,
                                 .is_flood = false,
                                 .file = "/var/log/app.log",
                                 .count = 300,
                                 .first_seen_unix_ms = at_unix_ms - 5000,
                                 .last_seen_unix_ms = at_unix_ms,
                                 .message = "no such user",
                                 .logger = "app",
                                 .exception = "ValueError",
                                 .stack = "File \"x.py\", line 12, in load",
                                 .code_file = "x.py",
                                 .code_line = 12,
                                 .function = "load",
                                 .method = "GET",
                                 .url = "/users/1",
                                 .client = "192.0.2.1"}}};
}

}  // namespace

std::map<std::string, Message> sample_messages() {
    std::map<std::string, Message> all;
    Header greeting = header(MessageType::hello);
    greeting.session = 0;
    all["hello"] = {greeting, hello()};
    all["hello_generations"] = {greeting, hello_generations()};
    all["welcome"] = {header(MessageType::welcome), welcome()};
    all["refuse"] = {header(MessageType::refuse), Refuse{RefuseReason::unknown_session, "unknown session", 0}};
    all["batch_samples"] = {stream_header(MessageType::batch, Stream::metrics, 300), Batch{samples()}};
    all["batch_run"] = {stream_header(MessageType::batch, Stream::results, 1), Batch{run_report()}};
    all["batch_event"] = {stream_header(MessageType::batch, Stream::logs, 65536),
                          Batch{HostEvent{at_unix_ms, EventSeverity::warning, "outbox", "füllt sich"}}};
    all["batch_event_errors"] = {stream_header(MessageType::batch, Stream::logs, 65537), Batch{event_with_errors()}};
    all["ack"] = {stream_header(MessageType::ack, Stream::metrics, 0, 300, 2'097'152), Ack{}};
    all["go_back"] = {stream_header(MessageType::go_back, Stream::metrics, 301, 300, 2'097'152), GoBack{}};
    all["gap"] = {stream_header(MessageType::gap, Stream::metrics, 40), Gap{127, GapReason::outbox_full}};
    all["ping"] = {header(MessageType::ping), Ping{at_unix_ms}};
    all["ping_leaving"] = {header(MessageType::ping), Ping{at_unix_ms, Leaving::host_stops}};
    all["pong"] = {header(MessageType::pong), Pong{at_unix_ms, at_unix_ms + 3}};
    all["pong_deputy"] = {header(MessageType::pong), Pong{at_unix_ms, at_unix_ms + 3, 2, 0xa1b2c3d4e5f60718}};
    all["job_start"] = {
        header(MessageType::job_start),
        JobStart{
            run_id, 2, "backup-etc", at_unix_ms, 3'600'000, {{"repository", "/var/backups/etc"}, {"tag", "nightly"}}}};
    all["job_cancel"] = {header(MessageType::job_cancel), JobCancel{run_id, 2, "asked by alice"}};
    all["job_progress"] = {header(MessageType::job_progress),
                           JobProgress{run_id, 1024, 4'294'967'296, "bytes", "/etc/ssl"}};
    Header enrolment = header(MessageType::enrol);
    enrolment.session = 0;
    all["enrol"] = {enrolment, Enrol{"vgt_" + std::string(32, '0'), "web-1.example.org",
                                     "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"}};
    enrolment.type = MessageType::enrolled;
    all["enrolled"] = {enrolment, Enrolled{true, "", "web-1.example.org", "tcp://192.0.2.5:7411"}};
    return all;
}

std::map<std::string, Message> messages_of_version_2() {
    const auto* key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
    const auto change = [](KeyStep step, std::string public_key, std::string message) {
        return Message{Header{.version = 2, .type = MessageType::key_change, .session = session},
                       KeyChange{step, std::move(public_key), std::move(message)}};
    };
    const Header header{.version = 2, .type = MessageType::controller_key, .session = session};
    return {{"key_change_make", change(KeyStep::make, "", "")},
            {"key_change_made", change(KeyStep::made, key, "")},
            {"key_change_accepted", change(KeyStep::accepted, key, "")},
            {"key_change_refused", change(KeyStep::refused, key, "nobody asked for another key")},
            {"controller_key", {header, ControllerKey{key, "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"}}},
            {"controller_key_alone", {header, ControllerKey{key, ""}}}};
}

std::map<std::string, Message> messages_of_every_version() {
    auto all = sample_messages();
    all.merge(messages_of_version_2());
    return all;
}

}  // namespace vigie::protocol
