// Who hangs, who goes on.
#include "agent/collect/host_reader.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "shared/core/assert.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {

// Of a thread that did not begin yet, or is between two collectors.
constexpr milliseconds look_again_after = 100ms;

Error hanging() {
    return {ErrorCode::timed_out,
            fmt::format("hangs: it has not come back for {}", format_duration(collector_time_max))};
}

}  // namespace

void OutcomeLog::note(const CollectorOutcome& outcome) {
    const auto last = last_errors_.find(outcome.name);
    if (outcome.is_success) {
        if (last != last_errors_.end()) {
            log::info("collector {} works again", outcome.name);
            last_errors_.erase(last);
        }
    } else if (last == last_errors_.end() || last->second != outcome.error.message) {
        last_errors_.insert_or_assign(outcome.name, outcome.error.message);
        // What the kernel lacks is no trouble: a container without pressure, a host without connection tracking.
        log::write(outcome.error.code == ErrorCode::not_found ? log::Level::debug : log::Level::warning,
                   fmt::format("collector {}: {}", outcome.name, outcome.error.message));
    }
}

Result<std::unique_ptr<HostReader>> HostReader::open(Clock& clock, OpenSet open_set) {
    Fd ended(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!ended) {
        return fail(errno_error(errno, "eventfd"));
    }
    std::unique_ptr<HostReader> reader(new HostReader(clock, std::move(ended)));
    VIGIE_CHECK(reader->configure(std::move(open_set)));
    return reader;
}

HostReader::~HostReader() = default;

Result<void> HostReader::configure(OpenSet open_set) {
    VIGIE_TRY(const auto set, open_set());
    names_ = set->names();
    open_set_ = std::move(open_set);
    is_outdated_ = true;
    for (auto& hung : hung_) {
        hung.is_of_other_options = hung_.size() <= hung_threads_retried_max;
    }
    return {};
}

bool HostReader::has_collector(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
}

bool HostReader::begin() {
    if (stage_ != Stage::none) {
        return false;
    }
    take_back();
    begin_run();
    return true;
}

// Their collectors are run again; the sets, which know nothing of what went on meanwhile, end with their threads.
void HostReader::take_back() {
    const auto is_back = [](const Hung& hung) { return hung.thread->is_idle(); };
    for (const auto& hung : hung_) {
        if (thread_ && is_back(hung)) {
            thread_->set().let_in(hung.collector);
        }
    }
    std::erase_if(hung_, is_back);
}

void HostReader::begin_run() {
    if (hung_.size() >= hung_threads_max) {
        return begin_without_thread({ErrorCode::unavailable, "not run: too many collectors hang"});
    }
    if (const auto ready = ready_thread(); !ready) {
        return begin_without_thread(ready.error());
    }
    thread_->begin(clock_.wall());
    stage_ = Stage::under_way;
}

Result<void> HostReader::ready_thread() {
    if (std::exchange(is_outdated_, false)) {
        thread_.reset();
    }
    if (!thread_) {
        VIGIE_TRY(auto set, open_set_());
        VIGIE_TRY(thread_, CollectThread::start(std::move(set), ended_.get()));
    }
    leave_hung_out(thread_->set());
    return {};
}

void HostReader::leave_hung_out(CollectorSet& set) const {
    for (const auto& hung : hung_) {
        if (!hung.is_of_other_options) {
            set.leave_out(hung.collector, hanging(), hung.since);
        }
    }
}

// A reading in which every collector has failed.
void HostReader::begin_without_thread(const Error& why) {
    auto set = open_set_();
    idle_set_ = set ? std::move(*set) : CollectorSet::of({}, clock_);
    for (const auto& name : names_) {
        idle_set_->leave_out(name, why, clock_.mono());
    }
    leave_hung_out(*idle_set_);
    idle_set_->read(clock_.wall());
    stage_ = Stage::without_thread;
}

bool HostReader::look() {
    uint64_t ends = 0;
    while (read(ended_.get(), &ends, sizeof(ends)) < 0 && errno == EINTR) {
    }
    if (stage_ == Stage::under_way && !thread_->is_idle()) {
        if (const auto running = thread_->give_up_if_since(clock_.mono() - collector_time_max)) {
            give_up(*running);
        }
        return stage_ == Stage::without_thread;
    }
    return stage_ != Stage::none;
}

void HostReader::give_up(const CollectThread::Running& running) {
    hung_.push_back({std::move(thread_), running.collector, running.since, is_outdated_});
    begin_run();
}

milliseconds HostReader::next_look() const {
    const auto running = stage_ == Stage::under_way ? thread_->running() : std::nullopt;
    if (!running) {
        return look_again_after;
    }
    const auto left = running->since + collector_time_max - clock_.mono();
    return std::clamp(std::chrono::ceil<milliseconds>(left), milliseconds{1}, milliseconds{collector_time_max});
}

Collection HostReader::take(const AddMore& add_more) {
    VIGIE_ASSERT(stage_ != Stage::none);
    auto& set = stage_ == Stage::without_thread ? *idle_set_ : thread_->set();
    auto collection = set.finish([&](SeriesWriter& out) {
        out.add("vigie_collectors_hanging", static_cast<double>(hung_.size()));
        if (add_more) {
            add_more(out);
        }
    });
    stage_ = Stage::none;
    idle_set_.reset();
    for (const auto& outcome : collection.outcomes) {
        log_.note(outcome);
    }
    return collection;
}

}  // namespace vigie::agent
