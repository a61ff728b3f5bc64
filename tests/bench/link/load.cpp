// The process's one loop: wait, wake agents, do what is due, obey.
#include "tests/bench/link/load.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace vigie::load {
namespace {
using Json = nlohmann::json;

constexpr uint32_t commands_place = UINT32_MAX;
constexpr uint32_t enroller_place = UINT32_MAX - 1;
constexpr milliseconds tick_period{1'000};
constexpr int events_at_once = 256;

// A name and two labels, about 50 bytes, as a host's series have. No host name: the controller adds it.
std::string schema_of(size_t series) {
    std::string schema = "vigie_load_entry\nvigie_load_alarm\n";
    for (size_t i = 2; i < series; ++i) {
        schema += fmt::format("node_load_reading_{}_total{{device=\"disk{}\",mode=\"m{}\"}}\n", i / 8, i % 8, i % 3);
    }
    return schema;
}

void say(const Json& line) {
    fmt::print("{}\n", line.dump());
    std::fflush(stdout);
}

void watch_descriptor(const Fd& epoll, int fd, uint32_t place, uint32_t how) {
    epoll_event event{};
    event.events = how;
    event.data.u32 = place;
    epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event);
}

Result<std::vector<std::string>> read_lines(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    if (lines.empty()) {
        return fail(ErrorCode::not_found, "{}: holds no token", path);
    }
    return lines;
}
}  // namespace

Load::Load(const LoadOptions& options, const Clock& clock, Random& random, protocol::Context& context)
    : options_(options),
      clock_(clock),
      random_(random),
      world_{.clock = clock,
             .random = random,
             .context = context,
             .endpoint = options.endpoint,
             .controller_key = options.controller_key,
             .schema = schema_of(options.series),
             .series = options.series},
      epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

Result<void> Load::run() {
    VIGIE_CHECK(enrol());
    make_agents();
    say({{"enrolled", agents_.size()}});
    watch_descriptor(epoll_, STDIN_FILENO, commands_place, EPOLLIN);
    while (!is_over_) {
        const auto next =
            due_.empty() ? milliseconds{100} : std::chrono::ceil<milliseconds>(due_.top().at - clock_.mono());
        wait(std::clamp<milliseconds>(next, 0ms, 100ms));
        do_what_is_due();
    }
    return {};
}

Result<void> Load::enrol() {
    VIGIE_TRY(const auto tokens, read_lines(options_.tokens_file));
    for (size_t i = 0; i < options_.agents; ++i) {
        wishes_.push_back({.name = fmt::format("load-{:05}", options_.first + i), .token = tokens[i % tokens.size()]});
    }
    enroller_ = std::make_unique<Enroller>(world_, options_.enrol_endpoint, wishes_, watch_for(enroller_place));
    while (!enroller_->is_done()) {
        VIGIE_CHECK(enroller_->go_on());
        wait(20ms);
    }
    enroller_.reset();
    return {};
}

void Load::make_agents() {
    for (auto& wish : wishes_) {
        const auto place = static_cast<uint32_t>(agents_.size());
        agents_.emplace_back(world_, wish.name, std::move(wish.keys), watch_for(place));
    }
    wishes_.clear();
    is_reopen_noted_.resize(agents_.size());
}

LoadAgent::Watch Load::watch_for(uint32_t agent) {
    return [this, agent](const protocol::AgentSocket& socket) {
        watch_descriptor(epoll_, socket.fd(), agent, EPOLLIN | EPOLLET);
        watch_descriptor(epoll_, socket.event_fd(), agent, EPOLLIN | EPOLLET);
    };
}

void Load::wait(milliseconds at_most) {
    std::array<epoll_event, events_at_once> events{};
    const int count = epoll_wait(epoll_.get(), events.data(), events_at_once, static_cast<int>(at_most.count()));
    for (int i = 0; i < count; ++i) {
        wake(events[static_cast<size_t>(i)].data.u32);
    }
}

void Load::wake(uint32_t agent) {
    if (agent == commands_place) {
        read_commands();
    } else if (agent < agents_.size()) {
        agents_[agent].drain();
        note_reopen(agent);
    }
}

