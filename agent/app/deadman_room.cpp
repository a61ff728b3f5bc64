#include "agent/app/deadman_room.hpp"

#include "agent/deadman/post_status.hpp"
#include "agent/deadman/state_row.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {

constexpr Bytes state_file_max = 4_KiB;

Posted posted_of(const ChildExit& exit) {
    return exit.exit_code == post_taken                                    ? Posted::taken
           : exit.exit_code == post_failed || exit.exit_code == post_usage ? Posted::failed
                                                                           : Posted::unknown;  // killed, too
}

}  // namespace

DeadmanState DeadmanRoom::load(Files& files, const std::string& path) {
    if (!files.is_present(path)) {
        return {};
    }
    const auto read =
        files.read(path, state_file_max).and_then([](const std::string& row) { return read_state_row(row); });
    if (!read) {
        log::warning("{}: {}; it is begun anew", path, read.error().message);
    }
    return read.value_or(DeadmanState{});
}

DeadmanRoom::DeadmanRoom(Children& children, Files& files, const Clock& clock, DeadmanSetup setup)
    : children_(children),
      files_(files),
      clock_(clock),
      setup_(std::move(setup)),
      deadman_(setup_.options, load(files, setup_.state_file), clock.mono(), clock.wall()),
      saved_(deadman_.state()) {
    go_on();
}

void DeadmanRoom::heard(const protocol::Pong& pong) {
    deadman_.heard(pong.deputy, pong.watch, clock_.mono(), clock_.wall());
    save();
    go_on();
}

// One timer, set again with each PONG: at rest the agent is not woken for it.
void DeadmanRoom::go_on() {
    delay_.reset();
    if (const auto page = deadman_.take_due(clock_.mono())) {
        save();
        return post(*page);
    }
    if (const auto due = deadman_.next_due()) {
        delay_ = children_.after(std::chrono::ceil<milliseconds>(*due - clock_.mono()) + 1ms, [this] { go_on(); });
    }
}

void DeadmanRoom::post(const DeadmanPage& page) {
    is_taking_back_ = page.is_resolved;
    if (page.attempts_before == 0) {
        page.is_resolved ? log::info("deadman: the controller is heard again, which is told")
                         : log::warning("deadman: the controller has not been heard since {}, which is told",
                                        to_rfc3339(page.silent_since));
    }
    const auto& options = setup_.options;
    ChildCommand command;
    command.argv = {setup_.worker,
                    "--die-with-parent",
                    "post",
                    "--url-file=" + options.url_file,
                    "--timeout=" + format_duration(options.timeout),
                    "--header=Idempotency-Key: " + page_key(page),
                    "--body=" + page_json(page, setup_.facts, clock_.wall())};
    if (!options.ca_file.empty()) {
        command.argv.push_back("--ca-file=" + options.ca_file);
    }
    auto started = children_.start(std::move(command), [this](const ChildExit& exit) { on_exit(exit); });
    if (!started) {
        return finish(Posted::failed, started.error().message);
    }
    child_ = std::move(*started);
}

void DeadmanRoom::on_exit(const ChildExit& exit) {
    child_.reset();
    const auto& said = exit.stderr_tail;
    finish(posted_of(exit), said.substr(0, said.find_last_not_of('\n') + 1));
}

void DeadmanRoom::finish(Posted outcome, const std::string& why) {
    if (outcome != Posted::taken) {
        log::error("deadman: {} and is tried again: {}",
                   is_taking_back_ ? "its end is not told" : "the controller's silence is not told", why);
    }
    deadman_.posted(outcome, clock_.mono());
    save();
    go_on();
}

void DeadmanRoom::save() {
    if (deadman_.state() == saved_) {
        return;
    }
    if (const auto written = files_.write_atomically(setup_.state_file, state_row(deadman_.state()), 0600); !written) {
        return log::error("deadman: {}", written.error().message);  // with the next change, or a second page
    }
    saved_ = deadman_.state();
}

}  // namespace vigie::agent
