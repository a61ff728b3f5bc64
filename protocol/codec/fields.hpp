// The order of every message's fields, once for both directions: Writer and Reader both offer begin, number, boolean,
// choice, text, prose, bytes, doubles, list and map. The position of a field never changes and none is ever taken away;
// a new one goes to the end. One that its reader can do without is counted in begin()'s `added`, and stands behind
// `if (f.has_next())`: a Writer always writes it, a Reader of an older peer's shorter array leaves its default. One
// that the reader must have raises `arity`, which refuses older peers' arrays, so it must come with a new protocol
// version.
#pragma once
#include <concepts>
#include <type_traits>

#include "protocol/codec/limits.hpp"

namespace vigie::protocol {

// T, or const T: a Writer describes a constant message, a Reader fills one.
template <typename M, typename T>
concept MessageOf = std::same_as<std::remove_const_t<M>, T>;

template <typename F, MessageOf<Header> M>
void describe(F& f, M& header) {
    f.begin("header", 9);
    f.number(header.version);
    f.choice(header.type, MessageType::hello, MessageType::controller_key);
    f.number(header.flags);
    f.number(header.session);
    f.choice(header.stream, Stream::results, Stream::logs);
    f.number(header.incarnation);
    f.number(header.seq);
    f.number(header.ack);
    f.number(header.credit_bytes);
}

template <typename F, MessageOf<StreamState> M>
void describe(F& f, M& state) {
    f.begin("stream state", 4);
    f.choice(state.stream, Stream::results, Stream::logs);
    f.number(state.incarnation);
    f.number(state.oldest_seq);
    f.number(state.next_seq);
}

template <typename F, MessageOf<Generation> M>
void describe(F& f, M& generation) {
    f.begin("generation", 4);
    f.choice(generation.stream, Stream::results, Stream::logs);
    f.number(generation.incarnation);
    f.number(generation.first_seq);
    f.number(generation.generation);
}

template <typename F, MessageOf<Hello> M>
void describe(F& f, M& hello) {
    f.begin("hello", 10, 1);
    f.number(hello.version_min);
    f.number(hello.version_max);
    f.texts(hello.features, features_max, name_bytes_max);
    f.text(hello.agent_version, name_bytes_max);
    f.text(hello.boot_id, name_bytes_max);
    f.number(hello.sent_at_unix_ms);
    f.map(hello.labels, labels_max, name_bytes_max, value_bytes_max);
    f.texts(hello.jobs, jobs_max, name_bytes_max);
    f.list(hello.streams, stream_states_max);
    f.number(hello.previous_session);
    if (f.has_next()) {
        f.list(hello.generations, generations_max);
    }
}

template <typename F, MessageOf<StreamCursor> M>
void describe(F& f, M& cursor) {
    f.begin("stream cursor", 4);
    f.choice(cursor.stream, Stream::results, Stream::logs);
    f.number(cursor.incarnation);
    f.number(cursor.last_applied);
    f.number(cursor.credit_bytes);
}

template <typename F, MessageOf<Welcome> M>
void describe(F& f, M& welcome) {
    f.begin("welcome", 5);
    f.number(welcome.version);
    f.number(welcome.controller_epoch);
    f.number(welcome.heartbeat_interval_ms);
    f.number(welcome.batch_bytes_max);
    f.list(welcome.cursors, stream_states_max);
}

template <typename F, MessageOf<Refuse> M>
void describe(F& f, M& refuse) {
    f.begin("refuse", 3);
    f.choice(refuse.reason, RefuseReason::version, RefuseReason::unknown_session);
    f.prose(refuse.message, prose_bytes_max);
    f.number(refuse.retry_after_ms);
}

template <typename F, MessageOf<SampleBatch> M>
void describe(F& f, M& batch) {
    f.begin("sample batch", 3);
    f.number(batch.sampled_at_unix_ms);
    f.bytes(batch.schema, body_bytes_max);
    f.doubles(batch.values);
}

template <typename F, MessageOf<RunReport> M>
void describe(F& f, M& report) {
    f.begin("run report", 10);
    f.text(report.run_id, name_bytes_max);
    f.number(report.fence);
    f.text(report.job, name_bytes_max);
    f.choice(report.state, RunState::starting, RunState::partial);
    f.number(report.exit_code);
    f.number(report.started_at_unix_ms);
    f.number(report.ended_at_unix_ms);
    f.prose(report.message, prose_bytes_max);
    f.bytes(report.output_tail, run_output_bytes_max);
    f.text(report.report_json, report_bytes_max);
}

template <typename F, MessageOf<LogErrors> M>
void describe(F& f, M& errors) {
    f.begin("log errors", 17);
    f.text(errors.fingerprint, name_bytes_max);
    f.choice(errors.severity, EventSeverity::info, EventSeverity::error);
    f.boolean(errors.is_flood);
    f.prose(errors.file, value_bytes_max);
    f.number(errors.count);
    f.number(errors.first_seen_unix_ms);
    f.number(errors.last_seen_unix_ms);
    f.prose(errors.message, prose_bytes_max);
    f.prose(errors.logger, name_bytes_max);
    f.prose(errors.exception, name_bytes_max);
    f.prose(errors.stack, stack_bytes_max);
    f.prose(errors.code_file, name_bytes_max);
    f.number(errors.code_line);
    f.prose(errors.function, name_bytes_max);
    f.prose(errors.method, name_bytes_max);
    f.prose(errors.url, url_bytes_max);
    f.prose(errors.client, name_bytes_max);
}

template <typename F, MessageOf<HostEvent> M>
void describe(F& f, M& event) {
    f.begin("host event", 4, 1);
    f.number(event.at_unix_ms);
    f.choice(event.severity, EventSeverity::info, EventSeverity::error);
    f.text(event.source, name_bytes_max);
    f.prose(event.message, prose_bytes_max);
    if (f.has_next()) {
        f.list(event.errors, log_errors_max);
    }
}

template <typename F, MessageOf<Ack> M>
void describe(F& f, M&) {
    f.begin("ack", 0);
}

template <typename F, MessageOf<GoBack> M>
void describe(F& f, M&) {
    f.begin("go_back", 0);
}

template <typename F, MessageOf<Gap> M>
void describe(F& f, M& gap) {
    f.begin("gap", 2);
    f.number(gap.last_missing_seq);
    f.choice(gap.reason, GapReason::outbox_full, GapReason::trimmed);
}

template <typename F, MessageOf<Ping> M>
void describe(F& f, M& ping) {
    f.begin("ping", 1, 1);
    f.number(ping.sent_at_unix_ms);
    if (f.has_next()) {
        f.choice(ping.leaving, Leaving::staying, Leaving::host_stops);
    }
}

template <typename F, MessageOf<Pong> M>
void describe(F& f, M& pong) {
    f.begin("pong", 2, 2);
    f.number(pong.ping_sent_at_unix_ms);
    f.number(pong.sent_at_unix_ms);
    if (f.has_next()) {
        f.number(pong.deputy);
    }
    if (f.has_next()) {
        f.number(pong.watch);
    }
}

template <typename F, MessageOf<JobStart> M>
void describe(F& f, M& start) {
    f.begin("job_start", 6);
    f.text(start.run_id, name_bytes_max);
    f.number(start.fence);
    f.text(start.job, name_bytes_max);
    f.number(start.scheduled_at_unix_ms);
    f.number(start.lease_ms);
    f.map(start.parameters, parameters_max, name_bytes_max, value_bytes_max);
}

template <typename F, MessageOf<JobCancel> M>
void describe(F& f, M& cancel) {
    f.begin("job_cancel", 3);
    f.text(cancel.run_id, name_bytes_max);
    f.number(cancel.fence);
    f.prose(cancel.reason, prose_bytes_max);
}

template <typename F, MessageOf<JobProgress> M>
void describe(F& f, M& progress) {
    f.begin("job_progress", 5);
    f.text(progress.run_id, name_bytes_max);
    f.number(progress.done);
    f.number(progress.total);
    f.text(progress.unit, name_bytes_max);
    f.prose(progress.doing, prose_bytes_max);
}

template <typename F, MessageOf<Enrol> M>
void describe(F& f, M& enrol) {
    f.begin("enrol", 3);
    f.text(enrol.token, name_bytes_max);
    f.text(enrol.host, name_bytes_max);
    f.text(enrol.public_key, name_bytes_max);
}

template <typename F, MessageOf<Enrolled> M>
void describe(F& f, M& enrolled) {
    f.begin("enrolled", 4);
    f.boolean(enrolled.is_accepted);
    f.prose(enrolled.message, prose_bytes_max);
    f.text(enrolled.agent_id, name_bytes_max);
    f.text(enrolled.endpoint, name_bytes_max);
}

template <typename F, MessageOf<KeyChange> M>
void describe(F& f, M& change) {
    f.begin("key_change", 3);
    f.choice(change.step, KeyStep::make, KeyStep::refused);
    f.text(change.public_key, name_bytes_max);
    f.prose(change.message, prose_bytes_max);
}

template <typename F, MessageOf<ControllerKey> M>
void describe(F& f, M& keys) {
    f.begin("controller_key", 2);
    f.text(keys.current, name_bytes_max);
    f.text(keys.next, name_bytes_max);
}

}  // namespace vigie::protocol