void Load::do_what_is_due() {
    const auto now = clock_.mono();
    while (!due_.empty() && due_.top().at <= now) {
        const auto due = due_.top();
        due_.pop();
        carry_out(due);
        note_reopen(due.agent);
    }
}

void Load::carry_out(const Due& due) {
    auto& agent = agents_[due.agent];
    switch (due.kind) {
        case Kind::sample:
            if (!is_holding_) {
                agent.sample();
            }
            due_.push({due.at + options_.interval, due.agent, Kind::sample});
            return;
        case Kind::tick:
            agent.tick();
            due_.push({due.at + tick_period, due.agent, Kind::tick});
            return;
        case Kind::reopen:
            is_reopen_noted_[due.agent] = false;
            if (agent.reopen_at()) {
                agent.open();
            }
            return;
    }
}

void Load::note_reopen(uint32_t agent) {
    if (const auto at = agents_[agent].reopen_at(); at && !is_reopen_noted_[agent]) {
        is_reopen_noted_[agent] = true;
        due_.push({*at, agent, Kind::reopen});
    }
}

void Load::read_commands() {
    std::array<char, 512> buffer{};
    const auto got = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) {
        is_over_ = true;
        return;
    }
    input_.append(buffer.data(), static_cast<size_t>(got));
    for (auto end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
        obey(std::string_view(input_).substr(0, end));
        input_.erase(0, end + 1);
    }
}

void Load::obey(std::string_view line) {
    if (line == "connect") {
        connect();
    } else if (line == "measure" || line == "rest") {
        world_.is_measuring = line == "measure";
        if (world_.is_measuring) {
            world_.ack_latency.clear();
        }
    } else if (line == "alarm" || line == "calm") {
        world_.is_alarming = line == "alarm";
    } else if (line == "hold") {
        is_holding_ = true;
    } else if (line.starts_with("backlog ")) {
        size_t count = 0;
        std::from_chars(line.data() + 8, line.data() + line.size(), count);
        for (auto& agent : agents_) {
            agent.add_backlog(count);
        }
    } else if (line == "report") {
        report();
    } else if (line == "cursors") {
        tell_cursors();
    } else {
        is_over_ = true;
    }
}

void Load::connect() {
    const auto now = clock_.mono();
    for (uint32_t i = 0; i < agents_.size(); ++i) {
        const auto phase = std::chrono::duration_cast<nanoseconds>(options_.interval * random_.fraction());
        due_.push({now + phase, i, Kind::reopen});
        due_.push({now + phase + options_.interval, i, Kind::sample});
        due_.push({now + std::chrono::duration_cast<nanoseconds>(tick_period * random_.fraction()), i, Kind::tick});
        is_reopen_noted_[i] = true;
        agents_[i].start();
    }
}

void Load::report() {
    size_t established = 0;
    size_t with_backlog = 0;
    size_t resumed = 0;
    uint64_t made = 0;
    uint64_t acked = 0;
    uint64_t resumed_at = 0;
    for (const auto& agent : agents_) {
        established += agent.is_established() ? 1 : 0;
        with_backlog += agent.has_backlog() ? 1 : 0;
        resumed += agent.resumed_at() ? 1 : 0;
        made += agent.made();
        acked += agent.acked();
        resumed_at += agent.resumed_at().value_or(0);
    }
    Json latency = Json::array();
    for (const auto& [tenths, entries] : world_.ack_latency) {
        latency.push_back({tenths, entries});
    }
    say({{"established", established},
         {"with_backlog", with_backlog},
         {"resumed", resumed},
         {"resumed_at", resumed_at},
         {"made", made},
         {"acked", acked},
         {"reopened", world_.reopened},
         {"refused", world_.refused},
         {"renewed", world_.renewed},
         {"ack_tenths_of_ms", latency}});
}

void Load::tell_cursors() const {
    Json made = Json::object();
    for (const auto& agent : agents_) {
        made[agent.name()] = agent.made();
    }
    say(made);
}

}  // namespace vigie::load
