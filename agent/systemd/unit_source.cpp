// The talk's bytes to the bus and back.
#include "agent/systemd/unit_source.hpp"

#include "shared/core/assert.hpp"

namespace vigie::agent {
namespace {

Error no_answer_yet() {
    return {ErrorCode::unavailable, "systemd: no answer yet"};
}

}  // namespace

UnitSourceOptions unit_source_options(const CollectOptions& options) {
    UnitSourceOptions source;
    source.socket = options.roots.rootfs + "/run/dbus/system_bus_socket";
    source.units = options.systemd;
    return source;
}

UnitSource::UnitSource(Loop& loop, Files& files, UnitSourceOptions options)
    : loop_(loop),
      files_(files),
      options_(std::move(options)),
      reading_(fail(no_answer_yet())),
      patience_(loop, [this] { call_waiting(); }),
      deadline_(loop, [this] {
          fail_round({ErrorCode::timed_out,
                      fmt::format("{}: no answer within {}", options_.socket, format_duration(options_.deadline))});
      }) {}

UnitSource::~UnitSource() = default;

void UnitSource::configure(UnitSourceOptions options) {
    VIGIE_ASSERT(loop_.on_thread());
    if (options == options_) {
        return;
    }
    options_ = std::move(options);
    stop();
}

void UnitSource::stop() {
    VIGIE_ASSERT(loop_.on_thread());
    fail_round(no_answer_yet());
}

void UnitSource::refresh(Task ready) {
    VIGIE_ASSERT(loop_.on_thread());
    if (waiting_) {
        waiting_ = std::move(ready);  // for the rest of the patience: begun anew each time it would never end
        return;
    }
    if (!client_ && !files_.is_present(options_.socket)) {
        reading_ = fail(ErrorCode::not_found, "{}: there is no bus", options_.socket);
    } else if (!is_under_way_) {
        waiting_ = std::move(ready);
        if (options_.patience < options_.deadline) {
            patience_.start_once(options_.patience);
        }
        deadline_.start_once(options_.deadline);
        return begin();
    }
    ready();
}

void UnitSource::begin() {
    is_under_way_ = true;
    if (client_) {
        return client_->send(talk_->begin_round());
    }
    const auto address = unix_address(options_.socket);
    if (!address) {
        return fail_round(address.error());
    }
    talk_ = std::make_unique<UnitTalk>(options_.units);
    client_ = std::make_unique<StreamClient>(
        loop_, *address, options_.socket, talk_->begin_round(),
        StreamClientCallbacks{.on_bytes = [this](std::string_view bytes) { on_bytes(bytes); },
                              .on_end = [this](const Result<void>& ended) { on_end(ended); }});
}

void UnitSource::on_bytes(std::string_view bytes) {
    auto to_send = talk_->take(bytes);
    if (!to_send) {
        return fail_round(std::move(to_send.error()));
    }
    if (!to_send->empty()) {
        client_->send(std::move(*to_send));
    }
    if (is_under_way_ && talk_->is_round_over()) {
        finish(talk_->take_reading());
    }
}

// A bus that goes away between rounds is looked for again at the next one.
void UnitSource::on_end(const Result<void>& ended) {
    if (is_under_way_) {
        return fail_round(ended ? Error{ErrorCode::unavailable, options_.socket + ": the bus closed the connection"}
                                : ended.error());
    }
    client_.reset();
    talk_.reset();
}

void UnitSource::fail_round(Error error) {
    client_.reset();
    talk_.reset();
    finish(fail(std::move(error)));
}

void UnitSource::finish(Result<SystemdReading> reading) {
    is_under_way_ = false;
    deadline_.stop();
    reading_ = std::move(reading);
    call_waiting();
}

void UnitSource::call_waiting() {
    patience_.stop();
    if (const auto ready = std::exchange(waiting_, nullptr)) {
        ready();
    }
}

}  // namespace vigie::agent
